#!/usr/bin/env bash
# Starts a kubelet with the example pod on this machine.
#
#   ./run.sh            run until Ctrl-C; the containers live on
#   ./run.sh --once     run until the pod's page was fetched, then take everything down
#   ./run.sh --cluster  start a whole cluster, upstream's control plane with this kubelet, for kubectl
#   ./run.sh down       take everything down without a trace
#   ./run.sh --help     all options
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=xtask/toolchain.sh
source xtask/toolchain.sh

need_toolchain
if [[ "${1:-}" == down ]]; then
    exec cargo xtask "$@"
fi
exec cargo xtask run "$@"

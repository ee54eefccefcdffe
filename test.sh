#!/usr/bin/env bash
# Installs what the tests need, and runs all of them. `./test.sh --help` lists the options.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=xtask/toolchain.sh
source xtask/toolchain.sh

need_toolchain
exec cargo xtask test "$@"

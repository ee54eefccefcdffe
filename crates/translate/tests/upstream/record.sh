#!/usr/bin/env bash
# Records anew what upstream's kubelet asks for: random pods on random nodes, to the file pods.jsonl beside this script,
# or more of them to standard output: record.sh [SEED COUNT]. Needs Go and some minutes: it builds a copy of upstream's
# packages with one more file in two of them, since what makes the configurations is not exported.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tools=$here/../../../../tests/tools/upstream-kubelet
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT

cp "$tools/go.mod" "$tools/go.sum" "$here"/recorder/*.go "$build"
cd "$build"
kubernetes=$(go list -mod=mod -m -f '{{.Dir}}' k8s.io/kubernetes)
mkdir kubernetes
cp -r "$kubernetes"/{go.mod,cmd,pkg,plugin,third_party} kubernetes
chmod -R u+w kubernetes
cp "$here/recorder/kubelet/recorder.go" kubernetes/pkg/kubelet/zz_recorder.go
cp "$here/recorder/kuberuntime/recorder.go" kubernetes/pkg/kubelet/kuberuntime/zz_recorder.go
go mod edit -replace "k8s.io/kubernetes=./kubernetes"
go build -mod=mod -trimpath -buildvcs=false -o recorder .

if [ $# -eq 2 ]; then
	./recorder "$1" "$2" /run/translate-recorder
else
	./recorder 1 100 /run/translate-recorder >"$here/pods.jsonl"
fi
rm -rf /run/translate-recorder

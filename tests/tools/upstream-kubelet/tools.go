//go:build tools

// Package tools keeps the command in go.mod: it is built from here, never linked.
package tools

import _ "k8s.io/kubernetes/cmd/kubelet"

package main

import (
	"fmt"
	"math/rand"
	"strconv"
)

type object = map[string]any

// random makes pods that use every field which translation looks at, odd values included.
type random struct {
	*rand.Rand
}

func (r random) one(values ...any) any { return values[r.Intn(len(values))] }

func (r random) text(values ...string) string { return values[r.Intn(len(values))] }

func (r random) chance(percent int) bool { return r.Intn(100) < percent }

func (r random) maybe(target object, percent int, key string, value func() any) {
	if r.chance(percent) {
		target[key] = value()
	}
}

func (r random) word() any {
	return r.one("a", "web", "$(A)", "$$(A)", "$(NONE)", "$(", "x$(A)y$(B)", "é<&>\"\\", "", "b.c", "\u2028\t\n")
}

func (r random) words() any {
	words := []any{}
	for range 1 + r.Intn(3) {
		words = append(words, r.word())
	}
	return words
}

func (r random) cpu() any {
	return r.text("0", "1m", "5m", "100m", "250m", "1", "1500m", "2", "0.1", "3e2", "1k", "100u", "1.0005")
}

func (r random) memory() any {
	return r.text("0", "1", "64Mi", "100M", "1Gi", "1500Mi", "4Gi", "9Gi", "0.5", "1e9", "123456789", "1Ti")
}

func (r random) resources() any {
	list := func() any {
		list := object{}
		r.maybe(list, 60, "cpu", r.cpu)
		r.maybe(list, 60, "memory", r.memory)
		r.maybe(list, 10, "ephemeral-storage", r.memory)
		r.maybe(list, 12, "hugepages-2Mi", func() any { return r.one("2Mi", "4Mi", "0") })
		r.maybe(list, 6, "hugepages-1Gi", func() any { return "1Gi" })
		return list
	}
	resources := object{}
	r.maybe(resources, 60, "limits", list)
	r.maybe(resources, 60, "requests", list)
	if limits, ok := resources["limits"]; ok && r.chance(15) {
		resources["requests"] = limits
	}
	return resources
}

func (r random) seccomp() any {
	return r.one(
		object{"type": "RuntimeDefault"}, object{"type": "Unconfined"}, object{"type": "Localhost"},
		object{"type": "Localhost", "localhostProfile": "p/q.json"},
		object{"type": "Localhost", "localhostProfile": "./x//y"})
}

func (r random) appArmor() any {
	return r.one(
		object{"type": "RuntimeDefault"}, object{"type": "Unconfined"}, object{"type": "Localhost"},
		object{"type": "Localhost", "localhostProfile": "p"}, object{"type": "Odd"})
}

func (r random) seLinux() any {
	options := object{}
	for _, key := range []string{"user", "role", "type", "level"} {
		r.maybe(options, 50, key, func() any { return key[:1] })
	}
	return options
}

func (r random) id() any { return r.one(0, 1, 1000, 65534) }

func (r random) boolean() any { return r.one(true, false) }

func (r random) containerSecurity() any {
	context := object{}
	r.maybe(context, 25, "runAsUser", r.id)
	r.maybe(context, 25, "runAsGroup", r.id)
	r.maybe(context, 25, "runAsNonRoot", r.boolean)
	r.maybe(context, 20, "privileged", r.boolean)
	r.maybe(context, 20, "readOnlyRootFilesystem", r.boolean)
	r.maybe(context, 20, "allowPrivilegeEscalation", r.boolean)
	r.maybe(context, 20, "procMount", func() any { return r.one("Default", "Unmasked") })
	r.maybe(context, 20, "seLinuxOptions", r.seLinux)
	r.maybe(context, 25, "seccompProfile", r.seccomp)
	r.maybe(context, 20, "appArmorProfile", r.appArmor)
	r.maybe(context, 25, "capabilities", func() any {
		capabilities := object{}
		r.maybe(capabilities, 60, "add", func() any { return []any{"NET_ADMIN", "SYS_TIME"} })
		r.maybe(capabilities, 60, "drop", func() any { return []any{"ALL"} })
		return capabilities
	})
	return context
}

func (r random) podSecurity() any {
	context := object{}
	r.maybe(context, 25, "runAsUser", r.id)
	r.maybe(context, 25, "runAsGroup", r.id)
	r.maybe(context, 25, "fsGroup", r.id)
	r.maybe(context, 25, "runAsNonRoot", r.boolean)
	r.maybe(context, 25, "supplementalGroups", func() any { return []any{7, 3, 7} })
	r.maybe(context, 25, "supplementalGroupsPolicy", func() any { return r.one("Merge", "Strict", "Odd") })
	r.maybe(context, 25, "seLinuxOptions", r.seLinux)
	r.maybe(context, 25, "seccompProfile", r.seccomp)
	r.maybe(context, 25, "appArmorProfile", r.appArmor)
	r.maybe(context, 25, "sysctls", func() any {
		return []any{object{"name": "net.a", "value": "1"}, object{"name": "kernel.b", "value": "2"}}
	})
	return context
}

func (r random) port() any {
	port := object{"containerPort": r.one(80, 443, 8080)}
	r.maybe(port, 50, "hostPort", func() any { return r.one(0, 80, 8080) })
	r.maybe(port, 40, "name", func() any { return r.one("a", "b", "") })
	r.maybe(port, 70, "protocol", func() any { return r.one("TCP", "UDP", "SCTP") })
	r.maybe(port, 30, "hostIP", func() any { return r.one("127.0.0.1", "::1", "", "::ffff:1.2.3.4") })
	return port
}

func (r random) hook() any {
	port := func() any { return r.one(80, "http", 0, "") }
	return r.one(
		object{"exec": object{"command": r.words()}},
		object{"exec": object{}},
		object{"httpGet": object{
			"port": port(), "path": r.word(), "host": r.word(), "scheme": r.one("HTTP", "HTTPS"),
			"httpHeaders": []any{object{"name": "N", "value": r.word()}, object{"name": "M", "value": ""}}}},
		object{"httpGet": object{"port": port()}},
		object{"tcpSocket": object{"port": port(), "host": r.word()}},
		object{"tcpSocket": object{"port": port()}},
		object{"sleep": object{"seconds": r.one(0, 5)}})
}

func (r random) variable() any {
	variable := object{"name": r.one("A", "B", "C", "D", "SELF")}
	switch r.Intn(5) {
	case 0:
		path := r.one(
			"metadata.name", "metadata.namespace", "metadata.uid", "metadata.labels", "metadata.annotations",
			"metadata.labels['app']", "metadata.annotations['note']", "metadata.labels['no']", "spec.nodeName",
			"spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
			"spec.restartPolicy", "spec.host")
		variable["valueFrom"] = object{"fieldRef": object{"fieldPath": path}}
	case 1:
		selector := object{"resource": r.one(
			"limits.cpu", "limits.memory", "limits.ephemeral-storage", "requests.cpu", "requests.memory",
			"requests.ephemeral-storage", "limits.hugepages-2Mi", "requests.hugepages-1Gi")}
		r.maybe(selector, 40, "divisor", func() any { return r.one("1m", "1", "1Mi", "1k", "0") })
		r.maybe(selector, 25, "containerName", func() any { return r.one("c0", "c1", "i0", "nobody") })
		variable["valueFrom"] = object{"resourceFieldRef": selector}
	default:
		r.maybe(variable, 90, "value", r.word)
	}
	return variable
}

func (r random) list(most int, item func() any) any {
	items := []any{}
	for range 1 + r.Intn(most) {
		items = append(items, item())
	}
	return items
}

func (r random) container(name string) object {
	container := object{"name": name, "image": r.one(
		"nginx", "uid0", "uid1000", "uid-5", "userroot", "usernginx", "a/b:c@sha256:x", "busybox:1")}
	r.maybe(container, 50, "command", r.words)
	r.maybe(container, 50, "args", r.words)
	r.maybe(container, 30, "workingDir", func() any { return r.one("/w", "/$(A)") })
	r.maybe(container, 60, "env", func() any { return r.list(6, r.variable) })
	r.maybe(container, 70, "resources", r.resources)
	r.maybe(container, 60, "securityContext", r.containerSecurity)
	r.maybe(container, 40, "ports", func() any { return r.list(4, r.port) })
	r.maybe(container, 30, "lifecycle", func() any {
		lifecycle := object{}
		r.maybe(lifecycle, 80, "preStop", r.hook)
		r.maybe(lifecycle, 30, "postStart", r.hook)
		return lifecycle
	})
	r.maybe(container, 30, "terminationMessagePath", func() any { return r.one("/x", "rel/y", "") })
	r.maybe(container, 30, "terminationMessagePolicy", func() any { return r.one("File", "FallbackToLogsOnError") })
	for _, key := range []string{"stdin", "stdinOnce", "tty"} {
		r.maybe(container, 20, key, func() any { return true })
	}
	return container
}

func (r random) dnsConfig() any {
	config := object{}
	r.maybe(config, 60, "nameservers", func() any {
		return []any{"1.1.1.1", "2.2.2.2", r.one("8.8.8.8", "1.1.1.1")}
	})
	r.maybe(config, 60, "searches", func() any {
		searches := []any{}
		for range r.Intn(40) {
			end := r.text(".x", ".example.org.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
			searches = append(searches, r.text("", "long.example.")+strconv.Itoa(r.Intn(30))+end)
		}
		return searches
	})
	r.maybe(config, 60, "options", func() any {
		return []any{
			object{"name": "ndots", "value": "3"}, object{"name": "rotate"},
			object{"name": r.one("timeout", "x"), "value": ""}}
	})
	return config
}

func (r random) metadata(number int) object {
	annotations := object{"kubernetes.io/config.source": r.one("file", "http")}
	r.maybe(annotations, 40, "note", r.word)
	r.maybe(annotations, 40, "other", func() any { return "\x01\u007f\u0300ÿ\U0001F600\u00ad\u200b\\" })
	r.maybe(annotations, 20, "container.apparmor.security.beta.kubernetes.io/c0", func() any {
		return r.one("runtime/default", "unconfined", "localhost/q", "odd")
	})
	metadata := object{
		"name": r.one(
			"web", "a-name-that-is-rather-long-so-that-the-host-name-has-to-be-cut-at-sixty-three", "x.y"),
		"namespace":   r.one("default", "kube-system"),
		"uid":         fmt.Sprintf("u-%d", number),
		"annotations": annotations,
	}
	r.maybe(metadata, 60, "labels", func() any {
		return object{"app": r.one("x", "y"), "é": r.word(), "io.kubernetes.pod.uid": "forged"}
	})
	r.maybe(metadata, 10, "deletionGracePeriodSeconds", func() any { return r.one(0, 5) })
	return metadata
}

func (r random) pod(number int) object {
	containers, initContainers := []any{}, []any{}
	for index := range 1 + r.Intn(3) {
		containers = append(containers, r.container(fmt.Sprintf("c%d", index)))
	}
	if r.chance(40) {
		for index := range 1 + r.Intn(3) {
			container := r.container(fmt.Sprintf("i%d", index))
			r.maybe(container, 50, "restartPolicy", func() any { return "Always" })
			initContainers = append(initContainers, container)
		}
	}
	spec := object{"nodeName": "n", "containers": containers, "initContainers": initContainers}
	r.maybe(spec, 20, "resources", r.resources)
	r.maybe(spec, 15, "overhead", func() any {
		overhead := object{"ephemeral-storage": "1"}
		r.maybe(overhead, 70, "cpu", r.cpu)
		r.maybe(overhead, 70, "memory", r.memory)
		return overhead
	})
	for _, key := range []string{"hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "setHostnameAsFQDN"} {
		r.maybe(spec, 20, key, r.boolean)
	}
	r.maybe(spec, 20, "hostUsers", func() any { return true })
	r.maybe(spec, 25, "hostname", func() any {
		return r.one("h", "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh")
	})
	r.maybe(spec, 25, "subdomain", func() any { return "sub" })
	r.maybe(spec, 15, "hostnameOverride", func() any {
		return r.one("o.example", "oooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooo.xyz.example")
	})
	r.maybe(spec, 70, "dnsPolicy", func() any {
		return r.one("ClusterFirst", "Default", "None", "ClusterFirstWithHostNet")
	})
	r.maybe(spec, 40, "dnsConfig", r.dnsConfig)
	r.maybe(spec, 70, "securityContext", r.podSecurity)
	r.maybe(spec, 20, "priorityClassName", func() any {
		return r.one("system-node-critical", "system-cluster-critical")
	})
	r.maybe(spec, 20, "priority", func() any { return r.one(0, 2000000000, 2000001000) })
	r.maybe(spec, 20, "terminationGracePeriodSeconds", func() any { return r.one(0, 1, 600) })
	r.maybe(spec, 20, "serviceAccountName", func() any { return "sa" })
	return object{"apiVersion": "v1", "kind": "Pod", "metadata": r.metadata(number), "spec": spec}
}

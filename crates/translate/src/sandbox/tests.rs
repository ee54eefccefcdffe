use super::*;
use cri::v1::NamespaceMode;
use serde_json::{Value, json};

fn pod(spec: Value) -> Pod {
    let mut spec = spec;
    if spec.get("containers").is_none() {
        spec["containers"] = json!([{"name": "app"}]);
    }
    serde_json::from_value(json!({
        "metadata": {"name": "web-node", "namespace": "default", "uid": "u-1",
            "labels": {"app": "web", "io.kubernetes.pod.name": "forged"}, "annotations": {"note": "x"}},
        "spec": spec
    }))
    .unwrap()
}

fn facts() -> NodeFacts {
    NodeFacts {
        cluster_domain: "cluster.local".into(),
        resolv_conf: Some("nameserver 192.168.0.1\nsearch lan\n".into()),
        ..NodeFacts::default()
    }
}

fn plan(spec: Value, facts: &NodeFacts) -> Result<SandboxPlan, ConfigError> {
    sandbox_config(&SandboxInputs::new(&pod(spec), 3, "/kubepods/podu-1"), facts)
}

#[test]
fn who_it_is_and_where_it_logs() {
    let config = plan(json!({}), &facts()).unwrap().config;
    let metadata = config.metadata.unwrap();
    assert_eq!(
        (metadata.name.as_str(), metadata.namespace.as_str(), metadata.uid.as_str(), metadata.attempt),
        ("web-node", "default", "u-1", 3)
    );
    assert_eq!(config.log_directory, "/var/log/pods/default_web-node_u-1");
    assert_eq!(config.hostname, "web-node");
    let text = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect::<Vec<_>>()
    };
    assert_eq!(
        config.labels.into_iter().collect::<Vec<_>>(),
        text(&[
            ("app", "web"),
            ("io.kubernetes.pod.name", "web-node"),
            ("io.kubernetes.pod.namespace", "default"),
            ("io.kubernetes.pod.uid", "u-1"),
        ])
    );
    assert_eq!(config.annotations.into_iter().collect::<Vec<_>>(), text(&[("note", "x")]));
    let linux = config.linux.unwrap();
    assert_eq!(linux.cgroup_parent, "/kubepods/podu-1");
    // Always there, even for a pod that asks for nothing.
    assert_eq!(linux.resources.unwrap().cpu_shares, 2);
    assert_eq!(linux.overhead.unwrap(), v1::LinuxContainerResources::default());
    let seccomp = linux.security_context.unwrap().seccomp.unwrap();
    assert_eq!(seccomp.profile_type, v1::security_profile::ProfileType::RuntimeDefault as i32);
}

#[test]
fn host_names() {
    let long = "a".repeat(63);
    let check = |spec: Value, expected: Result<&str, &str>| {
        let found =
            plan(spec.clone(), &facts()).map(|plan| plan.config.hostname).map_err(|error| error.to_string());
        assert_eq!(found, expected.map(str::to_owned).map_err(str::to_owned), "{spec}");
    };
    check(json!({"hostname": "h"}), Ok("h"));
    check(json!({"hostname": ""}), Ok("web-node"));
    check(json!({"hostname": "h", "subdomain": "s"}), Ok("h"));
    check(
        json!({"hostname": "h", "subdomain": "s", "setHostnameAsFQDN": true}),
        Ok("h.s.default.svc.cluster.local"),
    );
    check(json!({"setHostnameAsFQDN": true}), Ok("web-node"));
    check(
        json!({"hostnameOverride": "a.example.org", "hostname": "h", "subdomain": "s"}),
        Ok("a.example.org"),
    );
    check(json!({"hostnameOverride": format!("{}-.xyz", "a".repeat(61))}), Ok(&"a".repeat(61)));
    check(json!({"hostNetwork": true, "hostname": "h"}), Ok(""));
    check(
        json!({"hostname": long, "subdomain": "s", "setHostnameAsFQDN": true}),
        Err(&format!(
            "failed to construct FQDN from pod hostname and cluster domain, FQDN {long}.s.default.svc.cluster.local \
             is too long (64 characters is the max, 91 characters requested)"
        )),
    );
}

#[test]
fn ports_are_mapped_once() {
    let check = |containers: Value, expected: &[(i32, i32, &str, v1::Protocol)]| {
        let config = plan(
            json!({"containers": containers, "initContainers": [
                {"name": "i", "ports": [{"containerPort": 1, "hostPort": 1}]}
            ]}),
            &facts(),
        )
        .unwrap()
        .config;
        let found: Vec<_> = config
            .port_mappings
            .iter()
            .map(|port| (port.container_port, port.host_port, port.host_ip.as_str(), port.protocol()))
            .collect();
        assert_eq!(found, expected, "{containers}");
    };
    let (tcp, udp, sctp) = (v1::Protocol::Tcp, v1::Protocol::Udp, v1::Protocol::Sctp);
    check(json!([{"name": "a"}]), &[]);
    check(
        json!([
            {"name": "a", "ports": [
                {"containerPort": 80, "protocol": "TCP"},
                {"containerPort": 80, "protocol": "TCP"},
                {"containerPort": 80, "hostPort": 8080, "protocol": "TCP"},
                {"containerPort": 80, "hostPort": 8080, "hostIP": "127.0.0.1", "protocol": "TCP"},
                {"containerPort": 80, "hostPort": 8080, "hostIP": "::1", "protocol": "TCP"},
                {"name": "x", "containerPort": 53, "protocol": "UDP"},
                {"name": "x", "containerPort": 54, "protocol": "UDP"},
                {"name": "y", "containerPort": 53, "protocol": "UDP"},
                {"containerPort": 7, "protocol": "SCTP"},
            ]},
            {"name": "b", "ports": [{"containerPort": 80, "protocol": "TCP"}]},
        ]),
        &[
            (80, 0, "", tcp),
            (80, 8080, "", tcp),
            (80, 8080, "127.0.0.1", tcp),
            (80, 8080, "::1", tcp),
            (53, 0, "", udp),
            (53, 0, "", udp),
            (7, 0, "", sctp),
            (80, 0, "", tcp),
        ],
    );
}

/// Servers, searches, options, and the reasons of warnings.
fn check_dns(
    spec: Value,
    facts: &NodeFacts,
    servers: &[&str],
    searches: &[&str],
    options: &[&str],
    warnings: &[&str],
) {
    let plan = plan(spec.clone(), facts).unwrap();
    let dns = plan.config.dns_config.unwrap();
    assert_eq!(dns.servers, servers, "servers of {spec}");
    assert_eq!(dns.searches, searches, "searches of {spec}");
    assert_eq!(dns.options, options, "options of {spec}");
    let reasons: Vec<_> = plan.warnings.iter().map(|warning| warning.reason).collect();
    assert_eq!(reasons, warnings, "warnings of {spec}");
}

#[test]
fn resolvers() {
    let resolv_conf = "# comment\nnameserver 8.8.8.8\n; other\n  nameserver 8.8.4.4 extra\nsearch first.example\n\
        search . lan. example.org\ndomain ignored\noptions ndots:1 timeout:3\noptions ndots:2 rotate\n";
    let host = NodeFacts { resolv_conf: Some(resolv_conf.into()), ..facts() };
    let cluster = NodeFacts {
        cluster_dns: vec!["10.96.0.10".parse().unwrap(), "fd00::a".parse().unwrap()],
        ..host.clone()
    };
    let options: &[&str] = &["ndots:2", "rotate", "timeout:3"];
    let (host_servers, host_searches): (&[&str], &[&str]) =
        (&["8.8.8.8", "8.8.4.4"], &["lan", "example.org"]);
    let cluster_servers: &[&str] = &["10.96.0.10", "fd00::a"];
    let cluster_searches: &[&str] =
        &["default.svc.cluster.local", "svc.cluster.local", "cluster.local", "lan", "example.org"];
    let missing: &[&str] = &["MissingClusterDNS", "MissingClusterDNS"];

    check_dns(json!({"dnsPolicy": "Default"}), &cluster, host_servers, host_searches, options, &[]);
    check_dns(
        json!({"dnsPolicy": "ClusterFirst"}),
        &cluster,
        cluster_servers,
        cluster_searches,
        &["ndots:5"],
        &[],
    );
    check_dns(json!({"dnsPolicy": "ClusterFirst"}), &host, host_servers, host_searches, options, missing);
    let host_network = json!({"dnsPolicy": "ClusterFirst", "hostNetwork": true});
    check_dns(host_network, &cluster, host_servers, host_searches, options, &[]);
    let with_host_net = json!({"dnsPolicy": "ClusterFirstWithHostNet", "hostNetwork": true});
    check_dns(with_host_net, &cluster, cluster_servers, cluster_searches, &["ndots:5"], &[]);
    check_dns(json!({"dnsPolicy": "None"}), &cluster, &[], &[], &[], &[]);
    check_dns(
        json!({"dnsPolicy": "ClusterFirst", "dnsConfig": {
            "nameservers": ["192.0.2.53", "10.96.0.10"], "searches": ["lan", "extra"],
            "options": [{"name": "ndots", "value": "3"}, {"name": "rotate"}]
        }}),
        &cluster,
        &["10.96.0.10", "fd00::a", "192.0.2.53"],
        &["default.svc.cluster.local", "svc.cluster.local", "cluster.local", "lan", "example.org", "extra"],
        &["ndots:3", "rotate"],
        &[],
    );
    let no_domain = NodeFacts { cluster_domain: String::new(), ..cluster };
    check_dns(
        json!({"dnsPolicy": "ClusterFirst"}),
        &no_domain,
        cluster_servers,
        host_searches,
        &["ndots:5"],
        &[],
    );

    let off = |ips: &[&str]| NodeFacts {
        resolv_conf: None,
        node_ips: ips.iter().map(|ip| ip.parse().unwrap()).collect(),
        ..NodeFacts::default()
    };
    check_dns(json!({"dnsPolicy": "Default"}), &off(&[]), &["127.0.0.1"], &["."], &[], &[]);
    check_dns(
        json!({"dnsPolicy": "Default"}),
        &off(&["fd00::1", "10.0.0.1"]),
        &["::1", "127.0.0.1"],
        &["."],
        &[],
        &[],
    );
}

#[test]
fn resolvers_are_limited() {
    let check = |config: Value, servers: usize, searches: usize, message: Option<&str>| {
        let spec = json!({"dnsPolicy": "None", "dnsConfig": config});
        let plan = plan(spec, &facts()).unwrap();
        let dns = plan.config.dns_config.unwrap();
        assert_eq!((dns.servers.len(), dns.searches.len()), (servers, searches), "{config}");
        let messages: Vec<_> = plan.warnings.iter().map(|warning| warning.message.as_str()).collect();
        assert_eq!(messages, Vec::from_iter(message), "{config}");
    };
    let names = |count: usize, length: usize| -> Vec<String> {
        (0..count).map(|number| format!("{number:0length$}")).collect()
    };
    check(json!({"nameservers": ["1.1.1.1", "2.2.2.2", "3.3.3.3"], "searches": names(32, 63)}), 3, 32, None);
    check(
        json!({"nameservers": ["1.1.1.1", "2.2.2.2", "3.3.3.3", "4.4.4.4"]}),
        3,
        0,
        Some(
            "Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: \
             1.1.1.1 2.2.2.2 3.3.3.3",
        ),
    );
    let omitted = |applied: &[String]| {
        format!(
            "Search Line limits were exceeded, some search paths have been omitted, the applied search line is: {}",
            applied.join(" ")
        )
    };
    check(json!({"searches": names(33, 3)}), 0, 32, Some(&omitted(&names(32, 3))));
    // 31 of 64 characters and their blanks fit 2048, 32 do not.
    check(json!({"searches": names(32, 64)}), 0, 31, Some(&omitted(&names(31, 64))));
    check(json!({"searches": names(2, 254)}), 0, 0, Some(&omitted(&[])));
}

#[test]
fn a_broken_resolv_conf_is_an_error() {
    let facts = NodeFacts { resolv_conf: Some("nameserver\n".into()), ..NodeFacts::default() };
    assert_eq!(plan(json!({}), &facts).unwrap_err(), ConfigError::ResolvConf);
}

#[test]
fn namespaces_and_groups() {
    let check = |spec: Value, network, pid, ipc| {
        let linux = plan(spec.clone(), &facts()).unwrap().config.linux.unwrap();
        let namespaces = linux.security_context.unwrap().namespace_options.unwrap();
        assert_eq!((namespaces.network(), namespaces.pid(), namespaces.ipc()), (network, pid, ipc), "{spec}");
        assert_eq!(namespaces.userns_options.unwrap().mode(), NamespaceMode::Node, "{spec}");
    };
    let (node, of_pod, of_container) = (NamespaceMode::Node, NamespaceMode::Pod, NamespaceMode::Container);
    check(json!({"securityContext": {}}), of_pod, of_container, of_pod);
    check(json!({"securityContext": {}, "shareProcessNamespace": true}), of_pod, of_pod, of_pod);
    check(json!({"securityContext": {}, "hostPID": true, "hostUsers": true}), of_pod, node, of_pod);
    check(json!({"securityContext": {}, "hostNetwork": true, "hostIPC": true}), node, of_container, node);

    let spec = json!({"securityContext": {
        "runAsUser": 5, "runAsGroup": 6, "fsGroup": 7, "supplementalGroups": [9, 8], "supplementalGroupsPolicy": "Strict",
        "seLinuxOptions": {"user": "u", "role": "r", "type": "t", "level": "s0"},
        "sysctls": [{"name": "net/ipv4/tcp_syncookies", "value": "1"}]
    }});
    let linux = plan(spec, &facts()).unwrap().config.linux.unwrap();
    assert_eq!(linux.sysctls, [("net.ipv4.tcp_syncookies".to_owned(), "1".to_owned())].into());
    let security = linux.security_context.unwrap();
    assert_eq!(security.run_as_user, Some(v1::Int64Value { value: 5 }));
    assert_eq!(security.run_as_group, Some(v1::Int64Value { value: 6 }));
    assert_eq!(security.supplemental_groups, [7, 9, 8]);
    assert_eq!(security.supplemental_groups_policy(), v1::SupplementalGroupsPolicy::Strict);
    assert_eq!(security.selinux_options.unwrap().level, "s0");
    assert!(!security.privileged);

    let bad = json!({"securityContext": {"supplementalGroupsPolicy": "Odd"}});
    assert_eq!(plan(bad, &facts()).unwrap_err().to_string(), "unsupported supplementalGroupsPolicy: Odd");
}

#[test]
fn one_privileged_container_makes_the_sandbox_privileged() {
    let privileged = json!([{"name": "x", "securityContext": {"privileged": true}}]);
    for field in ["containers", "initContainers", "ephemeralContainers"] {
        let linux = plan(json!({field: privileged}), &facts()).unwrap().config.linux.unwrap();
        assert!(linux.security_context.unwrap().privileged, "{field}");
    }
}

#[test]
fn default_sysctls_apply_to_the_pods_own_namespaces() {
    let defaults = [
        ("net.core.somaxconn", "1"),
        ("net/ipv4/conf/eno2.100/rp_filter", "2"),
        ("kernel.sem", "3"),
        ("fs.mqueue.msg_max", "4"),
        ("user.max_user_namespaces", "5"),
        ("kernel.domainname", "6"),
        ("vm.swappiness", "7"),
    ];
    let facts = NodeFacts {
        default_pod_sysctls: defaults.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        runtime_handlers: [(
            String::new(),
            crate::HandlerFeatures { user_namespaces: true, ..Default::default() },
        )]
        .into(),
        ..facts()
    };
    let check = |spec: Value, expected: &str| {
        let pod = pod(spec.clone());
        let inputs = SandboxInputs {
            user_namespace: Some(UserNamespaceRange { first_host_id: 65536, length: 65536 }),
            ..SandboxInputs::new(&pod, 0, "")
        };
        let sysctls = sandbox_config(&inputs, &facts).unwrap().config.linux.unwrap().sysctls;
        assert_eq!(sysctls.values().cloned().collect::<String>(), expected, "{spec}: {sysctls:?}");
    };
    check(json!({}), "46312");
    check(json!({"hostNetwork": true}), "43");
    check(json!({"hostIPC": true}), "612");
    check(json!({"hostUsers": false}), "463125");
    check(json!({"securityContext": {"sysctls": [{"name": "kernel.sem", "value": "own"}]}}), "46own12");
}

#[test]
fn own_user_namespaces() {
    let handlers = |names: &[(&str, bool)]| NodeFacts {
        runtime_handlers: names
            .iter()
            .map(|(name, user_namespaces)| {
                (
                    name.to_string(),
                    crate::HandlerFeatures { user_namespaces: *user_namespaces, ..Default::default() },
                )
            })
            .collect(),
        ..facts()
    };
    let range = UserNamespaceRange { first_host_id: 131_072, length: 65_536 };
    let plan = |runtime_handler, user_namespace, facts: &NodeFacts| {
        let pod = pod(json!({"hostUsers": false, "securityContext": {}}));
        sandbox_config(
            &SandboxInputs { runtime_handler, user_namespace, ..SandboxInputs::new(&pod, 0, "") },
            facts,
        )
    };
    let able = handlers(&[("", true), ("old", false)]);
    let linux = plan("", Some(range), &able).unwrap().config.linux.unwrap();
    let users = linux.security_context.unwrap().namespace_options.unwrap().userns_options.unwrap();
    let mapping = v1::IdMapping { host_id: 131_072, container_id: 0, length: 65_536 };
    assert_eq!((users.mode(), users.uids, users.gids), (NamespaceMode::Pod, vec![mapping], vec![mapping]));

    let error = |handler, range, facts: &NodeFacts| plan(handler, range, facts).unwrap_err().to_string();
    assert_eq!(error("", None, &able), "create user namespace: no ids were allocated for the pod");
    assert_eq!(
        error("", Some(range), &handlers(&[])),
        "can't set `spec.hostUsers: false`, runtime does not support user namespaces"
    );
    assert_eq!(
        error("old", Some(range), &able),
        "can't set `spec.hostUsers: false`, RuntimeClass handler \"old\" does not support user namespaces"
    );
    assert_eq!(
        error("new", Some(range), &able),
        "can't set `spec.hostUsers: false`, RuntimeClass handler \"new\" does not support user namespaces: \
         the handler \"new\" is not known"
    );
}

#[test]
fn pod_ips_are_ordered_by_the_nodes_family() {
    let check = |ips: &[&str], node: &[&str], expected: &[&str]| {
        let ips: Vec<String> = ips.iter().map(ToString::to_string).collect();
        let node: Vec<_> = node.iter().map(|ip| ip.parse().unwrap()).collect();
        assert_eq!(sorted_pod_ips(&ips, &node), expected, "{ips:?} {node:?}");
    };
    check(&["fd00:0::2", "10.0.0.2", "10.0.0.3"], &[], &["10.0.0.2", "fd00::2"]);
    check(&["10.0.0.2", "fd00::2"], &["fd00::1"], &["fd00::2", "10.0.0.2"]);
    check(&["10.0.0.2", "nonsense"], &["fd00::1"], &["10.0.0.2"]);
    check(&[], &[], &[]);
}

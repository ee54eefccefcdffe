use super::*;
use serde_json::{Value, json};

fn facts() -> NodeFacts {
    NodeFacts { root_directory: "/root-dir".into(), ..NodeFacts::default() }
}

/// The plan of the first container of a pod with these IPs, and whatever `change` makes of the inputs.
fn plan_with(
    container: Value,
    spec: Value,
    facts: &NodeFacts,
    ips: &[&str],
    change: impl FnOnce(&mut ContainerInputs<'_>),
) -> Result<ContainerPlan, ConfigError> {
    let mut container = container;
    container["name"] = json!("app");
    let mut spec = spec;
    spec["containers"] = json!([container]);
    let pod: Pod = serde_json::from_value(json!({
        "metadata": {"name": "web-node", "namespace": "default", "uid": "u-1"}, "spec": spec
    }))
    .unwrap();
    let environment = [("A", "a"), ("B", "b")].into_iter().collect();
    let ips: Vec<String> = ips.iter().map(ToString::to_string).collect();
    let mut inputs = ContainerInputs {
        pod: &pod,
        container: &types::pod::spec(&pod).containers[0],
        target_container_id: None,
        restart_count: 4,
        image_ref: "sha256:abc",
        image_user: &ImageUser::Id(0),
        environment: &environment,
        mounts: vec![v1::Mount {
            container_path: "/data".into(),
            host_path: "/v".into(),
            ..Default::default()
        }],
        devices: Vec::new(),
        pod_ips: &ips,
        termination_log_id: 0x12,
        runtime_handler: "",
        user_namespace: None,
    };
    change(&mut inputs);
    container_config(inputs, facts)
}

fn plan(container: Value) -> ContainerPlan {
    plan_with(container, json!({}), &facts(), &["10.0.0.2"], |_| {}).unwrap()
}

#[test]
fn who_it_is_and_what_it_runs() {
    let plan = plan(json!({
        "image": "nginx", "command": ["$(A)", "$(NONE)", "$$(A)"], "args": ["-$(B)-"], "workingDir": "/$(A)",
        "stdin": true, "stdinOnce": true, "tty": true
    }));
    let config = plan.config;
    assert_eq!(config.metadata, Some(v1::ContainerMetadata { name: "app".into(), attempt: 4 }));
    let image = config.image.unwrap();
    assert_eq!((image.image.as_str(), image.user_specified_image.as_str()), ("sha256:abc", "nginx"));
    assert_eq!(config.command, ["a", "$(NONE)", "$(A)"]);
    assert_eq!(config.args, ["-b-"]);
    assert_eq!(config.working_dir, "/$(A)");
    let variables: Vec<_> =
        config.envs.iter().map(|pair| (pair.key.as_str(), pair.value.as_slice())).collect();
    assert_eq!(variables, [("A", b"a".as_slice()), ("B", b"b".as_slice())]);
    assert!(config.stdin && config.stdin_once && config.tty);
    assert_eq!(config.log_path, "app/4.log");
    assert_eq!(plan.log_directory, "/var/log/pods/default_web-node_u-1/app");
    assert_eq!(config.labels["io.kubernetes.container.name"], "app");
    assert_eq!(config.annotations["io.kubernetes.container.restartCount"], "4");
    assert_eq!(config.stop_signal, v1::Signal::RuntimeDefault as i32);
}

#[test]
fn mounts_beside_the_volumes() {
    let check = |container: Value, spec: Value, ips: &[&str], expected: &[(&str, &str)]| {
        let plan = plan_with(container.clone(), spec.clone(), &facts(), ips, |_| {}).unwrap();
        let mounts = &plan.config.mounts;
        let found: Vec<_> =
            mounts.iter().map(|mount| (mount.container_path.as_str(), mount.host_path.as_str())).collect();
        assert_eq!(found[0], ("/data", "/v"));
        assert_eq!(&found[1..], expected, "{container} {spec}");
        let host_path =
            |path: &str| expected.iter().find(|(at, _)| *at == path).map(|(_, host)| host.to_string());
        assert_eq!(plan.hosts_file, host_path("/etc/hosts"));
        assert_eq!(plan.termination_log, host_path("/dev/termination-log"));
    };
    let hosts = ("/etc/hosts", "/root-dir/pods/u-1/etc-hosts");
    let log = ("/dev/termination-log", "/root-dir/pods/u-1/containers/app/00000012");
    check(json!({}), json!({}), &["10.0.0.2"], &[hosts]);
    check(json!({"terminationMessagePath": "/dev/termination-log"}), json!({}), &["10.0.0.2"], &[hosts, log]);
    check(json!({"terminationMessagePath": "dev/termination-log"}), json!({}), &[], &[log]);
    check(json!({}), json!({"hostNetwork": true}), &[], &[hosts]);
    let own = json!({"volumeMounts": [{"name": "v", "mountPath": "/etc/hosts"}]});
    check(own, json!({}), &["10.0.0.2"], &[]);
}

#[test]
fn selinux_relabels_only_where_it_is_on() {
    for selinux_enabled in [false, true] {
        let facts = NodeFacts { selinux_enabled, ..facts() };
        let container = json!({"terminationMessagePath": "/dev/termination-log"});
        let plan = plan_with(container, json!({}), &facts, &["10.0.0.2"], |_| {}).unwrap();
        let found: Vec<_> = plan.config.mounts.iter().map(|mount| mount.selinux_relabel).collect();
        assert_eq!(found, [false, selinux_enabled, selinux_enabled]);
    }
}

#[test]
fn an_own_user_namespace_maps_all_mounts() {
    let handlers = [(String::new(), crate::HandlerFeatures { user_namespaces: true, ..Default::default() })];
    let facts = NodeFacts { runtime_handlers: handlers.into(), ..facts() };
    let plan = plan_with(json!({}), json!({"hostUsers": false}), &facts, &["10.0.0.2"], |inputs| {
        inputs.user_namespace = Some(UserNamespaceRange { first_host_id: 65_536, length: 65_536 });
    })
    .unwrap();
    let mapping = v1::IdMapping { host_id: 65_536, container_id: 0, length: 65_536 };
    assert_eq!(plan.config.mounts.len(), 2);
    for mount in plan.config.mounts {
        assert_eq!((mount.uid_mappings, mount.gid_mappings), (vec![mapping], vec![mapping]));
    }
}

#[test]
fn an_ephemeral_container_sees_its_targets_processes() {
    let namespaces = |spec: Value| {
        let plan = plan_with(json!({}), spec, &facts(), &["10.0.0.2"], |inputs| {
            inputs.target_container_id = Some("id-1")
        })
        .unwrap();
        let linux = plan.config.linux.unwrap();
        let namespaces = linux.security_context.unwrap().namespace_options.unwrap();
        (namespaces.pid(), namespaces.target_id)
    };
    assert_eq!(namespaces(json!({})), (v1::NamespaceMode::Target, "id-1".to_owned()));
    assert_eq!(namespaces(json!({"shareProcessNamespace": true})), (v1::NamespaceMode::Pod, String::new()));
    assert_eq!(namespaces(json!({"hostPID": true})), (v1::NamespaceMode::Node, String::new()));
}

#[test]
fn an_ephemeral_container_is_a_container_with_the_same_fields() {
    let fields = json!({
        "name": "debug", "image": "busybox", "command": ["a"], "args": ["b"], "workingDir": "/w", "tty": true,
        "stdin": true, "stdinOnce": true, "imagePullPolicy": "Always", "terminationMessagePath": "/t",
        "terminationMessagePolicy": "File", "env": [{"name": "A", "value": "a"}], "resources": {"limits": {"cpu": "1"}},
        "volumeMounts": [{"name": "v", "mountPath": "/v"}], "volumeDevices": [{"name": "d", "devicePath": "/d"}],
        "securityContext": {"privileged": true}, "envFrom": [{"prefix": "x"}]
    });
    let mut ephemeral = fields.clone();
    ephemeral["targetContainerName"] = json!("app");
    let container = ephemeral_as_container(&serde_json::from_value(ephemeral).unwrap());
    assert_eq!(serde_json::to_value(container).unwrap(), fields);
}

#[test]
fn stop_signals() {
    let check = |signal: Value, enabled: bool, expected: v1::Signal| {
        let facts = NodeFacts { container_stop_signals: enabled, ..facts() };
        let plan =
            plan_with(json!({"lifecycle": {"stopSignal": signal}}), json!({}), &facts, &["10.0.0.2"], |_| {})
                .unwrap();
        assert_eq!(plan.config.stop_signal(), expected, "{signal}");
    };
    check(json!("SIGUSR1"), true, v1::Signal::Sigusr1);
    check(json!("SIGRTMIN+3"), true, v1::Signal::Sigrtminplus3);
    check(json!("SIGRTMAX-14"), true, v1::Signal::Sigrtmaxminus14);
    check(json!(null), true, v1::Signal::RuntimeDefault);
    check(json!("SIGUSR1"), false, v1::Signal::RuntimeDefault);
}

#[test]
fn root_is_refused_where_it_must_not_be() {
    let error = plan_with(
        json!({"securityContext": {"runAsNonRoot": true}}),
        json!({}),
        &facts(),
        &["10.0.0.2"],
        |_| {},
    )
    .unwrap_err();
    assert!(matches!(error, ConfigError::ImageUserIsRoot { .. }), "{error}");
}

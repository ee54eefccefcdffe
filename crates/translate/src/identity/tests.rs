use super::*;
use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};

fn pod(deletion: Option<i64>, grace: Option<i64>) -> Pod {
    serde_json::from_value(json!({
        "metadata": {"name": "web", "namespace": "default", "uid": "u-1", "labels": {"app": "x"},
            "deletionGracePeriodSeconds": deletion},
        "spec": {"containers": [], "terminationGracePeriodSeconds": grace}
    }))
    .unwrap()
}

fn container(more: &Value) -> Container {
    let mut container = json!({"name": "test_container", "image": "foo/image:v1",
        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"});
    for (key, value) in more.as_object().unwrap() {
        container[key] = value.clone();
    }
    serde_json::from_value(container).unwrap()
}

fn annotations_of(more: &Value) -> BTreeMap<String, String> {
    annotations::of_container(&pod(None, Some(30)), &container(more), 2)
}

#[test]
fn what_is_written() {
    let expected = [
        ("io.kubernetes.container.hash", "8e45cbd0"),
        ("io.kubernetes.container.restartCount", "2"),
        ("io.kubernetes.container.terminationMessagePath", "/dev/termination-log"),
        ("io.kubernetes.container.terminationMessagePolicy", "File"),
        ("io.kubernetes.pod.terminationGracePeriod", "30"),
    ];
    let expected: BTreeMap<_, _> = expected.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    assert_eq!(annotations_of(&json!({})), expected);
    assert_eq!(annotations_of(&json!({"ports": []})), expected);
    let deleted = annotations::of_container(&pod(Some(5), None), &container(&json!({})), 0);
    assert_eq!(deleted["io.kubernetes.pod.deletionGracePeriod"], "5");
    assert!(!deleted.contains_key("io.kubernetes.pod.terminationGracePeriod"));

    let labels = labels::of_container(&pod(None, None), "app");
    let expected = [
        ("io.kubernetes.container.name", "app"),
        ("io.kubernetes.pod.name", "web"),
        ("io.kubernetes.pod.namespace", "default"),
        ("io.kubernetes.pod.uid", "u-1"),
    ];
    assert_eq!(labels, expected.map(|(key, value)| (key.to_owned(), value.to_owned())).into());
}

#[test]
fn json_is_byte_for_byte_that_of_go() {
    let ports = |ports: Value, expected: &str| {
        assert_eq!(annotations_of(&json!({"ports": ports}))[annotations::PORTS], expected);
    };
    ports(json!([{"containerPort": 80}]), r#"[{"containerPort":80}]"#);
    ports(
        json!([{"name": "http", "containerPort": 80, "hostPort": 8080, "hostIP": "127.0.0.1", "protocol": "TCP"},
            {"name": "", "containerPort": 0, "hostPort": 0, "hostIP": "", "protocol": "UDP"}]),
        r#"[{"name":"http","hostPort":8080,"containerPort":80,"protocol":"TCP","hostIP":"127.0.0.1"},{"containerPort":0,"protocol":"UDP"}]"#,
    );
    let pre_stop = |hook: Value, expected: &str| {
        assert_eq!(annotations_of(&json!({"lifecycle": {"preStop": hook}}))[annotations::PRE_STOP], expected);
    };
    pre_stop(
        json!({"exec": {"command": ["sh", "-c", "echo <a> & \"b\" \u{2028}\u{1}\u{7f}é\t"]}}),
        "{\"exec\":{\"command\":[\"sh\",\"-c\",\"echo \\u003ca\\u003e \\u0026 \\\"b\\\" \\u2028\\u0001\u{7f}é\\t\"]}}",
    );
    pre_stop(
        json!({"httpGet": {"scheme": "HTTPS", "host": "h", "path": "/x", "port": "web",
            "httpHeaders": [{"name": "N", "value": "v"}]}}),
        r#"{"httpGet":{"path":"/x","port":"web","host":"h","scheme":"HTTPS","httpHeaders":[{"name":"N","value":"v"}]}}"#,
    );
    pre_stop(json!({"httpGet": {"port": 80, "path": "", "httpHeaders": []}}), r#"{"httpGet":{"port":80}}"#);
    pre_stop(
        json!({"httpGet": {"port": 80, "protocol": "H2C"}}),
        r#"{"httpGet":{"port":80,"protocol":"H2C"}}"#,
    );
    pre_stop(json!({"tcpSocket": {"port": 80, "host": "h"}}), r#"{"tcpSocket":{"port":80,"host":"h"}}"#);
    pre_stop(json!({"sleep": {"seconds": 0}}), r#"{"sleep":{"seconds":0}}"#);
    pre_stop(json!({"exec": {}}), r#"{"exec":{}}"#);
}

#[test]
fn what_is_written_is_read_back() {
    let lifecycle = json!({"lifecycle": {"preStop": {"exec": {"command": ["a"]}}},
        "ports": [{"name": "p", "containerPort": 1, "protocol": "TCP"}]});
    let pod = pod(Some(5), Some(30));
    let container = container(&lifecycle);
    let found = container_identity(
        &labels::of_container(&pod, &container.name),
        &annotations::of_container(&pod, &container, 7),
    );
    let expected = ContainerIdentity {
        pod_name: "web".into(),
        pod_namespace: "default".into(),
        pod_uid: "u-1".into(),
        container_name: "test_container".into(),
        hash: container_hash(&container),
        restart_count: 7,
        deletion_grace_period_seconds: Some(5),
        termination_grace_period_seconds: Some(30),
        termination_message_path: "/dev/termination-log".into(),
        termination_message_policy: "File".into(),
        pre_stop: container.lifecycle.and_then(|lifecycle| lifecycle.pre_stop),
        ports: container.ports.unwrap(),
    };
    assert_eq!(found, expected);
    let sandbox = sandbox_identity(&labels::of_sandbox(&pod));
    assert_eq!(
        (sandbox.pod_name, sandbox.pod_namespace, sandbox.pod_uid),
        ("web".into(), "default".into(), "u-1".into())
    );
}

#[test]
fn garbage_reads_as_nothing() {
    let none = BTreeMap::new();
    assert_eq!(container_identity(&none, &none), ContainerIdentity::default());
    assert_eq!(sandbox_identity(&none), SandboxIdentity::default());
    let garbage = [
        annotations::HASH,
        annotations::RESTART_COUNT,
        annotations::PRE_STOP,
        annotations::PORTS,
        annotations::DELETION_GRACE_PERIOD,
        annotations::TERMINATION_GRACE_PERIOD,
    ];
    for text in ["", "-1x", "{", "null", "[1]", "99999999999999999999999"] {
        let all = garbage.map(|key| (key.to_owned(), text.to_owned())).into();
        let found = container_identity(&none, &all);
        assert_eq!((found.hash, found.restart_count), (0, 0), "{text}");
        assert_eq!(found.ports, [], "{text}");
        assert!(found.deletion_grace_period_seconds.is_none(), "{text}");
        assert!(found.termination_grace_period_seconds.is_none(), "{text}");
    }
}

#[test]
fn back_off_starts_anew_for_what_changed() {
    let base = container(&json!({"resources": {"limits": {"cpu": "1"}}}));
    let key = |container: &Container| backoff_key(&pod(None, None), container);
    let changed = [
        json!({"image": "other"}),
        json!({"name": "other"}),
        json!({"resources": {"limits": {"cpu": "2"}}}),
        json!({"resources": {"requests": {"cpu": "1"}}}),
    ];
    for change in changed {
        assert_ne!(key(&base), key(&container(&change)), "{change}");
    }
    let same = json!({"resources": {"limits": {"cpu": "1000m"}}, "command": ["x"]});
    assert_eq!(key(&base), key(&container(&same)));
}

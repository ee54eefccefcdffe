use serde_json::{Value, json};

use super::*;

fn check(name: &str, spec: Value, requests: Value, limits: Value) {
    let spec: PodSpec = serde_json::from_value(spec).expect("a pod specification");
    let shown = |list: ResourceList| {
        let entries = list.into_iter().map(|(name, amount)| (name, Value::String(amount.to_string())));
        Value::Object(entries.collect())
    };
    assert_eq!(shown(pod_requests(&spec, Overhead::Included)), requests, "requests of {name}");
    assert_eq!(shown(pod_limits(&spec, Overhead::Included)), limits, "limits of {name}");
}

fn container(cpu: &str) -> Value {
    json!({"name": "c", "resources": {"requests": {"cpu": cpu}, "limits": {"cpu": cpu}}})
}

fn sidecar(cpu: &str) -> Value {
    let mut container = container(cpu);
    container["restartPolicy"] = json!("Always");
    container
}

#[test]
fn sums_follow_the_api() {
    let cpu = |amount: &str| json!({"cpu": amount});
    let same = |name, spec, amount: &str| check(name, spec, cpu(amount), cpu(amount));
    check("nothing set", json!({"containers": [{"name": "c"}]}), json!({}), json!({}));
    same("two containers", json!({"containers": [container("1"), container("500m")]}), "1500m");
    same(
        "a large init container",
        json!({"containers": [container("1")], "initContainers": [container("3")]}),
        "3",
    );
    same(
        "a small init container",
        json!({"containers": [container("3")], "initContainers": [container("1")]}),
        "3",
    );
    same("a sidecar adds up", json!({"containers": [container("3")], "initContainers": [sidecar("1")]}), "4");
    same(
        "an init container after a sidecar",
        json!({"containers": [container("1")], "initContainers": [sidecar("1"), container("5"), sidecar("2")]}),
        "6",
    );
    same(
        "an init container before a sidecar",
        json!({"containers": [container("1")], "initContainers": [container("3"), sidecar("1")]}),
        "3",
    );
    check(
        "overhead",
        json!({"containers": [container("1")], "overhead": {"cpu": "250m", "memory": "10Mi"}}),
        json!({"cpu": "1250m", "memory": "10Mi"}),
        json!({"cpu": "1250m"}),
    );
    check(
        "pod level",
        json!({"containers": [container("1")],
               "resources": {"requests": {"cpu": "2", "example.com/x": "9"}, "limits": {"memory": "1Gi"}}}),
        json!({"cpu": "2"}),
        json!({"cpu": "1", "memory": "1Gi"}),
    );
    check(
        "pod level with a resource that does not count",
        json!({"containers": [container("1")], "resources": {"limits": {"ephemeral-storage": "1Gi"}}}),
        json!({"cpu": "1"}),
        json!({"cpu": "1"}),
    );
}

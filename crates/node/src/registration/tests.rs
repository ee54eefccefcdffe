use super::plan::reconciled;
use crate::settings::History;
use k8s_openapi::api::core::v1::Node;
use serde_json::{Value, json};

fn check(existing: &Value, initial: &Value, expected: &Value) {
    check_on(History::New, existing, initial, expected);
}

fn check_on(history: History, existing: &Value, initial: &Value, expected: &Value) {
    let node = |value: &Value| serde_json::from_value::<Node>(value.clone()).unwrap();
    let reconciled = reconciled(&node(existing), &node(initial), history);
    let mut reconciled = serde_json::to_value(reconciled).unwrap();
    for field in ["apiVersion", "kind"] {
        reconciled.as_object_mut().unwrap().remove(field);
    }
    assert_eq!(reconciled, *expected, "{existing}");
}

#[test]
fn what_was_left_from_before_is_put_right() {
    let initial = json!({
        "metadata": {
            "labels": {"kubernetes.io/os": "linux", "kubernetes.io/hostname": "n1", "own": "x", "topology.kubernetes.io/zone": ""},
            "annotations": {"volumes.kubernetes.io/controller-managed-attach-detach": "true"},
        },
        "spec": {"taints": [{"key": "new", "effect": "NoSchedule"}]},
        "status": {
            "capacity": {"cpu": "4", "hugepages-2Mi": "1Gi"},
            "allocatable": {"cpu": "4", "hugepages-2Mi": "512Mi"},
        },
    });
    check(
        &json!({
            "metadata": {"labels": {"kubernetes.io/os": "plan9", "role": "db", "topology.kubernetes.io/zone": "a"}},
            "spec": {"taints": [{"key": "old", "effect": "NoSchedule"}]},
            "status": {
                "capacity": {"cpu": "2", "example.com/gpu": "3", "hugepages-1Gi": "1Gi"},
                "allocatable": {"cpu": "2", "example.com/gpu": "3", "hugepages-1Gi": "1Gi"},
            },
        }),
        &initial,
        &json!({
            "metadata": {
                "labels": {"kubernetes.io/os": "linux", "kubernetes.io/hostname": "n1", "role": "db"},
                "annotations": {"volumes.kubernetes.io/controller-managed-attach-detach": "true"},
            },
            "spec": {"taints": [{"key": "old", "effect": "NoSchedule"}]},
            "status": {
                "capacity": {"cpu": "2", "example.com/gpu": "0", "hugepages-2Mi": "1Gi"},
                "allocatable": {"cpu": "2", "example.com/gpu": "0", "hugepages-2Mi": "512Mi"},
            },
        }),
    );
    // What a person says the node has outlives a restart of the kubelet.
    let patched = json!({
        "metadata": {"labels": {}},
        "status": {"capacity": {"example.com/dongle": "4"}, "allocatable": {"example.com/dongle": "4"}},
    });
    check_on(History::Known, &patched, &json!({}), &patched);
    check(
        &json!({"metadata": {"annotations": {"volumes.kubernetes.io/controller-managed-attach-detach": "true", "x": "y"}}, "status": {}}),
        &json!({"status": {"capacity": {"cpu": "4"}, "allocatable": {"cpu": "3"}}}),
        &json!({
            "metadata": {"annotations": {"x": "y"}, "labels": {}},
            "status": {"capacity": {"cpu": "4"}, "allocatable": {"cpu": "3"}},
        }),
    );
}

use super::plan::{has_owner, own, period, renewed};
use k8s_openapi::api::coordination::v1::Lease;
use serde_json::json;
use std::time::Duration;

#[test]
fn what_is_written() {
    let now = "2026-01-02T03:04:05.678901Z".parse().unwrap();
    let node = serde_json::from_value(json!({"metadata": {"name": "n1", "uid": "u1"}})).unwrap();
    let mut lease = renewed(None, "n1", 40, now);
    assert!(!has_owner(&lease));
    own(&mut lease, &node);
    assert!(has_owner(&lease));
    assert_eq!(
        serde_json::to_value(&lease).unwrap(),
        json!({
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {
                "name": "n1",
                "ownerReferences": [{"apiVersion": "v1", "kind": "Node", "name": "n1", "uid": "u1"}],
            },
            "spec": {
                "holderIdentity": "n1",
                "leaseDurationSeconds": 40,
                "renewTime": "2026-01-02T03:04:05.678901Z",
            },
        })
    );
    let base: Lease = serde_json::from_value(json!({
        "metadata": {"name": "n1", "resourceVersion": "7", "labels": {"a": "b"}},
        "spec": {"holderIdentity": "somebody", "leaseDurationSeconds": 10, "leaseTransitions": 3},
    }))
    .unwrap();
    let lease = serde_json::to_value(renewed(Some(&base), "n1", 40, now)).unwrap();
    assert_eq!(lease["metadata"], json!({"name": "n1", "resourceVersion": "7", "labels": {"a": "b"}}));
    assert_eq!(lease["spec"]["holderIdentity"], "somebody");
    assert_eq!(
        (&lease["spec"]["leaseDurationSeconds"], &lease["spec"]["leaseTransitions"]),
        (&json!(40), &json!(3))
    );
}

#[test]
fn a_quarter_of_the_duration() {
    for (seconds, random, expected) in [(40, 0.0, 10_000), (40, 1.0, 10_400), (1, 0.0, 250), (0, 0.0, 250)] {
        assert_eq!(period(seconds, random), Duration::from_millis(expected), "{seconds} {random}");
    }
}

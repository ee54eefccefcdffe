use serde_json::{Value, json};

use super::*;

fn check(class: QosClass, spec: Value) {
    let parsed: PodSpec = serde_json::from_value(spec.clone()).expect("a pod specification");
    assert_eq!(QosClass::of_spec(&parsed), class, "{spec}");
}

fn container(requests: Value, limits: Value) -> Value {
    json!({"name": "c", "resources": {"requests": requests, "limits": limits}})
}

#[test]
fn classes_follow_the_api() {
    let full = || json!({"cpu": "1", "memory": "1Gi"});
    let none = || json!({});
    check(QosClass::BestEffort, json!({"containers": [{"name": "c"}]}));
    check(QosClass::BestEffort, json!({"containers": [container(json!({"cpu": "0"}), none())]}));
    check(
        QosClass::BestEffort,
        json!({"containers": [container(json!({"ephemeral-storage": "1Gi"}), none())]}),
    );
    check(QosClass::Guaranteed, json!({"containers": [container(full(), full())]}));
    check(
        QosClass::Guaranteed,
        json!({"containers": [container(full(), json!({"cpu": "1000m", "memory": "1024Mi"}))]}),
    );
    check(QosClass::Burstable, json!({"containers": [container(json!({"cpu": "1"}), json!({"cpu": "1"}))]}));
    check(QosClass::Burstable, json!({"containers": [container(none(), full())]}));
    check(QosClass::Burstable, json!({"containers": [container(full(), full()), {"name": "d"}]}));
    check(
        QosClass::Burstable,
        json!({"containers": [container(full(), full())], "initContainers": [{"name": "i"}]}),
    );
    check(
        QosClass::Guaranteed,
        json!({"containers": [container(full(), full())], "initContainers": [container(full(), full())]}),
    );
}

#[test]
fn pod_level_resources_decide_alone() {
    let full = || json!({"cpu": "1", "memory": "1Gi"});
    check(
        QosClass::Guaranteed,
        json!({"containers": [{"name": "c"}], "resources": {"requests": full(), "limits": full()}}),
    );
    check(
        QosClass::Burstable,
        json!({"containers": [container(full(), full())], "resources": {"requests": {"cpu": "1"}}}),
    );
    check(QosClass::Guaranteed, json!({"containers": [container(full(), full())], "resources": {}}));
}

#[test]
fn a_written_class_is_taken() {
    let pod = json!({"spec": {"containers": [{"name": "c"}]}, "status": {"qosClass": "Burstable"}});
    let pod: Pod = serde_json::from_value(pod).expect("a pod");
    assert_eq!(QosClass::of_pod(&pod), QosClass::Burstable);
}

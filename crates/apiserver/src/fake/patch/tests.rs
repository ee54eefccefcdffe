//! Patches, as rows.

use serde_json::{Value, json};

use super::merge_keys::MergeKeys;
use super::{merge, strategic};

fn strategic_of(kind: &'static str, object: &Value, patch: &Value) -> Value {
    let mut object = object.clone();
    let fields = object.as_object_mut().expect("an object");
    let patch = patch.as_object().expect("a patch");
    strategic::merge(fields, patch, &MergeKeys::of(kind)).expect("a good patch");
    object
}

#[test]
fn strategic_merge() {
    let rows = [
        (
            "maps are merged, null deletes",
            json!({ "metadata": { "labels": { "a": "1", "b": "2" } } }),
            json!({ "metadata": { "labels": { "b": null, "c": "3" } } }),
            json!({ "metadata": { "labels": { "a": "1", "c": "3" } } }),
        ),
        (
            "conditions by type",
            json!({ "status": { "conditions": [{ "type": "A", "status": "False", "reason": "r" }, { "type": "B" }] } }),
            json!({ "status": { "conditions": [{ "type": "A", "status": "True" }, { "type": "C" }] } }),
            json!({ "status": { "conditions": [
                { "type": "A", "status": "True", "reason": "r" }, { "type": "C" }, { "type": "B" }
            ] } }),
        ),
        (
            "a condition is deleted by its type",
            json!({ "status": { "conditions": [{ "type": "A" }, { "type": "B" }] } }),
            json!({ "status": { "conditions": [{ "type": "A", "$patch": "delete" }] } }),
            json!({ "status": { "conditions": [{ "type": "B" }] } }),
        ),
        (
            "an address that is not deleted stays",
            json!({ "status": { "podIPs": [{ "ip": "10.0.0.1" }] } }),
            json!({ "status": { "podIPs": [{ "ip": "10.0.0.2" }] } }),
            json!({ "status": { "podIPs": [{ "ip": "10.0.0.2" }, { "ip": "10.0.0.1" }] } }),
        ),
        (
            "an order is set",
            json!({ "status": { "conditions": [{ "type": "A" }, { "type": "B" }] } }),
            json!({ "status": {
                "$setElementOrder/conditions": [{ "type": "C" }, { "type": "B" }, { "type": "A" }],
                "conditions": [{ "type": "C" }]
            } }),
            json!({ "status": { "conditions": [{ "type": "C" }, { "type": "B" }, { "type": "A" }] } }),
        ),
        (
            "lists without a key are replaced",
            json!({ "status": { "containerStatuses": [{ "name": "a", "ready": true }, { "name": "b" }] } }),
            json!({ "status": { "containerStatuses": [{ "name": "a" }] } }),
            json!({ "status": { "containerStatuses": [{ "name": "a" }] } }),
        ),
        (
            "a map is replaced when the patch says so",
            json!({ "status": { "capacity": { "cpu": "1", "memory": "1Gi" } } }),
            json!({ "status": { "capacity": { "$patch": "replace", "cpu": "2" } } }),
            json!({ "status": { "capacity": { "cpu": "2" } } }),
        ),
        (
            "a list is replaced when the patch says so",
            json!({ "status": { "podIPs": [{ "ip": "10.0.0.1" }] } }),
            json!({ "status": { "podIPs": [{ "$patch": "replace" }, { "ip": "10.0.0.2" }] } }),
            json!({ "status": { "podIPs": [{ "ip": "10.0.0.2" }] } }),
        ),
        (
            "kept keys are retained",
            json!({ "spec": { "volumes": [{ "name": "v", "emptyDir": {} }] } }),
            json!({ "spec": { "volumes": [{ "name": "v", "$retainKeys": ["name", "hostPath"], "hostPath": { "path": "/" } }] } }),
            json!({ "spec": { "volumes": [{ "name": "v", "hostPath": { "path": "/" } }] } }),
        ),
        (
            "scalars are united and taken out",
            json!({ "metadata": { "finalizers": ["a", "b"] } }),
            json!({ "metadata": { "finalizers": ["b", "c"], "$deleteFromPrimitiveList/finalizers": ["a"] } }),
            json!({ "metadata": { "finalizers": ["b", "c"] } }),
        ),
        (
            "environment by name within containers by name",
            json!({ "spec": { "containers": [{ "name": "c", "env": [{ "name": "A", "value": "1" }] }] } }),
            json!({ "spec": { "containers": [{ "name": "c", "env": [{ "name": "B", "value": "2" }] }] } }),
            json!({ "spec": { "containers": [
                { "name": "c", "env": [{ "name": "B", "value": "2" }, { "name": "A", "value": "1" }] }
            ] } }),
        ),
    ];
    for (name, object, patch, expected) in rows {
        assert_eq!(strategic_of("Pod", &object, &patch), expected, "{name}");
    }
}

#[test]
fn addresses_of_a_node_are_merged_by_type() {
    let object = json!({ "status": { "addresses": [{ "type": "InternalIP", "address": "192.0.2.1" }] } });
    let patch = json!({ "status": { "addresses": [{ "type": "InternalIP", "address": "192.0.2.2" }] } });
    let expected = json!({ "status": { "addresses": [{ "type": "InternalIP", "address": "192.0.2.2" }] } });
    assert_eq!(strategic_of("Node", &object, &patch), expected);
}

#[test]
fn json_merge() {
    let mut object = json!({ "a": { "b": 1, "c": [1, 2] }, "d": 1 });
    let patch = json!({ "a": { "b": null, "c": [3], "e": { "f": null, "g": 1 } }, "d": { "h": 1 } });
    merge(object.as_object_mut().expect("an object"), patch.as_object().expect("an object"));
    assert_eq!(object, json!({ "a": { "c": [3], "e": { "g": 1 } }, "d": { "h": 1 } }));
}

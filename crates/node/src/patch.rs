//! What differs between two versions of a Node, as a strategic merge patch of its status. Pure.
//!
//! A patch holds only what changed, so that what others write is kept: lists are replaced as a whole, except conditions,
//! which are merged by type. Addresses are said in the API's types to be merged by type too, which two addresses of one
//! type cannot be: they are replaced (`component-helpers/node/util/status.go` `fixupPatchForNodeStatusAddresses`).

use k8s_openapi::api::core::v1::Node;
use serde_json::{Map, Value, json};

/// The patch, `None` when nothing differs. Of the metadata, labels and annotations are looked at; the specification is
/// not the kubelet's to change.
///
/// # Errors
/// When a Node cannot be written as JSON, which none of the API's types fails to be.
pub(crate) fn between(before: &Node, after: &Node) -> Result<Option<Value>, serde_json::Error> {
    let (before, after) = (serde_json::to_value(before)?, serde_json::to_value(after)?);
    let mut patch = Map::new();
    let mut metadata = Map::new();
    for field in ["labels", "annotations"] {
        let part = |node: &Value| node["metadata"][field].clone();
        insert(&mut metadata, field, difference(&part(&before), &part(&after)));
    }
    if !metadata.is_empty() {
        patch.insert("metadata".to_owned(), Value::Object(metadata));
    }
    insert(&mut patch, "status", status(&before["status"], &after["status"]));
    Ok((!patch.is_empty()).then_some(Value::Object(patch)))
}

fn status(before: &Value, after: &Value) -> Option<Value> {
    let none = Map::new();
    let (old, new) = (before.as_object().unwrap_or(&none), after.as_object().unwrap_or(&none));
    let mut patch = Map::new();
    for name in names(old, new) {
        let (old, new) = (old.get(name).unwrap_or(&Value::Null), new.get(name).unwrap_or(&Value::Null));
        let changed = match name.as_str() {
            "conditions" => conditions(old, new),
            "addresses" => addresses(old, new),
            _ => difference(old, new),
        };
        insert(&mut patch, name, changed);
    }
    (!patch.is_empty()).then_some(Value::Object(patch))
}

/// Changed and new conditions, each with its type and what changed of it. The kubelet removes none.
fn conditions(before: &Value, after: &Value) -> Option<Value> {
    let known = |kind: &Value| before.as_array()?.iter().find(|condition| condition["type"] == *kind);
    let mut changed = Vec::new();
    for condition in after.as_array()? {
        let kind = &condition["type"];
        let before = known(kind).unwrap_or(&Value::Null);
        if let Some(Value::Object(mut patch)) = difference(before, condition) {
            patch.insert("type".to_owned(), kind.clone());
            changed.push(Value::Object(patch));
        }
    }
    (!changed.is_empty()).then_some(Value::Array(changed))
}

fn addresses(before: &Value, after: &Value) -> Option<Value> {
    if before == after {
        return None;
    }
    let mut replaced = after.as_array().cloned().unwrap_or_default();
    replaced.push(json!({"$patch": "replace"}));
    Some(Value::Array(replaced))
}

/// `null` takes a field away.
fn difference(before: &Value, after: &Value) -> Option<Value> {
    match (before, after) {
        (before, after) if before == after => None,
        (Value::Object(old), Value::Object(new)) => {
            let mut patch = Map::new();
            for name in names(old, new) {
                let part = |node: &Map<String, Value>| node.get(name).cloned().unwrap_or(Value::Null);
                insert(&mut patch, name, difference(&part(old), &part(new)));
            }
            Some(Value::Object(patch))
        }
        (_, after) => Some(after.clone()),
    }
}

fn names<'a>(old: &'a Map<String, Value>, new: &'a Map<String, Value>) -> Vec<&'a String> {
    old.keys().chain(new.keys().filter(|name| !old.contains_key(*name))).collect()
}

fn insert(patch: &mut Map<String, Value>, name: &str, changed: Option<Value>) {
    if let Some(changed) = changed {
        patch.insert(name.to_owned(), changed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: &Value, after: &Value, expected: &Value) {
        let node = |value: &Value| serde_json::from_value::<Node>(value.clone()).unwrap();
        let patch = between(&node(before), &node(after)).unwrap().unwrap_or(Value::Null);
        assert_eq!(patch, *expected, "{before} -> {after}");
    }

    #[test]
    fn only_what_changed() {
        let same = json!({"metadata": {"name": "n"}, "status": {"phase": "x"}});
        check(&same, &same, &Value::Null);
        check(
            &json!({"metadata": {"labels": {"a": "1", "b": "2"}, "uid": "u"}, "spec": {"unschedulable": true}}),
            &json!({"metadata": {"labels": {"a": "1", "c": "3"}, "annotations": {"x": "y"}}}),
            &json!({"metadata": {"labels": {"b": null, "c": "3"}, "annotations": {"x": "y"}}}),
        );
        check(
            &json!({"status": {"capacity": {"cpu": "4", "memory": "1Gi"}, "images": [{"names": ["a"]}], "volumesInUse": ["v"]}}),
            &json!({"status": {"capacity": {"cpu": "8", "memory": "1Gi"}, "images": [{"names": ["b"]}]}}),
            &json!({"status": {"capacity": {"cpu": "8"}, "images": [{"names": ["b"]}], "volumesInUse": null}}),
        );
    }

    #[test]
    fn conditions_are_merged_and_addresses_replaced() {
        check(
            &json!({"status": {"conditions": [
                {"type": "NetworkUnavailable", "status": "False"},
                {"type": "Ready", "status": "False", "reason": "KubeletNotReady", "lastHeartbeatTime": "2026-01-01T00:00:00Z"},
            ]}}),
            &json!({"status": {"conditions": [
                {"type": "NetworkUnavailable", "status": "False"},
                {"type": "Ready", "status": "True", "reason": "KubeletReady", "lastHeartbeatTime": "2026-01-01T00:00:00Z"},
                {"type": "PIDPressure", "status": "False"},
            ]}}),
            &json!({"status": {"conditions": [
                {"type": "Ready", "status": "True", "reason": "KubeletReady"},
                {"type": "PIDPressure", "status": "False"},
            ]}}),
        );
        let address = |ip: &str| json!({"type": "InternalIP", "address": ip});
        check(
            &json!({"status": {"addresses": [address("10.0.0.1")]}}),
            &json!({"status": {"addresses": [address("10.0.0.2"), address("::2")]}}),
            &json!({"status": {"addresses": [address("10.0.0.2"), address("::2"), {"$patch": "replace"}]}}),
        );
    }
}

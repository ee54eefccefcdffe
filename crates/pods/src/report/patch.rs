//! The strategic merge patch that makes one status of a pod into another.
//!
//! Source: `pkg/util/pod/pod.go` `PatchPodStatus`, `apimachinery/pkg/util/strategicpatch`, and the merge keys that the API's
//! types declare. Lists without a key are replaced as a whole.

use k8s_openapi::api::core::v1::PodStatus;
use serde_json::{Map, Value, json};

/// Lists of a status that are merged by a key of their elements.
const KEYED: [(&str, &str); 3] = [("conditions", "type"), ("podIPs", "ip"), ("hostIPs", "ip")];

/// `status.resources`: the one field of upstream's status that is there even when it is empty.
const RESOURCES: &str = "resources";

/// The patch, with the pod's UID as a precondition; `None` when nothing differs.
pub(super) fn status_patch(uid: &str, old: &PodStatus, new: &PodStatus) -> Option<Value> {
    if old == new {
        return None;
    }
    let (old, new) = (fields(old), fields(new));
    let mut status = difference(&old, &new);
    // That a pod asks for nothing is told too, as upstream does; it is not worth a call of its own.
    if let (None, Some(resources)) = (old.get(RESOURCES), new.get(RESOURCES))
        && !status.is_empty()
    {
        status.insert(RESOURCES.to_owned(), resources.clone());
    }
    (!status.is_empty()).then(|| json!({"metadata": {"uid": uid}, "status": status}))
}

fn fields(status: &PodStatus) -> Map<String, Value> {
    match serde_json::to_value(status).expect("a status has a JSON form") {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn difference(old: &Map<String, Value>, new: &Map<String, Value>) -> Map<String, Value> {
    let mut patch = Map::new();
    for (name, value) in new {
        let before = old.get(name).unwrap_or(&Value::Null);
        if is_same(before, value) {
            continue;
        }
        let key = KEYED.iter().find(|(list, _)| list == name).map(|(_, key)| *key);
        match (key, before, value) {
            (Some(key), before, Value::Array(elements)) => {
                let before = before.as_array().map(Vec::as_slice).unwrap_or_default();
                merge_by_key(name, key, before, elements, &mut patch);
            }
            (None, Value::Object(before), Value::Object(fields)) => {
                patch.insert(name.clone(), Value::Object(difference(before, fields)));
            }
            _ => {
                patch.insert(name.clone(), value.clone());
            }
        }
    }
    for (name, before) in old {
        if !new.contains_key(name) && !is_nothing(before) {
            patch.insert(name.clone(), Value::Null);
        }
    }
    patch
}

/// Elements that changed or came, those that go, and the order of all.
fn merge_by_key(name: &str, key: &str, old: &[Value], new: &[Value], patch: &mut Map<String, Value>) {
    let find = |list: &'_ [Value], element: &Value| list.iter().position(|other| other[key] == element[key]);
    let mut elements = Vec::new();
    for element in new {
        match find(old, element).map(|index| &old[index]) {
            Some(before) if is_same(before, element) => {}
            Some(Value::Object(before)) => {
                let mut changed =
                    element.as_object().map(|fields| difference(before, fields)).unwrap_or_default();
                changed.insert(key.to_owned(), element[key].clone());
                elements.push(Value::Object(changed));
            }
            Some(_) | None => elements.push(element.clone()),
        }
    }
    let gone = old.iter().filter(|element| find(new, element).is_none());
    elements.extend(gone.map(|element| json!({"$patch": "delete", key: element[key]})));
    if elements.is_empty() {
        return;
    }
    let order: Vec<Value> = new.iter().map(|element| json!({key: element[key]})).collect();
    patch.insert(format!("$setElementOrder/{name}"), Value::Array(order));
    patch.insert(name.to_owned(), Value::Array(elements));
}

/// What the API server leaves out, or may.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(fields) => fields.values().all(is_nothing),
        Value::Array(elements) => elements.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Equal, whether what is empty is told or left out.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let mut names = one.keys().chain(other.keys());
            names.all(|name| {
                is_same(one.get(name).unwrap_or(&Value::Null), other.get(name).unwrap_or(&Value::Null))
            })
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        _ => one == other || is_nothing(one) && is_nothing(other),
    }
}

//! RFC 7386 JSON merge patch: how a drop-in changes the configuration before it.

use serde_json::{Map, Value};

/// `target` changed by `patch`: objects merge key by key, a null deletes, everything else replaces.
pub fn merge_patch(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(object) = target else {
        return;
    };
    for (key, change) in patch {
        if change.is_null() {
            object.remove(key);
        } else {
            merge_patch(object.entry(key.as_str()).or_insert(Value::Null), change);
        }
    }
}

#[cfg(test)]
mod tests;

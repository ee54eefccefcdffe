//! Patches: strategic merge and JSON merge.

mod merge_keys;
mod strategic;

use serde_json::{Map, Value};

use super::failure::Failure;
use super::request::Request;

pub(super) use merge_keys::MergeKeys;

/// The object with the request's patch applied.
pub(super) fn apply(request: &Request, object: &Value) -> Result<Value, Failure> {
    let patch = request.json()?;
    let patch = patch.as_object().ok_or_else(|| Failure::bad_request("a patch is an object"))?;
    let mut patched = object.clone();
    let Some(fields) = patched.as_object_mut() else { return Ok(patched) };
    match request.content_type.split(';').next().unwrap_or_default().trim() {
        "application/strategic-merge-patch+json" => {
            let keys = MergeKeys::of(request.call.resource.kind);
            strategic::merge(fields, patch, &keys).map_err(Failure::bad_request)?;
        }
        "application/merge-patch+json" => merge(fields, patch),
        other => {
            let why = format!(
                "the body of the request was in an unknown format - accepted media types include: application/merge-patch+json, application/strategic-merge-patch+json: {other}"
            );
            return Err(Failure::new(415, "UnsupportedMediaType", why));
        }
    }
    Ok(patched)
}

/// RFC 7396.
fn merge(target: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (name, value) in patch {
        match value {
            Value::Null => {
                target.remove(name);
            }
            Value::Object(patch) => {
                let below = target.entry(name.clone()).or_insert(Value::Null);
                if !below.is_object() {
                    *below = Value::Object(Map::new());
                }
                if let Some(below) = below.as_object_mut() {
                    merge(below, patch);
                }
            }
            other => {
                target.insert(name.clone(), other.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests;

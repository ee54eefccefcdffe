//! POST, PUT, PATCH and DELETE (apiserver `pkg/registry/generic/registry/store.go`).

mod change;
mod create;
mod delete;

pub(super) use change::change;
pub(super) use create::create;
pub(super) use delete::delete;

use serde_json::Value;

/// Takes nulls out, which the real server does not keep.
fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whether something holds an object back from being removed.
fn has_finalizers(object: &Value) -> bool {
    object["metadata"]["finalizers"].as_array().is_some_and(|finalizers| !finalizers.is_empty())
}

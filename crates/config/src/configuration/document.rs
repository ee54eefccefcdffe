//! The effective configuration as the v1beta1 object that upstream shows at start-up and serves at `/configz`.

use super::{API_VERSION, KIND, KUBELET, KubeletConfiguration};
use crate::schema::{Field, Kind};
use serde_json::{Map, Value};

/// What stands for the values of secret headers (`<masked>` in upstream's log).
const MASK: &str = "<masked>";

impl KubeletConfiguration {
    /// The object as JSON, with `apiVersion` and `kind`, without what Go's `omitempty` leaves out.
    pub fn to_document(&self) -> Value {
        let mut document =
            serde_json::to_value(self).expect("maps with string keys and finite numbers are JSON");
        if let Value::Object(object) = &mut document {
            prune(object, KUBELET);
            object.insert("apiVersion".to_owned(), API_VERSION.into());
            object.insert("kind".to_owned(), KIND.into());
        }
        document
    }

    /// The same with the values of `staticPodURLHeader` hidden: they are often tokens.
    pub fn to_masked_document(&self) -> Value {
        let mut document = self.to_document();
        if let Some(Value::Object(headers)) = document.get_mut("staticPodURLHeader") {
            for values in headers.values_mut() {
                *values = Value::Array(vec![MASK.into()]);
            }
        }
        document
    }
}

/// Takes out of an effective document what Go's `omitempty` does not write. Upstream merges drop-ins over such a text,
/// so that an empty list in the main file becomes "not set" there.
pub(crate) fn omit_empty(document: &mut Value) {
    if let Value::Object(object) = document {
        prune(object, KUBELET);
    }
}

fn prune(object: &mut Map<String, Value>, fields: &[Field]) {
    for field in fields {
        let Some(value) = object.get_mut(field.key) else {
            continue;
        };
        match (field.kind(), &mut *value) {
            (Kind::Object(parts), Value::Object(inner)) => prune(inner, parts),
            (Kind::List(Kind::Object(parts)), Value::Array(items)) => {
                for item in items {
                    if let Value::Object(inner) = item {
                        prune(inner, parts);
                    }
                }
            }
            (Kind::Float, Value::Number(number)) => {
                // Go writes a whole float without a fraction.
                if let Some(whole) = number.as_f64().filter(|float| float.fract() == 0.0) {
                    *value = Value::from(whole as i64);
                }
            }
            _ => {}
        }
        if value.is_null() || (!is_kept(field) && is_empty(value)) {
            object.remove(field.key);
        }
    }
}

/// Fields that are written even when they are zero.
fn is_kept(field: &Field) -> bool {
    const WITHOUT_OMIT_EMPTY: [&str; 8] = [
        "containerRuntimeEndpoint",
        "effect",
        "filePattern",
        "key",
        "limits",
        "numaNode",
        "priority",
        "shutdownGracePeriodSeconds",
    ];
    field.is_pointer()
        || field.go_type == "v1.VerbosityLevel"
        || WITHOUT_OMIT_EMPTY.contains(&field.key)
        || matches!(
            field.kind(),
            Kind::Object(_) | Kind::Duration | Kind::DurationOrNanoseconds | Kind::Quantity
        )
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
    }
}

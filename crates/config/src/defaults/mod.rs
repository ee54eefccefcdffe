//! Upstream's defaults over what a file says (`pkg/kubelet/apis/config/v1beta1/defaults.go`, 1.37).
//!
//! A field takes its default when it is missing; one that is no pointer upstream also when it is zero, since Go cannot
//! tell the two apart.

use crate::configuration::{KUBELET, KubeletConfiguration};
use crate::gates::Gates;
use crate::schema::{Field, Kind};
use serde_json::{Map, Value, json};

/// Fills in every default. `gates` are those of the command line; the document's own come on top, as upstream merges
/// them for this purpose.
pub(crate) fn apply(document: &mut Value, gates: &Gates) {
    strip_nulls(document);
    let Value::Object(object) = document else {
        return;
    };
    let gates = gates.with_document(object.get("featureGates"));
    let frequency_set = !is_zero(object.get("nodeStatusUpdateFrequency"));
    let report_set = !is_zero(object.get("nodeStatusReportFrequency"));
    let serialize_set = object.contains_key("serializeImagePulls");

    fill(object, KUBELET, &gates, "");

    if frequency_set && !report_set {
        let frequency = object["nodeStatusUpdateFrequency"].clone();
        object.insert("nodeStatusReportFrequency".to_owned(), frequency);
    }
    if object["podPidsLimit"].as_i64().is_some_and(|limit| limit < 0) {
        object.insert("podPidsLimit".to_owned(), json!(-1));
    }
    let parallel = object.get("maxParallelImagePulls").and_then(Value::as_i64);
    if !serialize_set && parallel.is_some_and(|pulls| pulls >= 2) {
        object.insert("serializeImagePulls".to_owned(), json!(false));
    }
}

/// The defaults of a file that sets nothing.
pub(crate) fn configuration() -> KubeletConfiguration {
    let mut document = json!({});
    apply(&mut document, &Gates::default());
    serde_json::from_value(document)
        .expect("every default has the type of its field: a test decodes them all")
}

/// The four values that differ when no `--config` file is given, kept for the sake of old command lines
/// (`applyLegacyDefaults` in `cmd/kubelet/app/options/options.go`).
pub(crate) fn apply_legacy(document: &mut Value) {
    document["authentication"]["anonymous"]["enabled"] = json!(true);
    document["authentication"]["webhook"]["enabled"] = json!(false);
    document["authorization"]["mode"] = json!("AlwaysAllow");
    document["readOnlyPort"] = json!(10255);
}

/// What `evictionHard` is on Linux when a `--config` file does not say (`pkg/kubelet/eviction/defaults_linux.go`).
pub const EVICTION_HARD: [(&str, &str); 5] = [
    ("imagefs.available", "15%"),
    ("imagefs.inodesFree", "5%"),
    ("memory.available", "100Mi"),
    ("nodefs.available", "10%"),
    ("nodefs.inodesFree", "5%"),
];

/// Fills in `evictionHard` after a `--config` file was read: all of it when unset, the missing signals when
/// `mergeDefaultEvictionSettings` says so.
pub(crate) fn apply_eviction_hard(document: &mut Value) {
    let merge = document["mergeDefaultEvictionSettings"] == json!(true);
    let set = document.get("evictionHard").is_some_and(Value::is_object);
    if set && !merge {
        return;
    }
    if !set {
        document["evictionHard"] = json!({});
    }
    for (signal, threshold) in EVICTION_HARD {
        if document["evictionHard"].get(signal).is_none() {
            document["evictionHard"][signal] = json!(threshold);
        }
    }
}

fn fill(object: &mut Map<String, Value>, fields: &[Field], gates: &Gates, path: &str) {
    for field in fields {
        if let Kind::Object(parts) = field.kind() {
            // A pointer to a struct stays unset; a plain struct always exists.
            if !field.is_pointer() || object.contains_key(field.key) {
                let value = object.entry(field.key).or_insert_with(|| json!({}));
                if let Value::Object(inner) = value {
                    fill(inner, parts, gates, field.key);
                }
            }
            continue;
        }
        if field.default.is_empty() || !wanted(field, path, gates) {
            continue;
        }
        let current = object.get(field.key);
        let missing = match (current, field.is_pointer(), field.kind()) {
            (None, ..) => true,
            // An empty list is set: Go keeps nil and empty apart.
            (Some(_), false, Kind::List(_) | Kind::Map(_)) => false,
            (Some(_), pointer, _) => !pointer && is_zero(current),
        };
        if missing {
            let default = serde_json::from_str(field.default)
                .expect("the table's defaults are JSON: a test reads them all");
            object.insert(field.key.to_owned(), default);
        }
    }
}

/// Two defaults depend on a gate.
fn wanted(field: &Field, path: &str, gates: &Gates) -> bool {
    match (path, field.key) {
        ("crashLoopBackOff", "maxContainerRestartPeriod") => gates.enabled("KubeletCrashLoopBackOffMax"),
        ("", "imagePullCredentialsVerificationPolicy") => gates.enabled("KubeletEnsureSecretPulledImages"),
        _ => true,
    }
}

fn is_zero(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::Bool(value)) => !value,
        Some(Value::Number(number)) => number.as_f64() == Some(0.0),
        Some(Value::String(text)) => text.is_empty() || text == "0s",
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Object(entries)) => entries.is_empty(),
    }
}

/// A null in a file means "not set".
fn strip_nulls(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            entries.retain(|_, entry| !entry.is_null());
            entries.values_mut().for_each(strip_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(strip_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests;

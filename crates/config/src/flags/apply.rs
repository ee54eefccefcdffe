//! From what stood on the command line to values: over a configuration document, or as [`Flags`].

use super::{CommandLine, Flags, Target};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What the flags say about the gates.
pub(crate) fn feature_gates(command_line: &CommandLine) -> BTreeMap<String, bool> {
    match command_line.values().get("feature-gates") {
        Some(Value::Object(entries)) => {
            entries.iter().filter_map(|(name, value)| Some((name.clone(), value.as_bool()?))).collect()
        }
        _ => BTreeMap::new(),
    }
}

/// Sets every field that a flag sets; returns the fields with the flag of each.
///
/// Values replace what is there, with two exceptions of upstream's: gates merge by name, `--vmodule` adds to the list.
pub(crate) fn apply_to_document(
    command_line: &CommandLine,
    document: &mut Value,
) -> Vec<(&'static str, &'static str)> {
    let mut touched = Vec::new();
    for (name, value) in command_line.values() {
        let Some(flag) = super::find(name) else {
            continue;
        };
        let Target::Field(path) = flag.target else {
            continue;
        };
        if value.is_null() {
            continue;
        }
        let slot = slot(document, path);
        match (path, slot, value) {
            ("featureGates", Value::Object(gates), Value::Object(set)) => {
                gates.extend(set.iter().map(|(name, value)| (name.clone(), value.clone())));
            }
            ("logging.vmodule", Value::Array(rules), Value::Array(added)) => {
                rules.extend(added.iter().cloned());
            }
            (_, slot, value) => *slot = value.clone(),
        }
        touched.push((path, flag.name));
    }
    touched
}

/// The place of a dotted path, made if it is not there.
fn slot<'document>(document: &'document mut Value, path: &str) -> &'document mut Value {
    path.split('.').fold(document, |value, key| {
        if !value.is_object() {
            *value = Value::Object(Map::new());
        }
        &mut value[key]
    })
}

/// The flag-only values.
pub(super) fn flags(values: &BTreeMap<&'static str, Value>) -> Flags {
    let mut object = json!({});
    for (name, value) in values {
        let only_flag = super::find(name).is_some_and(|flag| flag.target == Target::Flag);
        if only_flag && !value.is_null() {
            object[*name] = value.clone();
        }
    }
    serde_json::from_value(object)
        .expect("each flag's parser yields the type of its field: a test sets them all")
}

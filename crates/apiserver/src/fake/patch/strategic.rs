//! Strategic merge patches (apimachinery `pkg/util/strategicpatch/patch.go`), with the directives that clients send:
//! `$patch`, `$retainKeys`, `$setElementOrder/` and `$deleteFromPrimitiveList/`.

use serde_json::{Map, Value};

use super::merge_keys::{ListMerge, MergeKeys};

type Fields = Map<String, Value>;

/// Says what a patch does to the whole object or list element that it is in.
const DIRECTIVE: &str = "$patch";

/// Merges a patch into an object. Errors are the patch's.
pub(super) fn merge(target: &mut Fields, patch: &Fields, keys: &MergeKeys) -> Result<(), String> {
    match patch.get(DIRECTIVE).map(Value::as_str) {
        Some(Some("replace")) => {
            *target = patch.clone();
            target.remove(DIRECTIVE);
            return Ok(());
        }
        Some(Some("delete")) => {
            target.clear();
            return Ok(());
        }
        Some(other) => return Err(format!("Unknown patch type found: {other:?}")),
        None => {}
    }
    retain_keys(target, patch);
    for (name, value) in patch.iter().filter(|(name, _)| !name.starts_with('$')) {
        merge_field(target, name, value, keys)?;
    }
    for (name, value) in patch {
        if let Some(field) = name.strip_prefix("$deleteFromPrimitiveList/") {
            delete_scalars(target, field, value);
        } else if let Some(field) = name.strip_prefix("$setElementOrder/") {
            set_order(target, field, value, keys);
        }
    }
    Ok(())
}

fn merge_field(target: &mut Fields, name: &str, value: &Value, keys: &MergeKeys) -> Result<(), String> {
    match (target.get_mut(name), value) {
        (_, Value::Null) => {
            target.remove(name);
        }
        (Some(Value::Object(below)), Value::Object(patch)) => merge(below, patch, &keys.below(name))?,
        (Some(Value::Array(list)), Value::Array(patch)) => match keys.list(name) {
            ListMerge::Replace => *list = patch.clone(),
            ListMerge::Union => {
                let missing: Vec<Value> = patch.iter().filter(|one| !list.contains(one)).cloned().collect();
                list.extend(missing);
            }
            ListMerge::ByKey(key) => merge_list(list, patch, key, &keys.below(name))?,
        },
        (Some(_) | None, value) => {
            if let Some(value) = without_directives(value) {
                target.insert(name.to_owned(), value);
            }
        }
    }
    Ok(())
}

fn merge_list(list: &mut Vec<Value>, patch: &[Value], key: &str, keys: &MergeKeys) -> Result<(), String> {
    let has_replace = patch.iter().any(|element| element[DIRECTIVE] == "replace");
    if has_replace {
        *list = patch.iter().filter(|element| element[DIRECTIVE].is_null()).cloned().collect();
        return Ok(());
    }
    for element in patch {
        let Some(fields) = element.as_object() else {
            return Err(format!("a list merged by {key} has elements that are no objects"));
        };
        let Some(wanted) = fields.get(key) else {
            return Err(format!("map: {element} does not contain declared merge key: {key}"));
        };
        if fields.get(DIRECTIVE).is_some_and(|directive| directive == "delete") {
            list.retain(|stored| stored[key] != *wanted);
            continue;
        }
        match list.iter_mut().find(|stored| stored[key] == *wanted).and_then(Value::as_object_mut) {
            Some(stored) => merge(stored, fields, keys)?,
            None => list.extend(without_directives(element)),
        }
    }
    Ok(())
}

/// `$retainKeys`: fields that it does not list are dropped.
fn retain_keys(target: &mut Fields, patch: &Fields) {
    if let Some(Value::Array(retained)) = patch.get("$retainKeys") {
        target.retain(|name, _| retained.iter().any(|kept| kept == name));
    }
}

fn delete_scalars(target: &mut Fields, field: &str, unwanted: &Value) {
    if let (Some(Value::Array(list)), Value::Array(unwanted)) = (target.get_mut(field), unwanted) {
        list.retain(|one| !unwanted.contains(one));
    }
}

/// `$setElementOrder`: those that it names come first, in its order; others keep theirs.
fn set_order(target: &mut Fields, field: &str, order: &Value, keys: &MergeKeys) {
    let (Some(Value::Array(list)), Value::Array(order)) = (target.get_mut(field), order) else { return };
    let place = |element: &Value| {
        let same = |named: &Value| match keys.list(field) {
            ListMerge::ByKey(key) => named[key] == element[key],
            ListMerge::Union | ListMerge::Replace => named == element,
        };
        order.iter().position(same).unwrap_or(order.len())
    };
    list.sort_by_key(place);
}

/// A value as it is stored when nothing was there: without nulls and directives; none if it only deletes.
fn without_directives(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Object(fields) if fields.get(DIRECTIVE).is_some_and(|directive| directive == "delete") => None,
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(name, _)| !name.starts_with('$'));
            let kept = kept.filter_map(|(name, value)| Some((name.clone(), without_directives(value)?)));
            Some(Value::Object(kept.collect()))
        }
        Value::Array(items) => Some(Value::Array(
            items
                .iter()
                .filter(|item| !item.is_object() || item[DIRECTIVE] != "replace")
                .filter_map(without_directives)
                .collect(),
        )),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => Some(value.clone()),
    }
}

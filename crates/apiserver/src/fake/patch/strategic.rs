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
    let before = target.clone();
    for (name, value) in patch.iter().filter(|(name, _)| !name.starts_with('$')) {
        merge_field(target, name, value, keys)?;
    }
    for (name, value) in patch {
        if let Some(field) = name.strip_prefix("$deleteFromPrimitiveList/") {
            delete_scalars(target, field, value);
        } else if let Some(field) = name.strip_prefix("$setElementOrder/") {
            set_order(target, field, value, before.get(field), keys);
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
                let before = list.clone();
                list.extend(patch.iter().filter(|one| !before.contains(one)).cloned());
                interleave(list, patch, &before, ListMerge::Union);
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

fn merge_list(
    list: &mut Vec<Value>,
    patch: &[Value],
    key: &'static str,
    keys: &MergeKeys,
) -> Result<(), String> {
    let has_replace = patch.iter().any(|element| element[DIRECTIVE] == "replace");
    if has_replace {
        *list = patch.iter().filter(|element| element[DIRECTIVE].is_null()).cloned().collect();
        return Ok(());
    }
    let before = list.clone();
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
    interleave(list, patch, &before, ListMerge::ByKey(key));
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

/// `$setElementOrder`: the order of the elements that it names.
fn set_order(target: &mut Fields, field: &str, order: &Value, before: Option<&Value>, keys: &MergeKeys) {
    let (Some(Value::Array(list)), Value::Array(order)) = (target.get_mut(field), order) else { return };
    let before = before.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    interleave(list, order, before, keys.list(field));
}

/// Puts a merged list in order: elements that the patch names come in its order, and the others before the first one that
/// they were before already, or else at the end (`normalizeElementOrder`).
fn interleave(list: &mut Vec<Value>, named: &[Value], before: &[Value], merge: ListMerge) {
    let (mut ours, mut theirs): (Vec<Value>, Vec<Value>) =
        std::mem::take(list).into_iter().partition(|element| place(named, element, merge).is_some());
    ours.sort_by_key(|element| place(named, element, merge));
    theirs.sort_by_key(|element| place(before, element, merge));
    let mut theirs = theirs.into_iter().peekable();
    for element in ours {
        let own = place(before, &element, merge);
        while let Some(other) = theirs.next_if(|other| own.is_some() && place(before, other, merge) < own) {
            list.push(other);
        }
        list.push(element);
    }
    list.extend(theirs);
}

fn place(order: &[Value], element: &Value, merge: ListMerge) -> Option<usize> {
    order.iter().position(|other| match merge {
        ListMerge::ByKey(key) => other[key] == element[key],
        ListMerge::Union | ListMerge::Replace => other == element,
    })
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

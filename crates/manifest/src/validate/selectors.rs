//! Labels, and selectors of labels.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use super::errors::{Errors, Value};
use super::formats;
use crate::path::Path;

/// Labels, or what must equal them.
pub(super) fn labels(labels: Option<&BTreeMap<String, String>>, path: &Path<'_>, errors: &mut Errors<'_>) {
    for (key, value) in labels.into_iter().flatten() {
        errors.invalid_each(path, key, &formats::label_key(key));
        errors.invalid_each(path, value, &formats::label_value(value));
    }
}

/// A selector of labels.
pub(super) fn label_selector(selector: Option<&LabelSelector>, path: &Path<'_>, errors: &mut Errors<'_>) {
    let Some(selector) = selector else { return };
    labels(selector.match_labels.as_ref(), &path.child("matchLabels"), errors);
    let expressions = path.child("matchExpressions");
    for (index, expression) in selector.match_expressions.iter().flatten().enumerate() {
        let path = expressions.index(index);
        let values = expression.values.as_deref().unwrap_or_default();
        operator(&expression.operator, values, &path, errors);
        errors.invalid_each(&path.child("key"), &expression.key, &formats::label_key(&expression.key));
        for (index, value) in values.iter().enumerate() {
            errors.invalid_each(&path.child("values").index(index), value, &formats::label_value(value));
        }
    }
}

/// An operator that every selector has, and whether it is given the values it wants.
pub(super) fn operator(operator: &str, values: &[String], path: &Path<'_>, errors: &mut Errors<'_>) {
    match operator {
        "In" | "NotIn" => {
            if values.is_empty() {
                let detail = "must be specified when `operator` is 'In' or 'NotIn'";
                errors.required(&path.child("values"), detail);
            }
        }
        "Exists" | "DoesNotExist" => {
            if !values.is_empty() {
                let detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                errors.forbidden(&path.child("values"), detail);
            }
        }
        _ => errors.invalid(&path.child("operator"), Value::Word(operator), "not a valid selector operator"),
    }
}

/// Keys whose values are taken from the pod itself; `mismatch` is empty where there is no such list.
pub(super) fn label_keys(
    matching: Option<&Vec<String>>,
    mismatching: Option<&Vec<String>>,
    selector: Option<&LabelSelector>,
    path: &Path<'_>,
    errors: &mut Errors<'_>,
) {
    let matching = matching.map(Vec::as_slice).unwrap_or_default();
    let mismatching = mismatching.map(Vec::as_slice).unwrap_or_default();
    for (field, keys) in [("matchLabelKeys", matching), ("mismatchLabelKeys", mismatching)] {
        let path = path.child(field);
        if selector.is_none() && !keys.is_empty() {
            errors.forbidden(&path, "must not be specified when labelSelector is not set");
            continue;
        }
        for (index, key) in keys.iter().enumerate() {
            errors.invalid_each(&path.index(index), key, &formats::label_key(key));
        }
    }
    if let Some(selector) = selector {
        let mut selected: Vec<&String> = selector.match_labels.iter().flatten().map(|(key, _)| key).collect();
        for expression in selector.match_expressions.iter().flatten() {
            let index = matching.iter().rposition(|key| *key == expression.key);
            if let Some(index) = index
                && selected.contains(&&expression.key)
            {
                let detail = "exists in both matchLabelKeys and labelSelector";
                errors.invalid(&path.index(index), &expression.key, detail);
            }
            selected.push(&expression.key);
        }
    }
    for (index, key) in matching.iter().enumerate().filter(|(_, key)| mismatching.contains(key)) {
        let detail = "exists in both matchLabelKeys and mismatchLabelKeys";
        errors.invalid(&path.child("matchLabelKeys").index(index), key, detail);
    }
}

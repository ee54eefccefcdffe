mod shape;

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::Pod;
use serde_json::Value;
use shape::{Shape, Structs};

use super::*;
use crate::differences::matches;

#[test]
fn fillings() {
    assert_eq!(fill(b"a {{fill 3}} b {{fill 0}}".to_vec()).unwrap(), b"a xxx b ");
    assert_eq!(fill(vec![0xff]).unwrap(), [0xff]);
    for bad in ["{{fill x}}", "{{fill 1", "{{fill 999999999}}"] {
        assert!(fill(bad.as_bytes().to_vec()).is_err(), "{bad}");
    }
}

#[test]
fn names_are_different() {
    let cases = load().unwrap();
    let names: BTreeSet<&String> = cases.iter().map(|case| &case.name).collect();
    assert_eq!(names.len(), cases.len());
}

/// The manifest as far as it is YAML: the traps that are none use no fields.
fn parsed(case: &Case) -> Option<Value> {
    serde_saphyr::from_str(std::str::from_utf8(&case.content).ok()?).ok()
}

#[test]
fn a_pod_is_found_by_the_name_of_its_case() {
    for case in load().unwrap() {
        let Some(name) =
            parsed(&case).and_then(|pod| pod.pointer("/metadata/name")?.as_str().map(str::to_owned))
        else {
            continue;
        };
        assert!(name == case.name || case.name.starts_with("refused-"), "{} holds {name}", case.file_name);
    }
}

fn mark(value: &Value, shape: &Shape, structs: &Structs, used: &mut BTreeSet<String>) {
    match (value, shape) {
        (Value::Object(fields), Shape::Struct(name)) => {
            for (field, value) in fields {
                if let Some(shape) = structs[name].get(field) {
                    used.insert(format!("{name}.{field}"));
                    mark(value, shape, structs, used);
                }
            }
        }
        (Value::Object(fields), Shape::Map(shape)) => {
            fields.values().for_each(|value| mark(value, shape, structs, used));
        }
        (Value::Array(values), Shape::List(shape)) => {
            values.iter().for_each(|value| mark(value, shape, structs, used));
        }
        _ => {}
    }
}

/// Every field that a pod has is used somewhere, or `unused.json` says why not.
#[test]
fn every_field_of_a_pod_is_asked_about() {
    let (pod, structs) = shape::of::<Pod>();
    let mut used = BTreeSet::new();
    for value in load().unwrap().iter().filter_map(parsed) {
        mark(&value, &Shape::Struct(pod.clone()), &structs, &mut used);
    }
    let text = std::fs::read_to_string(directory().join("unused.json")).unwrap();
    let reasons: BTreeMap<String, String> = serde_json::from_str(&text).unwrap();
    let all: Vec<String> = structs
        .iter()
        .flat_map(|(name, fields)| fields.keys().map(move |field| format!("{name}.{field}")))
        .collect();
    let unused: Vec<&String> = all.iter().filter(|field| !used.contains(*field)).collect();
    let unexplained: Vec<&&String> =
        unused.iter().filter(|field| !reasons.keys().any(|pattern| matches(pattern, field))).collect();
    assert!(
        unexplained.is_empty(),
        "no manifest uses these, and unused.json does not say why: {unexplained:#?}"
    );
    let stale: Vec<&String> =
        reasons.keys().filter(|pattern| !unused.iter().any(|field| matches(pattern, field))).collect();
    assert!(stale.is_empty(), "unused.json explains what is used: {stale:?}");
    assert!(all.len() > 500, "only {} fields were found", all.len());
}

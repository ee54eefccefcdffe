use serde_json::json;

use super::*;

fn findings(lines: &[Value]) -> Findings {
    let mut findings = Findings::default();
    let text: Vec<String> = lines.iter().map(Value::to_string).collect();
    findings.take_lines(&text.join("\n"));
    findings
}

#[test]
fn refusals_of_a_listing_and_of_a_watch() {
    let listed = json!({"msg": "Could not process manifest file", "path": "/m/a.yaml", "err": "no name"});
    let watched = json!({"msg": "Unable to process watch event", "err": "can't process config file \"/m/b.yaml\": no image"});
    let other = json!({"msg": "Something else", "path": "/m/c.yaml", "err": "unrelated"});
    let found = findings(&[listed, watched, other, json!("no object")]).refusals;
    let expected = [("/m/a.yaml", "no name"), ("/m/b.yaml", "no image")];
    assert_eq!(found, expected.map(|(path, reason)| (path.to_owned(), reason.to_owned())).into());
}

#[test]
fn warnings_once_each() {
    let event = |kind: &str| {
        json!({"msg": "Event occurred", "object": {"name": "pod", "namespace": "default"}, "type": kind,
               "reason": "Failed", "note": "no", "fieldPath": "spec.containers{main}"})
    };
    let found = findings(&[event("Warning"), event("Normal"), event("Warning")]).events;
    let expected = json!([{"reason": "Failed", "message": "no", "about": "spec.containers{main}"}]);
    assert_eq!(json!(found["pod"]), expected);
}

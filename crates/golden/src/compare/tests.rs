use serde_json::json;

use super::*;

fn paths(upstream: Value, ours: Value) -> Vec<String> {
    let mut differences = Vec::new();
    compare("case", "", Some(&upstream), Some(&ours), &mut differences);
    differences.into_iter().map(|difference| difference.path).collect()
}

#[test]
fn fields() {
    for (upstream, ours, expected) in [
        (json!({"a": 1}), json!({"a": 1}), vec![]),
        (json!({"a": 1}), json!({"a": 2}), vec!["a"]),
        (json!({"a": {"b": [1, 2]}}), json!({"a": {"b": [1, 3]}}), vec!["a.b[1]"]),
        (json!({"a": [1]}), json!({"a": [1, 2]}), vec!["a[1]"]),
        (json!({"a": [1]}), json!({}), vec!["a"]),
        (json!({}), json!({"b": null}), vec!["b"]),
        (json!({"a": {}}), json!({"a": []}), vec!["a"]),
        (json!({"a": {"error": "x"}}), json!({"a": {"error": "y"}}), vec![]),
        (json!({"stops": {"main": 30}}), json!({"stops": {"main": 29}}), vec![]),
        (json!({"stops": {"main": 30}}), json!({"stops": {"main": 28}}), vec!["stops.main"]),
        (json!({"stops": {"main": 2}}), json!({"stops": {"main": 1}}), vec!["stops.main"]),
    ] {
        assert_eq!(paths(upstream.clone(), ours.clone()), expected, "{upstream} {ours}");
    }
}

fn refused(reason: &str) -> Outcome {
    Outcome { refusal: Some(reason.to_owned()), ..Outcome::default() }
}

fn report(upstream: Outcome, ours: Outcome, intended: &[Intended]) -> Report {
    all(&[("case".to_owned(), upstream)].into(), &[("case".to_owned(), ours)].into(), intended)
}

#[test]
fn refusals_are_alike_when_ours_names_the_same_fields() {
    let theirs =
        "invalid pod: [spec.containers[0].image: Required value, metadata.name: Invalid value: \"x\": no]";
    for (ours, alike) in [
        ("spec.containers[0].image is missing; metadata.name must be lower case", true),
        ("spec.containers[0].image is missing", false),
    ] {
        assert_eq!(report(refused(theirs), refused(ours), &[]).is_clean(), alike, "{ours}");
    }
    assert!(!report(refused(theirs), Outcome::default(), &[]).is_clean());
    assert!(!report(Outcome::default(), refused("why not"), &[]).is_clean());
}

#[test]
fn fields_that_a_message_names() {
    for (message, expected) in [
        ("invalid pod: [spec.hostname: Invalid value: \"a.b\": must not]", vec!["spec.hostname"]),
        (
            "invalid pod: [spec.restartPolicy: Unsupported value: \"Maybe\": supported values: \"Always\", \
             spec.containers[0].ports[0].containerPort: Required value]",
            vec!["spec.restartPolicy", "spec.containers[0].ports[0].containerPort"],
        ),
        ("static pods may not reference secrets", vec![]),
    ] {
        assert_eq!(fields_named(message), expected, "{message}");
    }
}

#[test]
fn intended_differences_are_counted_and_unused_rows_told() {
    let row = |path: &str| Intended {
        case: "*".into(),
        path: path.into(),
        reason: "because".into(),
        machine: false,
    };
    let ours = Outcome { uid: Some("u".to_owned()), ..Outcome::default() };
    let report = report(Outcome::default(), ours, &[row("uid"), row("never")]);
    assert!(report.is_clean());
    assert_eq!(report.unused, ["* never"]);
    assert!(report.text().contains("intended, 1 times: because"), "{}", report.text());
}

#[test]
fn warnings_are_not_compared() {
    let upstream = Outcome { events: vec![json!({"reason": "Failed"})], ..Outcome::default() };
    assert!(report(upstream, Outcome::default(), &[]).differences.is_empty());
}

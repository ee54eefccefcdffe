use super::*;
use jiff::SignedDuration;
use k8s_openapi::api::core::v1::EventSource;

/// An event about the pod `web`, told at `second`.
fn event(reason: &str, message: &str, second: i64) -> Event {
    let told = types::Event::new(
        types::EventKind::Normal,
        types::EventObject::pod("ns", "web", "uid-web").container("app"),
        reason,
        message,
        at(second),
    );
    crate::recorder::convert::to_api(told, "node", at(second), 0)
}

fn at(second: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second)
}

/// What became of an event: its count and message, in front whether it is a patch.
fn shown(record: Option<Record>) -> String {
    let Some(Record { event, patch }) = record else { return "dropped".to_owned() };
    let how = if patch.is_some() { "patch" } else { "create" };
    format!("{how} {} {}", event.count.unwrap(), event.message.unwrap())
}

#[test]
fn rows() {
    let ten: Vec<(String, i64)> = (0..12).map(|number| (format!("m{number}"), number)).collect();
    let nine_then_late: Vec<(String, i64)> =
        (0..9).map(|number| (format!("m{number}"), number)).chain([("m9".to_owned(), 700)]).collect();
    let thrice = vec![("a".to_owned(), 0), ("a".to_owned(), 5), ("b".to_owned(), 6), ("a".to_owned(), 9)];
    for (what, told, expected) in [
        ("the same is counted", &thrice, &["create 1 a", "patch 2 a", "create 1 b", "patch 3 a"][..]),
        (
            "from the tenth on they are combined, and those are counted",
            &ten,
            &[
                "create 1 m0",
                "create 1 m1",
                "create 1 m2",
                "create 1 m3",
                "create 1 m4",
                "create 1 m5",
                "create 1 m6",
                "create 1 m7",
                "create 1 m8",
                "create 1 (combined from similar events): m9",
                "patch 2 (combined from similar events): m10",
                "patch 3 (combined from similar events): m11",
            ],
        ),
        (
            "after ten quiet minutes a group begins anew",
            &nine_then_late,
            &[
                "create 1 m0",
                "create 1 m1",
                "create 1 m2",
                "create 1 m3",
                "create 1 m4",
                "create 1 m5",
                "create 1 m6",
                "create 1 m7",
                "create 1 m8",
                "create 1 m9",
            ],
        ),
    ] {
        let mut correlator = Correlator::new();
        let found: Vec<String> = told
            .iter()
            .map(|(message, second)| {
                shown(correlator.correlate(event("Reason", message, *second), at(*second), 0))
            })
            .collect();
        assert_eq!(found, expected, "{what}");
    }
}

#[test]
fn a_patch_has_what_is_new() {
    let mut correlator = Correlator::new();
    let first = correlator.correlate(event("Pulled", "a", 0), at(0), 0).unwrap();
    let again = correlator.correlate(event("Pulled", "a", 61), at(61), 0).unwrap();
    assert_eq!(again.event.metadata.name, first.event.metadata.name);
    assert_eq!(again.event.first_timestamp, first.event.first_timestamp);
    assert_eq!(
        again.patch.unwrap(),
        serde_json::json!({ "count": 2, "lastTimestamp": "1970-01-01T00:01:01Z", "message": "a" })
    );
    // The server's object wins: somebody else counted too.
    correlator.update(&Event { count: Some(7), ..first.event });
    let next = correlator.correlate(event("Pulled", "a", 62), at(62), 0).unwrap();
    assert_eq!(next.event.count, Some(8));
}

#[test]
fn a_flood_is_stopped_per_object_and_kind() {
    let mut correlator = Correlator::new();
    let mut told = |event: Event, second: i64| shown(correlator.correlate(event, at(second), 0));
    for number in 0..25 {
        assert_ne!(told(event(&format!("R{number}"), "m", 0), 0), "dropped", "{number}");
    }
    assert_eq!(told(event("R", "m", 0), 0), "dropped");
    // Another object, another kind.
    let mut other = event("R", "m", 0);
    other.involved_object.name = Some("api".to_owned());
    assert_eq!(told(other, 0), "create 1 m");
    let mut warning = event("R", "m", 0);
    warning.type_ = Some("Warning".to_owned());
    assert_eq!(told(warning, 0), "create 1 m");
    // One comes back in five minutes; what was dropped was counted all the same.
    assert_eq!(told(event("R", "m", 299), 299), "dropped");
    assert_eq!(told(event("R", "m", 300), 300), "patch 3 m");
    assert_eq!(told(event("R", "m", 301), 301), "dropped");
}

#[test]
fn combined_events_are_upstreams() {
    let mut correlator = Correlator::new();
    let records =
        (0..10).map(|number| correlator.correlate(event("R", &format!("m{number}"), number), at(number), 0));
    let combined = records.last().unwrap().unwrap().event;
    let source = EventSource { component: Some("kubelet".to_owned()), host: Some("node".to_owned()) };
    assert_eq!(combined.source, Some(source));
    assert_eq!((combined.reporting_component, combined.reporting_instance), (None, None));
    assert_eq!(combined.involved_object.field_path.as_deref(), Some("spec.containers{app}"));
    assert_eq!(combined.metadata.name.as_deref(), Some("web.218711a00"));
}

use super::*;
use serde_json::json;

fn pod(name: &str, uid: &str, version: &str) -> ReadPod {
    let metadata = json!({
        "name": name, "uid": uid, "resourceVersion": version, "creationTimestamp": null,
        "managedFields": [{"manager": "kubectl", "fieldsV1": {"f:metadata": {"f:labels": {}}}}],
    });
    let spec = json!({"containers": [], "nodeName": "here"});
    serde_json::from_value(json!({"metadata": metadata, "spec": spec})).expect("a pod")
}

/// Applies `changes` in turn and compares what is told, as `+uid@version`, `-uid` and `synced`.
fn check(name: &str, changes: Vec<Change<ReadPod>>, expected: &[&str]) {
    let (mut known, mut told) = (Known::default(), VecDeque::new());
    for change in changes {
        known.apply(change, &mut told);
    }
    let told: Vec<String> = told
        .iter()
        .map(|change| match change {
            PodChange::Applied { pod, spec } => {
                assert_eq!(spec.node_name.as_deref(), Some("here"), "{name}");
                let metadata = &pod.metadata;
                format!(
                    "+{}@{}",
                    metadata.uid.as_deref().unwrap_or_default(),
                    metadata.resource_version.as_deref().unwrap_or_default()
                )
            }
            PodChange::Deleted { uid, .. } => format!("-{uid}"),
            PodChange::Synced => "synced".to_owned(),
        })
        .collect();
    assert_eq!(told, expected, "{name}");
}

#[test]
fn lists_and_events_become_changes_per_uid() {
    use Change::{Applied, Deleted, Listed};
    check("an empty node", vec![Listed(vec![])], &["synced"]);
    check(
        "the first list, then events",
        vec![
            Listed(vec![pod("b", "2", "5"), pod("a", "1", "4")]),
            Applied(pod("a", "1", "6")),
            Deleted(pod("b", "2", "7")),
        ],
        &["+1@4", "+2@5", "synced", "+1@6", "-2"],
    );
    check(
        "a list that tells nothing new",
        vec![Listed(vec![pod("a", "1", "4")]), Listed(vec![pod("a", "1", "4")])],
        &["+1@4", "synced"],
    );
    check(
        "made anew under its old name between two lists",
        vec![Listed(vec![pod("a", "2", "4")]), Listed(vec![pod("a", "1", "9"), pod("b", "3", "8")])],
        &["+2@4", "synced", "-2", "+1@9", "+3@8"],
    );
    check(
        "an older state of the server",
        vec![Listed(vec![pod("a", "1", "9")]), Listed(vec![pod("a", "1", "4")])],
        &["+1@9", "synced", "+1@4"],
    );
    check(
        "gone and not seen to go",
        vec![Listed(vec![pod("a", "1", "9")]), Listed(vec![])],
        &["+1@9", "synced", "-1"],
    );
}

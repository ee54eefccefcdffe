//! Pods whose containers all begin again.

use super::{RUNNING, Row, check, exited};
use serde_json::json;

/// The place of the condition among those of a pod with none of others.
const RESTARTING: &str = "/conditions/5";

/// A pod with an init container, and a container `w` whose exit code 42 starts everything again.
fn row() -> Row {
    let mut row = Row::default();
    row.pod["spec"] = json!({
        "restartPolicy": "Never",
        "initContainers": [{"name": "i", "image": "busybox"}],
        "containers": [
            {"name": "c", "image": "busybox"},
            {"name": "w", "image": "busybox", "restartPolicy": "Never", "restartPolicyRules": [
                {"action": "RestartAllContainers", "exitCodes": {"operator": "In", "values": [42]}},
            ]},
        ],
    });
    row.containers = vec![("c", 0, RUNNING), ("w", 0, RUNNING), ("i", 0, exited(0))];
    row
}

#[test]
fn all_containers_begin_again() {
    let condition = |name: &str| format!("{RESTARTING}/{name}");
    let mut row = row();
    check(
        "nobody has ended",
        &row,
        &[
            ("/phase", json!("Running")),
            (&condition("type"), json!("AllContainersRestarting")),
            (&condition("status"), json!("False")),
            (&condition("observedGeneration"), json!(null)),
        ],
    );
    row.told = row.build();
    check(
        "all that happened before anything could be told of it",
        &Row {
            pod: row.pod.clone(),
            told: row.told.clone(),
            containers: vec![("c", 1, RUNNING), ("w", 1, RUNNING), ("i", 1, exited(0))],
            taken_out: vec!["c", "i", "w"],
            ..Row::default()
        },
        &[
            ("/containerStatuses/0/restartCount", json!(1)),
            ("/containerStatuses/0/lastState/terminated/reason", json!("RestartingAllContainers")),
            ("/initContainerStatuses/0/lastState/terminated/exitCode", json!(0)),
        ],
    );
    row.containers[1] = ("w", 0, exited(42));
    check(
        "one has ended so",
        &row,
        &[
            ("/phase", json!("Running")),
            (&condition("status"), json!("True")),
            (&condition("reason"), json!("RestartAllContainersStarted")),
            (&condition("message"), json!("container exited with restart policy rule")),
            ("/conditions/1/status", json!("True")),
        ],
    );
    row.told = row.build();
    // The others go first.
    row.containers = vec![("w", 0, exited(42))];
    check(
        "the others are removed",
        &row,
        &[
            ("/phase", json!("Running")),
            (&condition("status"), json!("True")),
            ("/containerStatuses/0/state/waiting/reason", json!("RestartingAllContainers")),
            ("/containerStatuses/0/lastState/terminated/exitCode", json!(137)),
            ("/containerStatuses/0/restartCount", json!(1)),
            ("/initContainerStatuses/0/state/waiting/reason", json!("RestartingAllContainers")),
            ("/conditions/1/status", json!("True")),
        ],
    );
    row.told = row.build();
    row.containers.clear();
    check(
        "all are removed",
        &row,
        &[
            ("/phase", json!("Running")),
            (&condition("status"), json!("False")),
            ("/containerStatuses/1/state/waiting/reason", json!("RestartingAllContainers")),
            ("/containerStatuses/1/restartCount", json!(1)),
        ],
    );
    row.told = row.build();
    row.containers = vec![("c", 1, RUNNING), ("w", 1, RUNNING), ("i", 1, exited(0))];
    check(
        "all run again",
        &row,
        &[
            ("/phase", json!("Running")),
            (&condition("status"), json!("False")),
            ("/containerStatuses/0/restartCount", json!(1)),
            ("/containerStatuses/0/lastState/terminated/reason", json!("RestartingAllContainers")),
        ],
    );
}

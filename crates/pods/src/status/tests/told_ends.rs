//! Ends that nobody may take back once they are told.

use super::{READY, RUNNING, Row, check, exited};
use serde_json::{Value, json};

fn told(state: Value) -> Value {
    let container = json!({
        "name": "c", "image": "busybox", "imageID": "sha256:1", "ready": false, "restartCount": 0,
        "containerID": "containerd://c0", "state": state,
    });
    json!({ "phase": "Running", "qosClass": "BestEffort", "containerStatuses": [container] })
}

fn once(policy: &str) -> Row {
    let mut row = Row::default();
    row.pod["spec"]["restartPolicy"] = json!(policy);
    row
}

#[test]
fn an_instance_that_is_stopped_for_another_one() {
    let before = told(json!({ "running": {} }));
    let stopped = Row { containers: vec![("c", 0, exited(0))], told: before, ..once("OnFailure") };
    check(
        "nothing follows",
        &stopped,
        &[("/containerStatuses/0/state/terminated/exitCode", json!(0)), ("/phase", json!("Running"))],
    );
    check(
        "another one follows",
        &Row { replaced: vec!["c0"], ..stopped },
        &[
            ("/containerStatuses/0/state/waiting/reason", json!("ContainerCreating")),
            ("/containerStatuses/0/lastState/terminated/exitCode", json!(0)),
            ("/containerStatuses/0/restartCount", json!(0)),
            ("/phase", json!("Running")),
            (&format!("{READY}/status"), json!("False")),
        ],
    );
    let always = Row { containers: vec![("c", 0, exited(0))], replaced: vec!["c0"], ..Row::default() };
    check(
        "its end may be told, since it does not hold",
        &always,
        &[("/containerStatuses/0/state/terminated/exitCode", json!(0))],
    );
}

#[test]
fn an_end_that_was_told() {
    let ended = told(json!({ "terminated": { "exitCode": 0 } }));
    let again = Row { containers: vec![("c", 1, RUNNING)], told: ended.clone(), ..once("OnFailure") };
    check(
        "stays, and all else is told",
        &again,
        &[
            ("/containerStatuses/0/state/terminated/exitCode", json!(0)),
            ("/containerStatuses/0/containerID", json!("containerd://c0")),
            ("/phase", json!("Running")),
            (&format!("{READY}/status"), json!("True")),
        ],
    );
    check(
        "gives way to another end",
        &Row { containers: vec![("c", 1, exited(1))], told: ended.clone(), ..once("Never") },
        &[
            ("/containerStatuses/0/state/terminated/exitCode", json!(1)),
            ("/containerStatuses/0/containerID", json!("containerd://c1")),
        ],
    );
    let mut own = again;
    own.pod["spec"]["containers"][0]["restartPolicy"] = json!("Always");
    check("does not hold", &own, &[("/containerStatuses/0/state/terminated", Value::Null)]);
}

//! Pods that are over, or about to be.

use super::{INITIALIZED, READY, Row, SANDBOX, check, exited};
use crate::actor::{FailureKind, PodFailure, PodPhase};
use serde_json::{Value, json};
use types::PodSource;

#[test]
fn ends() {
    let mut job = Row { phase: PodPhase::Completed, containers: vec![("c", 0, exited(0))], ..Row::default() };
    job.pod["spec"]["restartPolicy"] = json!("Never");
    check(
        "succeeded",
        &job,
        &[
            ("/phase", json!("Succeeded")),
            (&format!("{SANDBOX}/status"), json!("False")),
            (&format!("{INITIALIZED}/reason"), json!("PodCompleted")),
            (&format!("{READY}/reason"), json!("PodCompleted")),
        ],
    );
    job.containers = vec![("c", 0, exited(1))];
    check("failed", &job, &[("/phase", json!("Failed")), (&format!("{READY}/reason"), json!("PodFailed"))]);
    let failure =
        PodFailure { kind: FailureKind::Ended, reason: "Evicted".to_owned(), message: "no room".to_owned() };
    let mut evicted = Row {
        phase: PodPhase::Completed,
        failure: Some(failure.clone()),
        told: json!({"phase": "Running"}),
        ..Row::default()
    };
    check(
        "held back while a container runs, but not ready any more",
        &evicted,
        &[
            ("/phase", json!("Running")),
            ("/reason", Value::Null),
            (&format!("{READY}/reason"), json!("PodFailed")),
        ],
    );
    evicted.containers = vec![("c", 0, exited(137))];
    check(
        "told once it is over",
        &evicted,
        &[("/phase", json!("Failed")), ("/reason", json!("Evicted")), ("/message", json!("no room"))],
    );
    check(
        "never started: rejected",
        &Row {
            phase: PodPhase::Completed,
            failure: Some(PodFailure { kind: FailureKind::Rejected, ..failure }),
            sandbox: None,
            containers: vec![],
            ..Row::default()
        },
        &[
            ("/phase", json!("Failed")),
            ("/reason", json!("Evicted")),
            ("/conditions", Value::Null),
            ("/containerStatuses", Value::Null),
            ("/observedGeneration", json!(3)),
        ],
    );
}

#[test]
fn deletion_makes_the_status_final() {
    let mut row = Row {
        phase: PodPhase::Completed,
        is_released: true,
        sandbox: None,
        containers: vec![],
        ..Row::default()
    };
    row.pod["metadata"]["deletionTimestamp"] = json!("2027-01-15T08:00:00Z");
    check(
        "a container that nobody can find failed",
        &row,
        &[
            ("/phase", json!("Failed")),
            ("/containerStatuses/0/state/terminated/exitCode", json!(137)),
            ("/containerStatuses/0/state/terminated/reason", json!("ContainerStatusUnknown")),
        ],
    );
    row.containers = vec![("c", 0, exited(0))];
    check("all ended well", &row, &[("/phase", json!("Succeeded"))]);
    row.source = PodSource::File;
    check("a static pod may come back", &row, &[("/phase", json!("Running"))]);
    row.source = PodSource::Api;
    row.pod["status"] = json!({"phase": "Failed", "reason": "Evicted"});
    row.told = row.pod["status"].clone();
    check(
        "somebody else has ended it: its reason stays, and its containers say how they ended",
        &row,
        &[
            ("/phase", json!("Failed")),
            ("/reason", json!("Evicted")),
            ("/containerStatuses/0/state/terminated/exitCode", json!(0)),
        ],
    );
    row.sandbox = None;
    row.containers.clear();
    check(
        "over before this kubelet saw it, and nothing is left: kept",
        &row,
        &[
            ("/phase", json!("Failed")),
            ("/reason", json!("Evicted")),
            ("/conditions", Value::Null),
            ("/observedGeneration", json!(3)),
        ],
    );
}

#[test]
fn what_an_init_container_had_done_before_the_end_counts() {
    let mut row = Row {
        phase: PodPhase::Completed,
        is_released: true,
        containers: vec![("i", 0, exited(0))],
        ..Row::default()
    };
    row.pod["metadata"]["deletionTimestamp"] = json!("2027-01-15T08:00:00Z");
    row.pod["spec"]["initContainers"] = json!([{"name": "i", "image": "busybox"}]);
    let before = |state: Value| {
        let init = json!([{
            "name": "i", "image": "busybox", "imageID": "", "ready": false, "restartCount": 0, "state": state,
        }]);
        json!({"phase": "Pending", "initContainerStatuses": init})
    };
    row.pod["status"] = before(json!({"running": {}}));
    check(
        "it was stopped: the pod's own container never was to start",
        &row,
        &[
            ("/phase", json!("Failed")),
            ("/initContainerStatuses/0/state/terminated/exitCode", json!(0)),
            ("/containerStatuses/0/state/waiting/reason", json!("PodInitializing")),
        ],
    );
    row.pod["status"] = before(json!({"terminated": {"exitCode": 0}}));
    check(
        "it had done its work",
        &row,
        &[("/containerStatuses/0/state/terminated/reason", json!("ContainerStatusUnknown"))],
    );
    row.pod["spec"]["initContainers"][0]["restartPolicy"] = json!("Always");
    row.pod["status"] = before(json!({"running": {}}));
    row.pod["status"]["initContainerStatuses"][0]["started"] = json!(true);
    check(
        "a sidecar had started",
        &row,
        &[("/containerStatuses/0/state/terminated/reason", json!("ContainerStatusUnknown"))],
    );
}

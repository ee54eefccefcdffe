//! Patches by rows; the writer on a fake API server below the real client.

use super::patch::status_patch;
use crate::testing::Cluster;
use apiserver::fake::{Failure, Fault, PODS, Script, Stage, Verb};
use cri::fake::{FakeOptions, FakeRuntime};
use k8s_openapi::api::core::v1::PodStatus;
use serde_json::{Value, json};
use std::time::Duration;
use types::PodUid;

fn check(name: &str, old: Value, new: Value, expected: Option<Value>) {
    let status = |value: Value| serde_json::from_value::<PodStatus>(value).expect("a status");
    let patch = status_patch("u1", &status(old), &status(new));
    let expected = expected.map(|status| json!({"metadata": {"uid": "u1"}, "status": status}));
    assert_eq!(patch, expected, "{name}");
}

#[test]
fn patches_say_what_differs_alone() {
    let ready = |status: &str| json!({"type": "Ready", "status": status, "reason": "x"});
    let other = json!({"type": "Initialized", "status": "True"});
    check("nothing", json!({"phase": "Running"}), json!({"phase": "Running"}), None);
    check(
        "a field that changes, one that goes",
        json!({"phase": "Running", "message": "m", "podIP": "10.0.0.1"}),
        json!({"phase": "Failed", "podIP": "10.0.0.1"}),
        Some(json!({"phase": "Failed", "message": null})),
    );
    check(
        "one condition of two",
        json!({"conditions": [other, ready("False")]}),
        json!({"conditions": [other, ready("True")]}),
        Some(json!({
            "conditions": [{"type": "Ready", "status": "True"}],
            "$setElementOrder/conditions": [{"type": "Initialized"}, {"type": "Ready"}],
        })),
    );
    check(
        "a condition that goes, an address that is another",
        json!({"conditions": [other, ready("False")], "podIPs": [{"ip": "10.0.0.1"}]}),
        json!({"conditions": [other], "podIPs": [{"ip": "10.0.0.2"}]}),
        Some(json!({
            "conditions": [{"$patch": "delete", "type": "Ready"}],
            "$setElementOrder/conditions": [{"type": "Initialized"}],
            "podIPs": [{"ip": "10.0.0.2"}, {"$patch": "delete", "ip": "10.0.0.1"}],
            "$setElementOrder/podIPs": [{"ip": "10.0.0.2"}],
        })),
    );
    let container = |extra: Value| {
        let mut status = json!({"name": "c", "image": "i", "imageID": "", "ready": false, "restartCount": 0});
        status.as_object_mut().expect("fields").extend(extra.as_object().cloned().unwrap_or_default());
        json!({"containerStatuses": [status]})
    };
    check(
        "what is empty may be left out",
        container(json!({"lastState": {}, "resources": {}})),
        container(json!({})),
        None,
    );
    check(
        "that a pod asks for nothing goes along with what else is new, and is no news by itself",
        json!({"phase": "Pending"}),
        json!({"phase": "Running", "resources": {}}),
        Some(json!({"phase": "Running", "resources": {}})),
    );
    check(
        "nothing but that",
        json!({"phase": "Pending"}),
        json!({"phase": "Pending", "resources": {}}),
        None,
    );
    check(
        "amounts below resources",
        json!({"resources": {"limits": {"cpu": "1", "memory": "1Gi"}}}),
        json!({"resources": {"limits": {"cpu": "2"}}}),
        Some(json!({"resources": {"limits": {"cpu": "2", "memory": null}}})),
    );
}

/// Waits long enough for everything that was begun to be over.
async fn settle() {
    tokio::time::sleep(Duration::from_secs(30)).await;
}

#[tokio::test(start_paused = true)]
async fn a_pod_starts_and_ends_in_few_calls() {
    let cluster = Cluster::new(FakeRuntime::new(FakeOptions::default()), &[]).await;
    cluster.create("web", &json!({}));
    cluster.until("running", |cluster| cluster.phase("web") == "Running").await;
    settle().await;
    let starts = cluster.writes(0);
    assert!(starts.len() <= 3, "{starts:?}");
    let pod = cluster.pod("web").expect("a pod");
    assert_eq!(pod.pointer("/status/hostIP"), Some(&json!("192.168.0.1")));
    assert_eq!(pod.pointer("/status/containerStatuses/0/ready"), Some(&json!(true)));
    assert_eq!(cluster.metrics.pod_start_sli_duration.get_sample_count(), 1);

    let from = cluster.server.request_count();
    cluster.server.admin().delete(&PODS, "default", "web", None).expect("marked as deleted");
    cluster.until("gone", |cluster| cluster.pod("web").is_none()).await;
    cluster.until("nothing left", |cluster| cluster.supervisor.pods.list().is_empty()).await;
    let stops = cluster.writes(from);
    assert!(stops.len() <= 3, "{stops:?}");
    assert_eq!(stops.last().map(String::as_str), Some("Delete web"));
    let last = cluster.server.changes(0).into_iter().rev().find_map(|change| change.before);
    let last = last.expect("the pod before its end");
    assert_eq!(last.pointer("/status/phase"), Some(&json!("Succeeded")), "it ends well: {last:#}");
}

#[tokio::test(start_paused = true)]
async fn a_restart_of_the_kubelet_writes_nothing() {
    let cluster = Cluster::new(FakeRuntime::new(FakeOptions::default()), &[]).await;
    for name in ["a", "b"] {
        cluster.create(name, &json!({}));
    }
    cluster.until("running", |cluster| ["a", "b"].iter().all(|name| cluster.phase(name) == "Running")).await;
    settle().await;
    let cluster = cluster.next(&[]).await;
    let from = cluster.server.request_count();
    settle().await;
    assert_eq!(cluster.writes(from), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_is_over_stays_so() {
    let runtime = FakeRuntime::new(FakeOptions::default());
    let cluster = Cluster::new(runtime.clone(), &[]).await;
    cluster.create("job", &json!({"restartPolicy": "Never"}));
    cluster.until("running", |cluster| cluster.phase("job") == "Running").await;
    let id = runtime.running_containers().into_iter().next().expect("it runs");
    runtime.crash_container(&id, 0);
    cluster.until("over", |cluster| cluster.phase("job") == "Succeeded").await;
    settle().await;
    let cluster = cluster.next(&[]).await;
    let from = cluster.server.request_count();
    settle().await;
    assert_eq!(cluster.writes(from), Vec::<String>::new());
    assert!(cluster.node.running().is_empty());
    cluster.server.admin().delete(&PODS, "default", "job", None).expect("marked as deleted");
    cluster.until("gone", |cluster| cluster.pod("job").is_none()).await;
}

/// Its readiness does not change meanwhile: the status goes from one instance that runs to the next.
#[tokio::test(start_paused = true)]
async fn a_restart_that_the_runtime_learns_of_last_is_told_at_once() {
    const PID: u32 = 4000;
    let runtime = FakeRuntime::new(FakeOptions::default());
    let cluster = Cluster::new(runtime.clone(), &[]).await;
    cluster.node.slow_processes();
    cluster.create("web", &json!({}));
    cluster.until("running", |cluster| cluster.phase("web") == "Running").await;
    let uid = cluster.pod("web").and_then(|pod| Some(PodUid::from(pod.pointer("/metadata/uid")?.as_str()?)));
    let id = cluster.node.start_process(&uid.expect("it has a UID"), PID).await;
    let from = cluster.server.request_count();
    cluster.node.host.end_process(PID);
    cluster.until("its successor runs", |cluster| cluster.node.running().len() == 2).await;
    assert_eq!(cluster.writes(from), Vec::<String>::new());
    runtime.crash_container(&id, 3);
    let is_told = |cluster: &Cluster| {
        let pod = cluster.pod("web").unwrap_or_default();
        let status = &pod["status"]["containerStatuses"][0];
        status["restartCount"] == 1 && status["lastState"]["terminated"]["exitCode"] == 3
    };
    let took = cluster.until("told", is_told).await;
    assert!(took < Duration::from_millis(20), "{took:?}");
    assert_eq!(cluster.writes(from).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_never_ran_may_be_forgotten() {
    let cluster = Cluster::new(FakeRuntime::new(FakeOptions::default()), &[]).await;
    cluster.create(
        "huge",
        &json!({"containers": [
            {"name": "huge", "image": "image:1", "resources": {"requests": {"cpu": "64"}}}
        ]}),
    );
    cluster.until("rejected", |cluster| cluster.phase("huge") == "Failed").await;
    let pod = cluster.pod("huge").expect("a pod");
    assert_eq!(pod.pointer("/status/reason"), Some(&json!("OutOfcpu")));
    cluster.server.admin().delete(&PODS, "default", "huge", None).expect("marked as deleted");
    cluster.until("gone", |cluster| cluster.pod("huge").is_none()).await;
}

#[tokio::test(start_paused = true)]
async fn a_removal_that_met_another_write_is_tried_again() {
    let cluster = Cluster::new(FakeRuntime::new(FakeOptions::default()), &[]).await;
    cluster.create("web", &json!({}));
    cluster.until("running", |cluster| cluster.phase("web") == "Running").await;
    let fault = Fault::fail(Failure::modified(&PODS, "web"));
    cluster.server.set_faults(Script::new().next(Stage::Before, Verb::Delete, "pods", 1, fault));
    cluster.server.admin().delete(&PODS, "default", "web", None).expect("marked as deleted");
    cluster.until("gone", |cluster| cluster.pod("web").is_none()).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_was_away_is_told_what_it_missed() {
    let runtime = FakeRuntime::new(FakeOptions::default());
    let cluster = Cluster::new(runtime.clone(), &[]).await;
    cluster.create("job", &json!({"restartPolicy": "Never"}));
    cluster.until("running", |cluster| cluster.phase("job") == "Running").await;
    cluster.server.go_down();
    let id = runtime.running_containers().into_iter().next().expect("it runs");
    runtime.crash_container(&id, 3);
    tokio::time::sleep(Duration::from_secs(300)).await;
    let from = cluster.server.request_count();
    cluster.server.come_up();
    cluster.until("told", |cluster| cluster.phase("job") == "Failed").await;
    settle().await;
    let patches = cluster.server.requests(from).into_iter();
    let patches = patches.filter(|entry| entry.call.verb == Verb::Patch && entry.code == Some(200)).count();
    assert!(patches <= 2, "{:?}", cluster.writes(from));
}

#[tokio::test(start_paused = true)]
async fn what_somebody_overwrites_is_written_again_but_not_at_once() {
    let cluster = Cluster::new(FakeRuntime::new(FakeOptions::default()), &[]).await;
    cluster.create("web", &json!({}));
    cluster.until("running", |cluster| cluster.phase("web") == "Running").await;
    settle().await;
    let from = cluster.server.request_count();
    for _ in 0..20 {
        let patch = json!({"status": {"phase": "Pending"}});
        cluster.server.admin().patch_status(&PODS, "default", "web", &patch).expect("overwritten");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    cluster.until("told again", |cluster| cluster.phase("web") == "Running").await;
    let writes = cluster.writes(from).len();
    assert!((1..=4).contains(&writes), "{writes}");
}

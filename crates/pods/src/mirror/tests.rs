//! Mirrors on a fake API server.

use super::identity::CONFIG_MIRROR;
use crate::sources::SourceEvent;
use crate::testing::{Cluster, PodOptions, wanted};
use apiserver::fake::{Failure, Fault, NAMESPACES, PODS, Script, Stage, Verb};
use cri::ContainerService;
use cri::fake::{FakeOptions, FakeRuntime};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use types::{PodSource, PodUid, WantedPod};

/// A static pod with its hash.
fn static_pod(name: &str, uid: &str) -> Arc<WantedPod> {
    static_pod_of(name, uid, PodOptions { grace_seconds: 1, ..PodOptions::default() })
}

fn static_pod_of(name: &str, uid: &str, options: PodOptions) -> Arc<WantedPod> {
    let mut wanted = WantedPod::clone(&wanted(name, options));
    let mut pod = (*wanted.pod).clone();
    pod.metadata.uid = Some(uid.to_owned());
    let annotations = pod.metadata.annotations.get_or_insert_default();
    annotations.insert("kubernetes.io/config.hash".to_owned(), uid.to_owned());
    annotations.insert("kubernetes.io/config.source".to_owned(), "file".to_owned());
    pod.spec.as_mut().expect("a specification").node_name = Some("node".to_owned());
    wanted.uid = PodUid::from(uid);
    wanted.pod = Arc::new(pod);
    Arc::new(wanted)
}

async fn with_static_pod() -> Cluster {
    let cluster = Cluster::new(FakeRuntime::new(FakeOptions::default()), &[PodSource::File]).await;
    cluster.supervisor.tell(SourceEvent::Upsert(static_pod("proxy", "h1"))).await;
    cluster.supervisor.tell(SourceEvent::Synced(PodSource::File)).await;
    cluster.until("told as running", |cluster| cluster.phase("proxy") == "Running").await;
    cluster
}

fn mirrored(cluster: &Cluster) -> Value {
    let pod = cluster.pod("proxy").unwrap_or_default();
    pod.pointer("/metadata/annotations").and_then(|all| all.get(CONFIG_MIRROR)).cloned().unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn a_static_pod_has_a_mirror_with_its_status() {
    let cluster = with_static_pod().await;
    let mirror = cluster.pod("proxy").expect("a mirror");
    assert_eq!(mirrored(&cluster), json!("h1"));
    assert_eq!(mirror.pointer("/metadata/ownerReferences/0/kind"), Some(&json!("Node")));
    assert_eq!(mirror.pointer("/metadata/ownerReferences/0/controller"), Some(&json!(true)));
    assert_eq!(mirror.pointer("/status/containerStatuses/0/ready"), Some(&json!(true)));
    assert_eq!(cluster.node.running().len(), 1, "nobody runs a mirror");
}

#[tokio::test(start_paused = true)]
async fn a_mirror_that_somebody_deletes_comes_back() {
    let cluster = with_static_pod().await;
    let uid = |cluster: &Cluster| cluster.pod("proxy").and_then(|pod| pod.pointer("/metadata/uid").cloned());
    let before = uid(&cluster);
    cluster.server.admin().delete(&PODS, "default", "proxy", None).expect("marked as deleted");
    cluster.until("made anew", |cluster| uid(cluster).is_some_and(|uid| Some(uid) != before)).await;
    cluster.until("told as running", |cluster| cluster.phase("proxy") == "Running").await;
}

#[tokio::test(start_paused = true)]
async fn a_mirror_without_a_namespace_is_tried_less_and_less_often() {
    let cluster = Cluster::new(FakeRuntime::new(FakeOptions::default()), &[PodSource::File]).await;
    let missing = || Fault::fail(Failure::not_found(&NAMESPACES, "default"));
    cluster.server.set_faults(Script::new().next(Stage::Before, Verb::Create, "pods", 5, missing()));
    let began = Instant::now();
    cluster.supervisor.tell(SourceEvent::Upsert(static_pod("proxy", "h1"))).await;
    cluster.supervisor.tell(SourceEvent::Synced(PodSource::File)).await;
    cluster.until("mirrored", |cluster| cluster.pod("proxy").is_some()).await;
    let took = began.elapsed().as_secs();
    assert!((1 + 2 + 4 + 8 + 16..35).contains(&took), "{took} s");
}

/// With a pod that starts again whatever comes, the next one goes on counting, and needs no other mirror.
#[tokio::test(start_paused = true)]
async fn a_pod_that_comes_back_counts_as_restarted() {
    let cluster = with_static_pod().await;
    let mirror = |cluster: &Cluster| cluster.pod("proxy").unwrap_or_default();
    let before = mirror(&cluster).pointer("/metadata/uid").cloned();
    cluster.supervisor.tell(SourceEvent::Remove(PodSource::File, PodUid::from("h1"))).await;
    cluster.supervisor.tell(SourceEvent::Upsert(static_pod("proxy", "h1"))).await;
    let count =
        |cluster: &Cluster| mirror(cluster).pointer("/status/containerStatuses/0/restartCount").cloned();
    cluster.until("restarted", |cluster| count(cluster) == Some(json!(1))).await;
    cluster.until("told as running", |cluster| cluster.phase("proxy") == "Running").await;
    assert_eq!(mirror(&cluster).pointer("/metadata/uid").cloned(), before);
}

#[tokio::test(start_paused = true)]
async fn another_version_has_another_mirror_and_none_has_none() {
    let cluster = with_static_pod().await;
    let remove = |uid: &str| SourceEvent::Remove(PodSource::File, PodUid::from(uid));
    cluster.supervisor.tell(remove("h1")).await;
    cluster.supervisor.tell(SourceEvent::Upsert(static_pod("proxy", "h2"))).await;
    cluster.until("replaced", |cluster| mirrored(cluster) == json!("h2")).await;
    cluster.until("told as running", |cluster| cluster.phase("proxy") == "Running").await;
    cluster.supervisor.tell(remove("h2")).await;
    cluster.until("gone", |cluster| cluster.pod("proxy").is_none()).await;
    cluster.until("nothing left", |cluster| cluster.supervisor.pods.list().is_empty()).await;
}

#[tokio::test(start_paused = true)]
async fn an_orphan_goes_once_every_source_has_told_all() {
    let cluster = with_static_pod().await;
    let cluster = cluster.next(&[PodSource::File]).await;
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert!(cluster.pod("proxy").is_some(), "its file may still be read");
    cluster.supervisor.tell(SourceEvent::Synced(PodSource::File)).await;
    cluster.until("gone", |cluster| cluster.pod("proxy").is_none()).await;
}

/// A static pod that runs once, and has: told as succeeded.
async fn with_job_that_is_over() -> (Cluster, FakeRuntime, Arc<WantedPod>) {
    let options = PodOptions { grace_seconds: 1, policy: "Never", ..PodOptions::default() };
    let job = static_pod_of("proxy", "h1", options);
    let runtime = FakeRuntime::new(FakeOptions::default());
    let cluster = Cluster::new(runtime.clone(), &[PodSource::File]).await;
    cluster.supervisor.tell(SourceEvent::Upsert(job.clone())).await;
    cluster.supervisor.tell(SourceEvent::Synced(PodSource::File)).await;
    cluster.until("told as running", |cluster| cluster.phase("proxy") == "Running").await;
    runtime.crash_container(&runtime.running_containers()[0], 0);
    cluster.until("told as over", |cluster| cluster.phase("proxy") == "Succeeded").await;
    (cluster, runtime, job)
}

/// The container that runs, and the mirror tells of it.
fn check_runs_again(cluster: &Cluster, runtime: &FakeRuntime) {
    let running = runtime.running_containers();
    assert_eq!(running.len(), 1, "it runs again");
    let mirror = cluster.pod("proxy").expect("a mirror");
    assert_eq!(mirror.pointer("/status/phase"), Some(&json!("Running")));
    let status = mirror.pointer("/status/containerStatuses/0").cloned().unwrap_or_default();
    assert!(status.pointer("/state/running").is_some(), "{status:#}");
    assert_eq!(status.pointer("/containerID"), Some(&json!(format!("fake://{}", running[0]))));
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_comes_back_under_its_uid_has_another_mirror() {
    let (cluster, runtime, job) = with_job_that_is_over().await;
    cluster.supervisor.tell(SourceEvent::Remove(PodSource::File, PodUid::from("h1"))).await;
    cluster.supervisor.tell(SourceEvent::Upsert(job)).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    check_runs_again(&cluster, &runtime);
}

/// The next kubelet finds nothing of the pod but its mirror.
#[tokio::test(start_paused = true)]
async fn a_pod_that_another_kubelet_saw_end_has_another_mirror() {
    let (cluster, runtime, job) = with_job_that_is_over().await;
    let cluster = cluster.next(&[PodSource::File]).await;
    for id in runtime.container_records().keys() {
        runtime.remove_container(id).await.expect("removed");
    }
    cluster.supervisor.tell(SourceEvent::Upsert(job)).await;
    cluster.supervisor.tell(SourceEvent::Synced(PodSource::File)).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    check_runs_again(&cluster, &runtime);
}

#[tokio::test(start_paused = true)]
async fn a_sandbox_that_is_lost_needs_no_other_mirror() {
    let options = PodOptions { grace_seconds: 1, policy: "OnFailure", ..PodOptions::default() };
    let runtime = FakeRuntime::new(FakeOptions::default());
    let cluster = Cluster::new(runtime.clone(), &[PodSource::File]).await;
    cluster.supervisor.tell(SourceEvent::Upsert(static_pod_of("proxy", "h1", options))).await;
    cluster.supervisor.tell(SourceEvent::Synced(PodSource::File)).await;
    cluster.until("told as running", |cluster| cluster.phase("proxy") == "Running").await;
    let uid = |cluster: &Cluster| cluster.pod("proxy").and_then(|pod| pod.pointer("/metadata/uid").cloned());
    let before = uid(&cluster);
    runtime.kill_sandbox(&runtime.ready_sandboxes()[0]);
    tokio::time::sleep(Duration::from_secs(60)).await;
    check_runs_again(&cluster, &runtime);
    assert_eq!(uid(&cluster), before);
}

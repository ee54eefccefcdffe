//! What only a fake can do: faults, outages, restores, the part of everybody else. The rest is in the contract.

use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{ListParams, Patch, PatchParams, WatchParams};
use kube::core::WatchEvent;
use serde_json::{Value, json};
use tasks::Clock;
use tokio::time::Instant;

use super::*;

const NODE: &str = "here";

fn server() -> FakeApiServer {
    FakeApiServer::new(Clock::simulated("2026-01-01T00:00:00Z".parse().expect("a moment")))
}

fn pods(server: &FakeApiServer) -> Api<Pod> {
    Api::namespaced(server.client(User::Node(NODE.to_owned())), "default")
}

fn pod(name: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "name": name, "namespace": "default" },
        "spec": { "nodeName": NODE, "containers": [{ "name": "main", "image": "app:1" }] },
    })
}

fn own() -> ListParams {
    ListParams::default().fields(&format!("spec.nodeName={NODE}"))
}

async fn say(pods: &Api<Pod>, name: &str, message: &str) -> Result<Pod, kube::Error> {
    let patch = Patch::Strategic(json!({ "status": { "message": message } }));
    pods.patch_status(name, &PatchParams::default(), &patch).await
}

/// The words of the events that come until the stream ends or is silent for a while.
async fn told(pods: &Api<Pod>, version: &str, meanwhile: impl FnOnce()) -> Vec<String> {
    let parameters = WatchParams::default().fields(&format!("spec.nodeName={NODE}")).timeout(120);
    let mut events = pods.watch(&parameters, version).await.expect("a watch").boxed();
    meanwhile();
    let mut told = Vec::new();
    while let Ok(Some(event)) = tokio::time::timeout(Duration::from_secs(50), events.next()).await {
        let name = |pod: &Pod| pod.metadata.name.clone().unwrap_or_default();
        told.push(match event {
            Ok(WatchEvent::Added(pod)) => format!("added {}", name(&pod)),
            Ok(WatchEvent::Modified(pod)) => format!("modified {}", name(&pod)),
            Ok(WatchEvent::Deleted(pod)) => format!("deleted {}", name(&pod)),
            Ok(WatchEvent::Bookmark(_)) => "bookmark".to_owned(),
            Ok(WatchEvent::Error(status)) => format!("error {}", status.code),
            Err(_) => "broken".to_owned(),
        });
    }
    told
}

#[tokio::test(start_paused = true)]
async fn requests_meet_faults() {
    let server = server();
    server.admin().create(&PODS, &pod("web")).expect("a pod");
    let pods = pods(&server);
    let script = Script::new()
        .next(Stage::Before, Verb::Patch, "pods", 1, Fault::fail(Failure::too_many_requests(7)))
        .next(Stage::Before, Verb::Patch, "pods", 1, Fault::fail(Failure::internal("etcd")))
        .next(Stage::Before, Verb::Patch, "pods", 1, Fault::broken())
        .next(Stage::Before, Verb::Patch, "pods", 1, Fault::delay(Duration::from_secs(5)))
        .next(Stage::After, Verb::Patch, "pods", 1, Fault::broken());
    server.set_faults(script);
    let mut codes = Vec::new();
    for message in ["a", "b", "c"] {
        codes.push(match say(&pods, "web", message).await {
            Err(kube::Error::Api(status)) => status.code,
            Err(_) => 0,
            Ok(_) => 200,
        });
    }
    assert_eq!(codes, [429, 500, 0]);
    let message = || {
        let pod = server.admin().get(&PODS, "default", "web").expect("it is there");
        pod["status"]["message"].clone()
    };
    assert_eq!(message(), Value::Null, "a request that fails before has no effect");
    let began = Instant::now();
    // The answer is lost, the effect is not.
    assert!(say(&pods, "web", "d").await.is_err());
    assert_eq!(began.elapsed(), Duration::from_secs(5));
    assert_eq!(message(), "d");
    let codes: Vec<_> = server.requests(0).iter().map(|entry| entry.code).collect();
    assert_eq!(codes, [Some(429), Some(500), None, None]);
    assert_eq!(server.changes(0).len(), 2, "made and patched once");
}

#[tokio::test(start_paused = true)]
async fn outage_ends_requests_and_watches() {
    let server = server();
    let pods = pods(&server);
    let told = told(&pods, "0", || server.go_down()).await;
    assert_eq!(told, ["broken"]);
    assert!(matches!(pods.list(&own()).await, Err(kube::Error::Service(_))));
    server.set_faults(Script::new().next(Stage::Before, Verb::List, "pods", 1, Fault::hang()));
    server.come_up();
    let (server_again, fields) = (server.clone(), own());
    let (listed, ()) = tokio::join!(pods.list(&fields), async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        server_again.go_down();
    });
    assert!(matches!(listed, Err(kube::Error::Service(_))), "a hanging request ends with the server");
}

#[tokio::test(start_paused = true)]
async fn resumed_watch_misses_nothing_unless_history_is_gone() {
    let server = server();
    let scene = server.admin();
    let first = scene.create(&PODS, &pod("a")).expect("a pod");
    let version = first["metadata"]["resourceVersion"].as_str().expect("a version").to_owned();
    let pods = pods(&server);
    assert_eq!(told(&pods, &version, || server.cut_watches()).await, ["broken"]);
    scene.create(&PODS, &pod("b")).expect("a pod");
    scene.delete(&PODS, "default", "a", Some(0)).expect("a deletion");
    let all = told(&pods, &version, || {}).await;
    // As the real server has it: marked first, then removed.
    assert_eq!(all, ["added b", "modified a", "deleted a"]);
    server.compact();
    assert_eq!(told(&pods, &version, || {}).await, ["error 410"]);
}

#[tokio::test(start_paused = true)]
async fn lagging_and_broken_watches() {
    struct Lag;
    impl Faults for Lag {
        fn watch_event(&self, _: &Call) -> WatchFault {
            WatchFault::Delay(Duration::from_secs(3))
        }
    }
    let server = server();
    let pods = pods(&server);
    server.set_faults(Lag);
    server.admin().create(&PODS, &pod("a")).expect("a pod");
    let mut events =
        pods.watch(&WatchParams::default().fields("spec.nodeName=here"), "0").await.expect("a watch").boxed();
    let began = Instant::now();
    assert!(matches!(events.try_next().await, Ok(Some(WatchEvent::Added(_)))));
    assert_eq!(began.elapsed(), Duration::from_secs(3));
}

#[tokio::test(start_paused = true)]
async fn stale_reads() {
    let server = server();
    server.admin().create(&PODS, &pod("a")).expect("a pod");
    server.admin().create(&PODS, &pod("b")).expect("a pod");
    let pods = pods(&server);
    server.set_faults(Script::new().stale(1));
    let any = pods.list(&own().match_any()).await.expect("a list");
    assert_eq!(any.items.len(), 1, "any version: an old one");
    let newest = pods.list(&own()).await.expect("a list");
    assert_eq!(newest.items.len(), 2, "the newest: nothing old");
}

#[tokio::test(start_paused = true)]
async fn restore() {
    for revisions in [Revisions::GoOn, Revisions::GoBack] {
        let server = server();
        let scene = server.admin();
        scene.create(&PODS, &pod("a")).expect("a pod");
        let snapshot = server.snapshot();
        let newest = scene.create(&PODS, &pod("b")).expect("a pod");
        let seen: u64 =
            newest["metadata"]["resourceVersion"].as_str().expect("a version").parse().expect("a number");
        server.restore(&snapshot, revisions);
        assert!(scene.get(&PODS, "default", "b").is_none(), "{revisions:?}");
        let list = pods(&server).list(&own()).await.expect("a list");
        let head: u64 = list.metadata.resource_version.expect("a version").parse().expect("a number");
        assert_eq!(head > seen, revisions == Revisions::GoOn, "{revisions:?}: {head} after {seen}");
    }
}

#[tokio::test(start_paused = true)]
async fn same_requests_same_objects() {
    let run = async || {
        let server = server();
        for name in ["a", "b"] {
            server.admin().create(&PODS, &pod(name)).expect("a pod");
        }
        tokio::time::sleep(Duration::from_secs(90)).await;
        say(&pods(&server), "a", "hello").await.expect("a patch");
        server.admin().list(&PODS).iter().map(|pod| pod.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(run().await, run().await);
}

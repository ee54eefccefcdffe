//! The watch of pods against a server that fails in each way.

use super::*;
use crate::fake::{Failure, FakeApiServer, Fault, PODS, Revisions, Script, Stage, Verb};
use crate::testing::{NODE, create_pod, node, server};
use futures::StreamExt;
use std::sync::Mutex;
use std::time::Duration;

/// Longer than any pause between two attempts.
const SETTLED: Duration = Duration::from_secs(30);

/// What a watch has told, in words.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    fn watching(server: &FakeApiServer) -> Self {
        let told = Self::default();
        let (writer, mut changes) = (told.clone(), Box::pin(node(server).pods().watch(NODE)));
        tokio::spawn(async move {
            while let Some(change) = changes.next().await {
                let name = |pod: &Pod| pod.metadata.name.clone().unwrap_or_default();
                let word = match &change {
                    PodChange::Applied { pod, .. } => format!("+{}", name(pod)),
                    PodChange::Deleted { last, .. } => format!("-{}", name(last)),
                    PodChange::Synced => "synced".to_owned(),
                };
                writer.0.lock().expect("no panic").push(word);
            }
        });
        told
    }

    /// What was told since the last look, once all is quiet.
    async fn settled(&self) -> String {
        tokio::time::sleep(SETTLED).await;
        std::mem::take(&mut *self.0.lock().expect("no panic")).join(" ")
    }
}

fn label(server: &FakeApiServer, name: &str, value: &str) {
    let patch = serde_json::json!({ "metadata": { "labels": { "changed": value } } });
    server.admin().patch(&PODS, "default", name, &patch).expect("a pod");
}

fn delete(server: &FakeApiServer, name: &str) {
    server.admin().delete(&PODS, "default", name, Some(0)).expect("a pod");
}

#[tokio::test(start_paused = true)]
async fn a_pods_life_is_told() {
    let server = server();
    create_pod(&server, "a");
    let told = Told::watching(&server);
    assert_eq!(told.settled().await, "+a synced");
    create_pod(&server, "b");
    label(&server, "a", "1");
    assert_eq!(told.settled().await, "+b +a");
    delete(&server, "b");
    assert!(told.settled().await.ends_with("-b"));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_missed_and_nothing_told_twice() {
    let server = server();
    create_pod(&server, "a");
    create_pod(&server, "b");
    let told = Told::watching(&server);
    assert_eq!(told.settled().await, "+a +b synced");

    server.cut_watches();
    label(&server, "a", "cut");
    assert_eq!(told.settled().await, "+a", "a broken watch is resumed");

    server.go_down();
    label(&server, "a", "away");
    tokio::time::sleep(Duration::from_secs(60)).await;
    server.come_up();
    assert_eq!(told.settled().await, "+a", "an outage");

    server.cut_watches();
    delete(&server, "b");
    create_pod(&server, "b");
    server.compact();
    assert_eq!(told.settled().await, "-b +b", "410: the list tells who was made anew under the old name");

    let quiet = server.request_count();
    tokio::time::sleep(Duration::from_secs(240)).await;
    assert_eq!(told.settled().await, "");
    assert_eq!(server.request_count(), quiet, "a watch asks for nothing while it lasts");
    tokio::time::sleep(Duration::from_secs(1000)).await;
    assert_eq!(told.settled().await, "", "a watch that the server ends is resumed");
    assert!(server.request_count() - quiet <= 5);
}

#[tokio::test(start_paused = true)]
async fn a_restored_older_state_is_noticed() {
    for revisions in [Revisions::GoBack, Revisions::GoOn] {
        let server = server();
        create_pod(&server, "old");
        let snapshot = server.snapshot();
        for value in 0..50 {
            label(&server, "old", &value.to_string());
        }
        create_pod(&server, "new");
        let told = Told::watching(&server);
        assert_eq!(told.settled().await, "+old +new synced");
        server.restore(&snapshot, revisions);
        assert_eq!(told.settled().await, "-new +old");
        label(&server, "old", "again");
        assert_eq!(told.settled().await, "+old");
    }
}

#[tokio::test(start_paused = true)]
async fn servers_that_refuse_are_asked_otherwise_or_again() {
    let invalid = || Fault::fail(Failure::new(422, "Invalid", "sendInitialEvents is forbidden for watch"));
    let unauthorized = || Fault::fail(Failure::new(401, "Unauthorized", "Unauthorized"));
    let rows = [
        ("no streaming lists", Script::new().next(Stage::Before, Verb::Watch, "pods", 1, invalid())),
        ("a silent streaming list", Script::new().next(Stage::Before, Verb::Watch, "pods", 1, Fault::hang())),
        ("broken connections", Script::new().next(Stage::Before, Verb::Watch, "pods", 5, Fault::broken())),
        (
            "overload",
            Script::new().next(
                Stage::Before,
                Verb::Watch,
                "pods",
                2,
                Fault::fail(Failure::too_many_requests(3)),
            ),
        ),
        ("unknown credentials", Script::new().next(Stage::Before, Verb::Watch, "pods", 3, unauthorized())),
    ];
    for (name, script) in rows {
        let server = server();
        create_pod(&server, "a");
        server.set_faults(script);
        let told = Told::watching(&server);
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(told.settled().await, "+a synced", "{name}");
        label(&server, "a", "1");
        assert_eq!(told.settled().await, "+a", "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn calls_tell_what_a_caller_must_know() {
    let server = server();
    create_pod(&server, "a");
    let pods = node(&server).pods();
    let pod = pods.get("default", "a").await.expect("a pod");
    let uid = PodUid::from(pod.metadata.uid.as_deref().expect("a UID"));

    let patch = serde_json::json!({ "metadata": { "uid": uid.as_str() }, "status": { "phase": "Running" } });
    let patched = pods.patch_status("default", "a", &patch).await.expect("a pod");
    assert_eq!(patched.status.as_ref().and_then(|status| status.phase.as_deref()), Some("Running"));

    let other = PodUid::from("other");
    let refused = pods.delete("default", "a", &other, 0).await.expect_err("another pod");
    assert!(refused.is_conflict(), "{refused:?}");
    pods.delete("default", "a", &uid, 0).await.expect("deleted");
    let missing = pods.patch_status("default", "a", &patch).await.expect_err("it is gone");
    assert!(missing.is_not_found() && !missing.may_pass(), "{missing:?}");
    assert_eq!(missing.message(), "pods \"a\" not found");
    assert_eq!(missing.to_string(), "patch pods/status default/a: pods \"a\" not found");
    assert!(matches!(pods.get("default", "").await, Err(ApiError::Invalid(_))));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_hangs_is_given_up() {
    let server = server();
    create_pod(&server, "a");
    server.set_faults(Script::new().next(Stage::Before, Verb::Get, "pods", 1, Fault::hang()));
    let start = tokio::time::Instant::now();
    let error = node(&server).pods().get("default", "a").await.expect_err("no answer");
    assert!(error.may_pass(), "{error:?}");
    assert_eq!(start.elapsed().as_secs(), 65);
}

//! The supervisor on a fake node, under a paused clock.

use crate::admission::{FreshNode, NodeView};
use crate::sources::SourceEvent;
use crate::testing::{Node, PodOptions, RunningSupervisor, node_view, specified, wanted};
use cri::fake::{FakeOptions, FakeRuntime, Fault, Program, Script, Stage, What};
use cri::{CriError, Operation};
use futures::future::BoxFuture;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use types::{PodName, PodSource, PodUid, WantedPod};

fn pod(name: &str) -> Arc<WantedPod> {
    wanted(name, PodOptions { grace_seconds: 2, ..PodOptions::default() })
}

/// Another pod of the same name, with a container of its own.
fn twin(of: &str, uid: &str) -> Arc<WantedPod> {
    let twin = WantedPod { name: PodName::new("default", of), ..WantedPod::clone(&pod(uid)) };
    Arc::new(twin)
}

async fn node() -> Node {
    Node::new(FakeRuntime::new(FakeOptions::default())).await
}

/// A supervisor whose one source has told all it knows: these pods.
async fn supervisor(node: &Node, pods: &[&str]) -> RunningSupervisor {
    let supervisor = node.supervisor(&[PodSource::File]);
    for name in pods {
        supervisor.tell(SourceEvent::Upsert(pod(name))).await;
    }
    supervisor.tell(SourceEvent::Synced(PodSource::File)).await;
    supervisor
}

fn remove(uid: &str) -> SourceEvent {
    SourceEvent::Remove(PodSource::File, PodUid::from(uid))
}

#[tokio::test(start_paused = true)]
async fn pods_come_and_go() {
    let node = node().await;
    let supervisor = supervisor(&node, &["a", "b"]).await;
    node.until("both run", |node| node.running() == ["a", "b"]).await;
    supervisor.tell(remove("a")).await;
    node.until("one is forgotten", |_| supervisor.pods.list().len() == 1).await;
    assert_eq!(node.running(), ["b"]);
    assert!(!node.has_directory(&PodUid::from("a")));
    node.stop.request();
    supervisor.ended().await;
    assert_eq!(node.running(), ["b"], "containers outlive the kubelet");
}

/// A start that panics: the actor is made again, looks at what there is, and goes on.
#[tokio::test(start_paused = true)]
async fn an_actor_that_panics_is_started_again() {
    let is_first = AtomicBool::new(true);
    let options = FakeOptions::default().programs(move |config| {
        let is_meant = config.metadata.as_ref().is_some_and(|metadata| metadata.name == "a");
        assert!(!(is_meant && is_first.swap(false, Ordering::SeqCst)), "once");
        Program::forever()
    });
    let node = Node::new(FakeRuntime::new(options)).await;
    let _supervisor = supervisor(&node, &["a", "b"]).await;
    node.until("the other runs", |node| node.running() == ["b"]).await;
    let took = node.until("both run", |node| node.running() == ["a", "b"]).await;
    assert!(took < Duration::from_secs(15), "{took:?}");
    assert_eq!(node.runtime.ready_sandboxes().len(), 2);
}

/// containerd keeps records of a start that was cut off. What is ours goes all the same, and the next of the name starts.
#[tokio::test(start_paused = true)]
async fn what_the_runtime_refuses_to_remove_holds_nobody_up() {
    let node = node().await;
    let supervisor = supervisor(&node, &["web"]).await;
    node.until("it runs", |node| node.running() == ["web"]).await;
    let refusal = CriError::unknown(Operation::RemovePodSandbox, "cannot delete running task");
    let times = 9;
    let script = Script::new().next(Stage::Before, Operation::RemovePodSandbox, times, Fault::fail(refusal));
    node.runtime.set_faults(script);
    supervisor.tell(SourceEvent::Upsert(twin("web", "next"))).await;
    supervisor.tell(remove("web")).await;
    let took = node.until("the next runs", |node| node.running() == ["next"]).await;
    assert!(took < Duration::from_secs(30), "{took:?}");
    assert!(!node.has_directory(&PodUid::from("web")));
    assert_eq!(node.count(&What::SandboxRemoved), 0);
    let took = node.until("it is removed", |node| node.count(&What::SandboxRemoved) == 1).await;
    assert!(took < Duration::from_secs(90), "{took:?}");
    node.until("it is forgotten", |_| supervisor.pods.list().len() == 1).await;
    assert_eq!(node.running(), ["next"]);
}

#[tokio::test(start_paused = true)]
async fn pods_of_one_name_follow_each_other() {
    let node = node().await;
    let supervisor = supervisor(&node, &["web"]).await;
    node.until("the first runs", |node| node.running() == ["web"]).await;
    supervisor.tell(SourceEvent::Upsert(twin("web", "next"))).await;
    node.pass(Duration::from_secs(30)).await;
    assert_eq!(node.running(), ["web"], "the second waits");
    supervisor.tell(remove("web")).await;
    node.until("the second runs", |node| node.running() == ["next"]).await;
    let first = node.containers("web")[0].removed_at;
    assert!(first.is_some_and(|gone| gone <= node.containers("next")[0].created_at));
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_is_wanted_again_while_it_ends_starts_anew() {
    let node = node().await;
    let supervisor = supervisor(&node, &["web"]).await;
    node.until("it runs", |node| node.running() == ["web"]).await;
    supervisor.tell(remove("web")).await;
    supervisor.tell(SourceEvent::Upsert(pod("web"))).await;
    node.until("it runs again", |node| node.containers("web").len() == 2 && node.running() == ["web"]).await;
    let containers = node.containers("web");
    assert!(containers[0].removed_at.is_some_and(|gone| gone <= containers[1].created_at));
    assert_eq!(containers[1].attempt(), 0, "it is another pod");
}

/// What an earlier kubelet left runs on until every source has spoken, and then goes if nobody wants it.
#[tokio::test(start_paused = true)]
async fn nothing_ends_before_all_sources_are_known() {
    let node = node().await;
    let before = supervisor(&node, &["kept", "orphan"]).await;
    node.until("both run", |node| node.running() == ["kept", "orphan"]).await;
    drop(before);
    let node = node.next().await;
    let supervisor = node.supervisor(&[PodSource::File, PodSource::Http]);
    supervisor.tell(SourceEvent::Synced(PodSource::File)).await;
    node.pass(Duration::from_secs(120)).await;
    assert_eq!(node.running(), ["kept", "orphan"]);
    supervisor
        .tell(SourceEvent::Upsert(Arc::new(WantedPod {
            source: PodSource::Http,
            ..WantedPod::clone(&pod("kept"))
        })))
        .await;
    supervisor.tell(SourceEvent::Synced(PodSource::Http)).await;
    node.until("one is gone", |node| node.running() == ["kept"]).await;
    node.until("with all it had", |node| !node.has_directory(&PodUid::from("orphan"))).await;
    assert_eq!(node.count(&What::ContainerStarted), 2, "nothing was started anew");
}

/// A directory that an earlier kubelet left of a pod that is not in the runtime any more.
#[tokio::test(start_paused = true)]
async fn what_is_left_on_disk_is_removed() {
    let node = node().await;
    let uid = PodUid::from("long-gone");
    let directory = node.world.pod_directory(&uid).join("volumes");
    host::files::Files::make_dir(node.host.as_ref(), &directory, 0o750).await.expect("a directory");
    let _supervisor = supervisor(&node, &[]).await;
    let took = node.until("gone", |node| !node.has_directory(&uid)).await;
    assert!(took < Duration::from_secs(5), "{took:?}");
}

/// A container that somebody else removed was not there to be forgotten: the link to its log goes with its pod's logs all the same.
#[tokio::test(start_paused = true)]
async fn links_of_lost_containers_go_with_the_pod() {
    let node = node().await;
    let directory = Path::new("/var/log/containers");
    host::files::Files::make_dir(node.host.as_ref(), directory, 0o755).await.expect("a directory");
    let supervisor = supervisor(&node, &["a", "b"]).await;
    node.until("both run", |node| node.running() == ["a", "b"]).await;
    let lost = node.containers("a")[0].id.clone();
    cri::ContainerService::remove_container(&node.runtime, &lost).await.expect("the runtime obeys");
    node.until("it runs again", |node| node.running() == ["a", "b"]).await;
    let links = |node: &Node| node.host.paths_below(directory).len();
    assert_eq!(links(&node), 3);
    supervisor.tell(remove("a")).await;
    let took = node.until("one is left", |node| links(node) == 1).await;
    assert!(took < Duration::from_secs(5), "{took:?}");
    node.until("one is forgotten", |_| supervisor.pods.list().len() == 1).await;
}

/// The API server's node, with a label that the watch has not told of yet.
struct Labelled(&'static str);

impl FreshNode for Labelled {
    fn look(&self) -> BoxFuture<'static, Option<Arc<NodeView>>> {
        let labels = [(self.0.to_owned(), "true".to_owned())].into();
        Box::pin(async move { Some(Arc::new(NodeView { labels, ..node_view() })) })
    }
}

/// A label that was put on the node right before a pod that asks for it came.
#[tokio::test(start_paused = true)]
async fn nobody_is_rejected_for_labels_that_may_be_younger() {
    let node = node().await;
    let supervisor = node.supervisor_that_asks(&[PodSource::Api], Some(Arc::new(Labelled("young"))));
    for label in ["young", "unknown"] {
        let spec = json!({
            "nodeSelector": {label: "true"},
            "containers": [{"name": label, "image": "image:1", "imagePullPolicy": "IfNotPresent"}],
        });
        let of_server = WantedPod { source: PodSource::Api, ..WantedPod::clone(&specified(label, spec)) };
        supervisor.tell(SourceEvent::Upsert(Arc::new(of_server))).await;
    }
    supervisor.tell(SourceEvent::Synced(PodSource::Api)).await;
    node.until("it runs", |node| node.running() == ["young"]).await;
    let reason = || {
        let states = supervisor.pods.list();
        states.iter().find_map(|state| Some(state.failure.as_ref()?.reason.clone()))
    };
    node.until("the other one is rejected", |_| reason().as_deref() == Some("NodeAffinity")).await;
}

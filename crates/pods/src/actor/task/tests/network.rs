//! Pods on a node whose runtime has no network to give.

use crate::testing::{Node, PodOptions, specified, wanted};
use cri::fake::{FakeOptions, FakeRuntime, What};
use serde_json::json;
use std::time::Duration;

const PROBLEM: &str = "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:cni plugin not initialized";

/// Messages of the events of that reason.
fn told(node: &Node, reason: &str) -> Vec<String> {
    let events = node.world.events.recent();
    events.into_iter().filter(|event| event.reason == reason).map(|event| event.message).collect()
}

#[tokio::test(start_paused = true)]
async fn a_pod_waits_for_a_network() {
    let node = Node::new(FakeRuntime::new(FakeOptions::default())).await;
    node.network.send_replace(Some(PROBLEM.to_owned()));
    let actor = node.actor(&wanted("web", PodOptions::default()));
    node.pass(Duration::from_secs(100)).await;
    assert_eq!(node.count(&What::SandboxCreated), 0);
    assert_eq!(told(&node, "NetworkNotReady"), [format!("network is not ready: {PROBLEM}")]);
    let events = node.world.events.recent();
    assert_eq!(events.iter().map(|event| event.count).sum::<u32>(), 1, "told once: {events:?}");
    let waiting = actor.state.borrow().pod_waiting.clone().expect("it waits");
    assert_eq!(waiting.reason, "ContainerCreating");

    node.network.send_replace(None);
    let took = node.until("running", |node| node.running() == ["web"]).await;
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert!(actor.state.borrow().pod_waiting.is_none());
}

/// Rows: what of a pod does not wait.
#[tokio::test(start_paused = true)]
async fn what_needs_no_network_goes_on() {
    let node = Node::new(FakeRuntime::new(FakeOptions::default())).await;
    let _running = node.actor(&wanted("web", PodOptions::default()));
    node.until("running", |node| node.running() == ["web"]).await;
    node.network.send_replace(Some(PROBLEM.to_owned()));
    let container = json!({"name": "host", "image": "image:1"});
    let _host = node.actor(&specified(
        "host",
        json!({"hostNetwork": true, "securityContext": {}, "containers": [container]}),
    ));
    let took = node.until("running", |node| node.running() == ["host", "web"]).await;
    assert!(took < Duration::from_secs(1), "{took:?}");
    let records = node.runtime.container_records();
    let running = node.runtime.running_containers();
    let web = running.iter().find(|id| records[*id].name() == "web").expect("it runs");
    node.runtime.crash_container(web, 1);
    node.until("started again in its sandbox", |node| node.containers("web").len() == 2).await;
    node.until("running", |node| node.running() == ["host", "web"]).await;
    assert_eq!(node.count(&What::SandboxCreated), 2);
    assert_eq!(told(&node, "NetworkNotReady"), [""; 0]);
}

//! All containers of a pod begin again when one of them ends in a way that says so.

use crate::testing::{Node, specified};
use cri::fake::{FakeOptions, FakeRuntime, OnStop, Program};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use types::WantedPod;

/// A job whose watcher starts everything again with exit code 42.
fn pod() -> Arc<WantedPod> {
    let container = |name: &str| json!({"name": name, "image": "image:1", "imagePullPolicy": "IfNotPresent"});
    let mut watcher = container("watcher");
    watcher["restartPolicy"] = json!("Never");
    watcher["restartPolicyRules"] = json!([
        {"action": "RestartAllContainers", "exitCodes": {"operator": "In", "values": [42]}},
    ]);
    specified(
        "job",
        json!({
            "restartPolicy": "Never",
            "initContainers": [container("init")],
            "containers": [container("worker"), watcher],
        }),
    )
}

/// An init container that ends, a worker that ignores SIGTERM, and a watcher that ends once and then does as `next_watcher`.
fn options(next_watcher: Program) -> FakeOptions {
    let is_first = AtomicBool::new(true);
    FakeOptions::default().programs(move |config| {
        match config.metadata.as_ref().map_or("", |metadata| metadata.name.as_str()) {
            "init" => Program::exits_after(Duration::from_millis(100), 0),
            "watcher" if is_first.swap(false, Ordering::SeqCst) => {
                Program::exits_after(Duration::from_secs(5), 42)
            }
            "watcher" => next_watcher.clone(),
            _ => Program::forever().on_stop(OnStop::Ignores),
        }
    })
}

#[tokio::test(start_paused = true)]
async fn init_containers_run_again_and_counts_go_on() {
    let options = options(Program::forever());
    let node = Node::new(FakeRuntime::new(options)).await;
    let actor = node.actor(&pod());
    node.until("all run", |node| node.running() == ["watcher", "worker"]).await;
    node.until("the watcher has ended", |node| node.running() == ["worker"]).await;
    let took = node.until("all run again", |node| node.running() == ["watcher", "worker"]).await;
    assert!(took < Duration::from_secs(4), "no grace but the moment that everybody gets: {took:?}");
    assert_eq!(node.runtime.ready_sandboxes().len(), 1);
    for name in ["init", "worker", "watcher"] {
        let counts: Vec<u32> = node.containers(name).iter().map(|container| container.attempt()).collect();
        assert_eq!(counts, [0, 1], "{name}");
    }
    node.pass(Duration::from_secs(60)).await;
    assert_eq!(node.containers("worker").len(), 2, "once is enough");
    assert!(!actor.state.borrow().is_over());
}

/// A kubelet that dies in the middle leaves the reason for the next one to find.
#[tokio::test(start_paused = true)]
async fn the_next_kubelet_goes_on_with_it() {
    let options = options(Program::forever().on_stop(OnStop::Ignores));
    let node = Node::new(FakeRuntime::new(options)).await;
    let actor = node.actor(&pod());
    node.until("all run", |node| node.running() == ["watcher", "worker"]).await;
    node.until("the watcher has ended", |node| node.running() == ["worker"]).await;
    node.pass(Duration::from_secs(1)).await;
    drop(actor);
    let node = node.next().await;
    let _actor = node.actor(&pod());
    node.until("all run again", |node| node.running() == ["watcher", "worker"]).await;
    assert_eq!(node.containers("worker").len(), 2);
}

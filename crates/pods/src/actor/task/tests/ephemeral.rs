//! Ephemeral containers: added while the pod runs, run once.

use crate::actor::Goal;
use crate::testing::{Node, specified};
use cri::fake::{FakeOptions, FakeRuntime, Program};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use types::WantedPod;

fn pod(ephemeral: &Value) -> Arc<WantedPod> {
    let container = |name: &str| json!({"name": name, "image": "image:1", "imagePullPolicy": "IfNotPresent"});
    specified("web", json!({"containers": [container("web")], "ephemeralContainers": ephemeral}))
}

fn debugger(name: &str, target: &str) -> Value {
    json!({
        "name": name, "image": "debug:1", "imagePullPolicy": "IfNotPresent", "targetContainerName": target,
    })
}

/// A fake node whose debuggers end after a second.
async fn node() -> Node {
    let options = FakeOptions::default().programs(|config| {
        let name = config.metadata.as_ref().map_or("", |metadata| metadata.name.as_str());
        if name.starts_with("debug") {
            Program::exits_after(Duration::from_secs(1), 1)
        } else {
            Program::forever()
        }
    });
    Node::new(FakeRuntime::new(options)).await
}

#[tokio::test(start_paused = true)]
async fn one_that_is_added_runs_once_beside_the_others() {
    let node = node().await;
    let actor = node.actor(&pod(&json!([])));
    node.until("running", |node| node.running() == ["web"]).await;
    actor.goal.send_replace(Goal::Run(pod(&json!([debugger("debug", "web")]))));
    node.until("both run", |node| node.running() == ["debug", "web"]).await;
    node.until("it has ended", |node| node.running() == ["web"]).await;
    node.pass(Duration::from_secs(600)).await;
    assert_eq!(node.containers("debug").len(), 1, "it is not started again");
    assert_eq!(node.containers("web").len(), 1, "the pod's own container is left alone");
    let events = node.world.events.recent();
    let of_debug: Vec<_> =
        events.iter().filter(|event| event.object.field_path == "spec.ephemeralContainers{debug}").collect();
    let reasons: Vec<_> = of_debug.iter().map(|event| event.reason.as_str()).collect();
    assert_eq!(reasons, ["Pulling", "Pulled", "Created", "Started"]);
    // Its end is the pod's end too.
    actor.goal.send_replace(Goal::End(Some(pod(&json!([debugger("debug", "web")])))));
    assert!(actor.ended().await);
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_not_there_is_told() {
    let node = node().await;
    let actor = node.actor(&pod(&json!([debugger("debug", "nobody")])));
    node.until("running", |node| node.running() == ["web"]).await;
    let is_told = |_: &Node| {
        let state = actor.state.borrow();
        state.waiting.get("debug").is_some_and(|waiting| {
            waiting.reason == "CreateContainerConfigError"
                && waiting.message == "unable to find target container nobody"
        })
    };
    node.until("told", is_told).await;
    assert!(node.containers("debug").is_empty());
}

//! The actor's loop on a fake node, under a paused clock.

mod cut_off;
mod early_ends;
mod ephemeral;
mod grace;
mod network;
mod restart_all;
mod restarts;

use crate::actor::{Goal, PodPhase};
use crate::testing::{HangingPods, Node, PodOptions, wanted};
use cri::Operation;
use cri::fake::{FakeOptions, FakeRuntime, Pull, What};
use std::time::Duration;

/// A runtime whose image `slow:1` takes a minute to come.
fn runtime() -> FakeRuntime {
    FakeRuntime::new(FakeOptions::default().registry(|image| {
        let after = if image.image.contains("slow") { Duration::from_secs(60) } else { Duration::ZERO };
        Pull::Arrives { after, size_bytes: 1 << 20 }
    }))
}

#[tokio::test(start_paused = true)]
async fn a_pod_runs_and_leaves_nothing_behind() {
    let node = Node::new(runtime()).await;
    let pod = wanted("web", PodOptions::default());
    let actor = node.actor(&pod);
    node.until("running", |node| node.running() == ["web"]).await;
    assert!(node.has_directory(&pod.uid));
    actor.goal.send_replace(Goal::End(Some(pod.clone())));
    assert!(actor.ended().await, "nothing is left");
    assert!(node.running().is_empty() && node.runtime.ready_sandboxes().is_empty());
    assert_eq!(node.count(&What::SandboxRemoved), 1);
    assert!(!node.has_directory(&pod.uid));
    assert!(node.host.cgroups().pods.is_empty());
}

/// The pull goes on in nobody's name; the pod is gone long before it ends, and its container is never made.
#[tokio::test(start_paused = true)]
async fn a_removal_is_seen_during_a_slow_pull() {
    let node = Node::new(runtime()).await;
    let pod = wanted("web", PodOptions { image: "slow:1", ..PodOptions::default() });
    let actor = node.actor(&pod);
    let pulls = |node: &Node| node.runtime.calls().contains_key(&Operation::PullImage);
    node.until("pulling", pulls).await;
    actor.goal.send_replace(Goal::End(Some(pod)));
    assert!(actor.ended().await);
    let took = node.runtime.elapsed();
    assert!(took < Duration::from_secs(5), "it took {took:?}");
    assert_eq!(node.count(&What::ContainerCreated), 0);
    assert!(node.runtime.ready_sandboxes().is_empty());
}

/// There are two places for chains of calls. Pods that hang in them give theirs up.
#[tokio::test(start_paused = true)]
async fn a_call_that_hangs_delays_no_other_pod() {
    let runtime = runtime();
    runtime.set_faults(HangingPods(&["hung1", "hung2", "hung3"]));
    let node = Node::new(runtime).await;
    let hung = ["hung1", "hung2", "hung3"].map(|name| node.actor(&wanted(name, PodOptions::default())));
    let asked = |node: &Node| node.runtime.calls().get(&Operation::RunPodSandbox) == Some(&2);
    node.until("both places are taken", asked).await;
    let _web = node.actor(&wanted("web", PodOptions::default()));
    let took = node.until("running", |node| node.running() == ["web"]).await;
    assert!(took < Duration::from_secs(7), "two calls gave up their places, one after the other: {took:?}");
    for actor in hung {
        assert_eq!(actor.state.borrow().phase, PodPhase::Syncing);
    }
}

/// The next kubelet finds the pod as it is, and touches nothing.
#[tokio::test(start_paused = true)]
async fn a_restart_adopts_what_runs() {
    let node = Node::new(runtime()).await;
    let pod = wanted("web", PodOptions::default());
    let actor = node.actor(&pod);
    node.until("running", |node| node.running() == ["web"]).await;
    node.stop.request();
    assert!(!actor.ended().await, "the pod lives on");
    let journal = node.runtime.journal();
    let node = node.next().await;
    let actor = node.actor(&pod);
    let is_seen = |_: &Node| actor.state.borrow().seen.as_ref().is_some_and(|seen| !seen.is_absent());
    node.until("seen", is_seen).await;
    node.pass(Duration::from_secs(60)).await;
    assert_eq!(node.runtime.journal(), journal, "a container was touched");
}

/// One that a kubelet left half made is finished by the next one, in the same sandbox.
#[tokio::test(start_paused = true)]
async fn a_death_in_the_middle_is_taken_up() {
    let node = Node::new(runtime()).await;
    let pod = wanted("web", PodOptions::default());
    let actor = node.actor(&pod);
    node.until("half made", |node| node.count(&What::SandboxCreated) == 1).await;
    drop(actor);
    let node = node.next().await;
    let _actor = node.actor(&pod);
    node.until("running", |node| node.running() == ["web"]).await;
    assert_eq!(node.runtime.ready_sandboxes().len(), 1);
    assert_eq!(node.containers("web").len(), 1);
}

//! A pod that is removed while its container starts: the call is let finish, and not for ever.

use crate::actor::Goal;
use crate::testing::{Node, PodOptions, wanted};
use cri::Operation;
use cri::fake::{FakeOptions, FakeRuntime, Fault, Script, Stage, What};
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn a_start_under_way_is_let_finish() {
    let second = Duration::from_secs(1);
    for (what, fault, is_started, longest) in
        [("slow", Fault::delay(second), true, second * 3), ("hangs", Fault::hang(), false, second * 20)]
    {
        let runtime = FakeRuntime::new(FakeOptions::default());
        runtime.set_faults(Script::new().next(Stage::During, Operation::StartContainer, 1, fault));
        let node = Node::new(runtime).await;
        let pod = wanted("web", PodOptions { grace_seconds: 2, ..PodOptions::default() });
        let actor = node.actor(&pod);
        node.until("made", |node| node.count(&What::ContainerCreated) == 1).await;
        node.pass(second / 10).await;
        actor.goal.send_replace(Goal::End(Some(pod)));
        let took = node.until("gone", |node| node.count(&What::SandboxRemoved) == 1).await;
        assert!(took < longest, "{what}: {took:?}");
        assert_eq!(node.count(&What::ContainerStarted) == 1, is_started, "{what}");
        assert!(actor.ended().await, "{what}");
    }
}

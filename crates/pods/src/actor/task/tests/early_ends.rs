//! Successors that do not wait until the runtime tells of an end.

use crate::testing::{Node, PodOptions, wanted};
use cri::fake::{FakeOptions, FakeRuntime};
use std::time::Duration;

const PID: u32 = 4000;

async fn node() -> Node {
    let node = Node::new(FakeRuntime::new(FakeOptions::default())).await;
    node.slow_processes();
    node
}

#[tokio::test(start_paused = true)]
async fn a_successor_starts_when_the_process_ends() {
    let node = node().await;
    let pod = wanted("web", PodOptions::default());
    let actor = node.actor(&pod);
    let told = || {
        let state = actor.state.borrow();
        let seen = state.seen.clone().expect("it was looked at");
        seen.containers.iter().map(|container| container.restart_count).collect::<Vec<_>>()
    };
    let first = node.start_process(&pod.uid, PID).await;
    node.host.end_process(PID);
    let took = node.until("its successor runs", |node| node.running().len() == 2).await;
    assert!(took < Duration::from_millis(20), "{took:?}");
    assert_eq!(told(), [0], "how the first one ended is told first");
    node.runtime.crash_container(&first, 3);
    node.until("both are told", |_| told() == [1, 0]).await;

    // The next time it has to wait, and that begins with the end that the runtime tells of.
    let second = node.start_process(&pod.uid, PID + 1).await;
    node.host.end_process(PID + 1);
    node.pass(Duration::from_secs(3)).await;
    assert_eq!(node.containers("web").len(), 2);
    node.runtime.crash_container(&second, 3);
    let took = node.until("a third one runs", |node| node.containers("web").len() == 3).await;
    assert!(took >= Duration::from_secs(10), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn where_the_exit_code_counts_it_is_waited_for() {
    for policy in ["OnFailure", "Never"] {
        let node = node().await;
        let pod = wanted("web", PodOptions { policy, ..PodOptions::default() });
        let _actor = node.actor(&pod);
        node.start_process(&pod.uid, PID).await;
        node.host.end_process(PID);
        node.pass(Duration::from_secs(3)).await;
        assert_eq!(node.containers("web").len(), 1, "{policy}");
    }
}

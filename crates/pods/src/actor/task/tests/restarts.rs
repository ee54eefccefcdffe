//! Restarts and their back-off.

use crate::testing::{Node, PodOptions, wanted};
use cri::fake::{FakeOptions, FakeRuntime, Program};
use std::time::Duration;

/// Its container fails after a second, again and again.
fn crashing() -> FakeRuntime {
    let options = FakeOptions::default();
    FakeRuntime::new(options.programs(|_| Program::exits_after(Duration::from_secs(1), 1)))
}

/// Whole seconds from each end to the next start.
fn pauses(node: &Node) -> Vec<u64> {
    let containers = node.containers("web");
    let pairs = containers.iter().zip(containers.iter().skip(1));
    let pauses =
        pairs.map(|(ended, next)| next.created_at.saturating_sub(ended.finished_at.unwrap_or_default()));
    pauses.map(|pause| pause.as_secs()).collect()
}

#[tokio::test(start_paused = true)]
async fn the_pause_doubles() {
    let node = Node::new(crashing()).await;
    let _actor = node.actor(&wanted("web", PodOptions::default()));
    node.until("five starts", |node| node.containers("web").len() == 5).await;
    assert_eq!(pauses(&node), [0, 10, 20, 40]);
}

/// The next kubelet waits for as long as this one would have, and counts on.
#[tokio::test(start_paused = true)]
async fn back_off_and_count_survive_a_restart() {
    let node = Node::new(crashing()).await;
    let pod = wanted("web", PodOptions::default());
    let actor = node.actor(&pod);
    let is_down =
        |count: usize| move |node: &Node| node.containers("web").len() == count && node.running().is_empty();
    node.until("down the third time", is_down(3)).await;
    drop(actor);
    let node = node.next().await;
    let _actor = node.actor(&pod);
    node.until("up once more", |node| node.containers("web").len() == 4).await;
    assert_eq!(pauses(&node), [0, 10, 20]);
    let counts: Vec<u32> = node.containers("web").iter().map(|container| container.attempt()).collect();
    assert_eq!(counts, [0, 1, 2, 3]);
}

/// Rows: policy, exit code, and whether it is started again.
#[tokio::test(start_paused = true)]
async fn policies() {
    for (policy, exit_code, is_restarted) in
        [("Always", 0, true), ("OnFailure", 1, true), ("OnFailure", 0, false), ("Never", 1, false)]
    {
        let options = FakeOptions::default();
        let program = move |_: &_| Program::exits_after(Duration::from_secs(1), exit_code);
        let node = Node::new(FakeRuntime::new(options.programs(program))).await;
        let actor = node.actor(&wanted("web", PodOptions { policy, ..PodOptions::default() }));
        node.pass(Duration::from_secs(5)).await;
        let count = node.containers("web").len();
        assert_eq!(count, if is_restarted { 2 } else { 1 }, "{policy} {exit_code}");
        assert_eq!(actor.state.borrow().is_over(), !is_restarted, "{policy} {exit_code}");
    }
}

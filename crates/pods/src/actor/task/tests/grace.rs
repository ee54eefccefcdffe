//! How long a container gets to end, whatever happens meanwhile. Its program ignores the signal, so that it ends when it is killed.

use crate::actor::{Goal, PodPhase};
use crate::testing::{Node, PodOptions, wanted};
use cri::fake::{FakeOptions, FakeRuntime, OnStop, Program};
use std::sync::Arc;
use std::time::Duration;
use types::WantedPod;

/// Something said of the pod.
#[derive(Clone, Copy, Debug)]
enum Said {
    /// Its container is to run another image: it is stopped and made anew.
    Changed,
    /// Its source does not want it any more.
    Removed,
    /// The API server has it marked as deleted, with this much grace.
    Deleted(i64),
}

/// Says things at their seconds to a pod that has 30 s of grace; the second at which its first container was killed.
async fn killed_at(rows: &[(u64, Said)]) -> u64 {
    let stubborn = |_: &_| Program::forever().on_stop(OnStop::Ignores);
    let node = Node::new(FakeRuntime::new(FakeOptions::default().programs(stubborn))).await;
    let pod = wanted("web", PodOptions::default());
    let actor = node.actor(&pod);
    node.until("running", |node| node.running() == ["web"]).await;
    let began = node.runtime.elapsed();
    for (at, said) in rows {
        node.until("due", |node| node.runtime.elapsed() - began >= Duration::from_secs(*at)).await;
        actor.goal.send_replace(goal(*said, &pod));
    }
    node.until("killed", |node| node.containers("web")[0].finished_at.is_some()).await;
    let took = node.containers("web")[0].finished_at.unwrap_or_default() - began;
    if rows.iter().any(|(_, said)| matches!(said, Said::Removed)) {
        assert!(actor.ended().await, "{rows:?}");
    } else if rows.iter().any(|(_, said)| matches!(said, Said::Deleted(_))) {
        node.until("over", |_| actor.state.borrow().is_over()).await;
        assert_eq!(actor.state.borrow().phase, PodPhase::Completed);
    }
    took.as_secs_f64().round() as u64
}

fn goal(said: Said, pod: &Arc<WantedPod>) -> Goal {
    match said {
        Said::Changed => Goal::Run(wanted("web", PodOptions { image: "other:1", ..PodOptions::default() })),
        Said::Removed => Goal::End(Some(pod.clone())),
        Said::Deleted(seconds) => {
            let options = PodOptions { deleted_within_seconds: Some(seconds), ..PodOptions::default() };
            Goal::Stop(wanted("web", options))
        }
    }
}

#[tokio::test(start_paused = true)]
async fn grace_is_given_once_and_only_shrinks() {
    for (rows, expected) in [
        // What the pod says itself.
        (vec![(0, Said::Removed)], 30),
        // A removal while the stop of a changed definition is under way: it has what is left.
        (vec![(0, Said::Changed), (10, Said::Removed)], 30),
        // What the API server says wins, whether it is less or more.
        (vec![(0, Said::Deleted(5))], 5),
        (vec![(0, Said::Deleted(60))], 60),
        // kubectl delete --force --grace-period=1 after a slow one: at least two seconds from then.
        (vec![(0, Said::Deleted(30)), (7, Said::Deleted(1))], 9),
        (vec![(0, Said::Deleted(30)), (7, Said::Deleted(10))], 17),
        // It cannot be lengthened again, by whatever is said.
        (vec![(0, Said::Deleted(5)), (1, Said::Deleted(60))], 5),
        (vec![(0, Said::Deleted(5)), (1, Said::Removed)], 5),
        // A changed definition and then a deletion that is shorter than what is left.
        (vec![(0, Said::Changed), (3, Said::Deleted(4))], 7),
        // None at all is two seconds.
        (vec![(0, Said::Deleted(0))], 2),
    ] {
        assert_eq!(killed_at(&rows).await, expected, "{rows:?}");
    }
}

//! Events to the API server: what `kubectl describe` shows.
//!
//! ```text
//! whoever did something ── EventQueue (bounded, never waits) ─▶ correlate ─▶ create, or patch the count
//!                                                                                └ server away: later, 12 times
//! ```
//!
//! Owns the memory of what was told (for counting, combining, and against floods) and what waits for the server; all of it is
//! bounded. One task, which ends with its `Stop`. Events are ordered; one that has to wait lets the others pass, and an older
//! state of an event never overwrites a younger one.
//!
//! Source: `client-go/tools/record/event.go`, v0.37. Upstream holds everything up while it tries one event again.

mod convert;
mod correlator;
mod deferred;
mod name;
mod queue;
mod task;
#[cfg(test)]
mod tests;

pub use queue::EventQueue;

use crate::events::Events;
use correlator::Correlator;
use deferred::Waiting;
use name::Moments;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use std::future::Future;
use task::Task;
use tasks::Stop;

/// The recorder of the kubelet on `node_name`: where events are handed in, and what writes them. `seed` is chance: names of last
/// resort and the lengths of pauses.
pub fn recorder(
    events: Events,
    node_name: &str,
    seed: u64,
    stop: Stop,
) -> (EventQueue, impl Future<Output = ()> + Send + 'static) {
    let (queue, told) = queue::queue();
    let task = Task {
        events,
        node_name: node_name.to_owned(),
        random: SmallRng::seed_from_u64(seed),
        moments: Moments::default(),
        correlator: Correlator::new(),
        waiting: Waiting::default(),
    };
    (queue, task.run(told, stop))
}

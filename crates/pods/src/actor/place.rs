//! A place among the chains of runtime calls that are under way.
//!
//! Places keep a burst of pods from slowing each other down. They must not let a pod whose call hangs keep others
//! from starting: whoever takes unusually long goes on without one.

use crate::chains::Turn;
use crate::world::World;
use futures::FutureExt;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;
use tokio::time::timeout;

/// The longest a single call keeps its place: many times what it takes on a busy machine.
const LONGEST_CALL: Duration = Duration::from_secs(3);

/// A stop call that takes longer than this waits for its process, not for the machine.
const LONGEST_STOP: Duration = Duration::from_millis(500);

/// A place, or what is left of it.
pub(super) struct Place(Option<Turn>);

impl Place {
    /// Waits for its turn.
    pub(super) async fn take(world: &World) -> Self {
        Self(Some(world.chains.enter().await))
    }

    /// Gives it back: for what takes long by nature, as an image pull.
    pub(super) fn leave(&mut self) {
        self.0 = None;
    }

    /// Runs what may wait for somebody else: without the place, unless it is done at once.
    pub(super) async fn outside<T>(&mut self, wait: impl Future<Output = T>) -> T {
        let mut wait = pin!(wait);
        if let Some(answer) = (&mut wait).now_or_never() {
            return answer;
        }
        self.leave();
        wait.await
    }

    /// Waits for its turn again, if it has no place any more.
    pub(super) async fn come_back(&mut self, world: &World) {
        if self.0.is_none() {
            *self = Self::take(world).await;
        }
    }

    /// Runs a call that belongs to the chain.
    pub(super) async fn during<T>(&mut self, call: impl Future<Output = T>) -> T {
        self.at_most(LONGEST_CALL, call).await
    }

    /// Runs a call that may wait for a process to end.
    pub(super) async fn during_stop<T>(&mut self, call: impl Future<Output = T>) -> T {
        self.at_most(LONGEST_STOP, call).await
    }

    async fn at_most<T>(&mut self, longest: Duration, call: impl Future<Output = T>) -> T {
        let mut call = pin!(call);
        if self.0.is_some() {
            if let Ok(answer) = timeout(longest, &mut call).await {
                return answer;
            }
            self.0 = None;
        }
        call.await
    }
}

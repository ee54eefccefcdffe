//! An in-memory runtime for the simulation and for unit tests: the traits, without gRPC, processes or disks.
//!
//! ```text
//!  calls ─▶ Faults: before ─▶ effect ─(during)─▶ World ─▶ Faults: after ─▶ answer
//!                                                  │
//!                       programs exit when due ────┤────▶ events, watched pids, journal
//! ```
//!
//! It behaves as containerd does where a kubelet can tell: names are reserved, a container that cannot start is left
//! exited with code 128, a stop waits for the process, a verbose status holds the pid, an id that is not there is
//! `NotFound`. The contract suite holds it to that.
//!
//! Deterministic: time is tokio's (pausable), ids and addresses are counted, nothing iterates over hashed maps, nothing is
//! spawned. What is due happens when somebody next looks, with the time at which it was due.
//!
//! A [`FakeRuntime`] is a handle: clones share one world, which lives on while the kubelet above it is "restarted".

mod call;
mod control;
mod events;
mod faults;
mod image_names;
mod journal;
mod look;
mod objects;
mod options;
mod program;
mod world;

mod checkpoints;
mod containers;
mod images;
mod sandboxes;
mod state;
mod stats;
mod streaming;

#[cfg(test)]
mod tests;

pub use call::Call;
pub use control::ProcessExit;
pub use faults::{EventFault, Fault, Faults, Leftover, NoFaults, Script, Stage, Then};
pub use journal::{ContainerRecord, Entry, SandboxRecord, StopRequest, What};
pub use options::{EventSupport, ExecOutcome, FakeOptions, Manners, Pull, WallClock};
pub use program::{OnStop, Program};

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use world::World;

/// The in-memory runtime. Cheap to clone; clones share one world.
#[derive(Clone)]
pub struct FakeRuntime {
    shared: Arc<Shared>,
}

struct Shared {
    options: FakeOptions,
    world: Mutex<World>,
    faults: Mutex<Arc<dyn Faults>>,
    /// Woken when an event was queued or something became due earlier.
    events_changed: Notify,
    /// Woken when the runtime goes down: calls under way fail, in the order of their waiting.
    went_down: Notify,
}

impl FakeRuntime {
    /// An empty world without faults.
    pub fn new(options: FakeOptions) -> Self {
        FakeRuntime {
            shared: Arc::new(Shared {
                world: Mutex::new(World::new(options.clock.clone(), options.tells_ends_after)),
                options,
                faults: Mutex::new(Arc::new(NoFaults)),
                events_changed: Notify::new(),
                went_down: Notify::new(),
            }),
        }
    }

    /// The world as it is now, to look at: everything due has happened.
    fn world(&self) -> MutexGuard<'_, World> {
        let mut world = self.shared.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.settle();
        self.send_events(&mut world);
        world
    }

    /// Changes the world as it is now, and tells those who wait.
    fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.world();
        let due = world.next_due();
        let result = change(&mut world);
        self.send_events(&mut world);
        if world.next_due() != due {
            self.shared.events_changed.notify_waiters();
        }
        result
    }
}

impl Default for FakeRuntime {
    fn default() -> Self {
        FakeRuntime::new(FakeOptions::default())
    }
}

impl std::fmt::Debug for FakeRuntime {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("FakeRuntime").finish_non_exhaustive()
    }
}

//! An in-memory API server for the simulation and for unit tests: HTTP requests in, HTTP answers out, watches included, so
//! that the real client code runs on it.
//!
//! ```text
//!  kube::Client ─▶ FakeService ─▶ Faults: before ─▶ authorize ─▶ verb ─▶ Faults: after ─▶ answer
//!                                                                  │
//!                       Store: objects, revisions, history ◀───────┴───▶ Journal: requests, changes
//!                                  │
//!                                  └──▶ watches, each from its own revision
//! ```
//!
//! It behaves as kube-apiserver does where a kubelet can tell: versions and conflicts, strategic merge patches by
//! upstream's merge keys, status apart from specification, deletion of pods with grace, Node authorizer and
//! NodeRestriction in short form, watches with bookmarks and streaming lists. The contract suite holds it to that. It
//! validates only what a kubelet can get wrong, and has no controllers: a test plays those through [`FakeApiServer::admin`].
//!
//! Deterministic: time is tokio's (pausable), UIDs and names are counted, nothing iterates over hashed maps, nothing is
//! spawned.
//!
//! A [`FakeApiServer`] is a handle: clones share one server, which lives on while the kubelet beside it is "restarted".

mod call;
mod failure;
mod faults;
mod journal;
mod resources;
mod store;

mod control;
mod serve;

mod read;
mod request;
mod selectors;
mod watches;

mod admission;
mod authorizer;
mod patch;
mod pods;
mod tokens;
mod write;

#[cfg(test)]
mod tests;

pub use call::{Call, User, Verb};
pub use control::Scene;
pub use failure::Failure;
pub use faults::{Fault, Faults, NoFaults, Script, Stage, Then, WatchFault};
pub use journal::{Entry, ObjectChange};
pub use resources::{
    CLUSTER_TRUST_BUNDLES, CONFIG_MAPS, EVENTS, LEASES, NAMESPACES, NODES, POD_CERTIFICATE_REQUESTS, PODS,
    RUNTIME_CLASSES, Resource, SECRETS, SERVICE_ACCOUNTS, SERVICES, Scope, StatusWrites,
};
pub use serve::{FakeService, TransportError};
pub use store::{Key, Revisions, Snapshot};

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::Value;
use tasks::Clock;
use tokio::sync::Notify;

use journal::Journal;
use store::Store;

/// The in-memory API server. Cheap to clone; clones share one server.
#[derive(Clone)]
pub struct FakeApiServer {
    shared: Arc<Shared>,
}

struct Shared {
    clock: Clock,
    state: Mutex<State>,
    faults: Mutex<Arc<dyn Faults>>,
    /// Woken when a watch has something to look at. Wakes in the order of waiting, as `watch` channels do not.
    changed: Notify,
    /// Woken when the server goes away.
    went_down: Notify,
}

/// All that a request may look at and change.
struct State {
    store: Store,
    journal: Journal,
    availability: Availability,
    /// Counts the times the server went away.
    outages: u64,
    /// Counts the times all watches were cut.
    cuts: u64,
    /// Objects made so far: their UIDs and generated names are counted.
    made: u64,
}

/// Whether the server can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Availability {
    Up,
    Down,
}

impl FakeApiServer {
    /// A server without objects and without faults, whose timestamps follow `clock`.
    pub fn new(clock: Clock) -> Self {
        let state = State {
            store: Store::new(),
            journal: Journal::new(),
            availability: Availability::Up,
            outages: 0,
            cuts: 0,
            made: 0,
        };
        FakeApiServer {
            shared: Arc::new(Shared {
                clock,
                state: Mutex::new(state),
                faults: Mutex::new(Arc::new(NoFaults)),
                changed: Notify::new(),
                went_down: Notify::new(),
            }),
        }
    }

    /// A client of `user`, to be made within a tokio runtime.
    pub fn client(&self, user: User) -> kube::Client {
        kube::Client::new(self.service(user), "default")
    }

    /// What [`FakeApiServer::client`] gives to `kube`, for those who put something in between.
    pub fn service(&self, user: User) -> FakeService {
        FakeService::new(self.clone(), user)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn faults(&self) -> Arc<dyn Faults> {
        Arc::clone(&self.shared.faults.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }
}

impl State {
    /// Stores an object and notes who did it.
    fn put(&mut self, by: &User, key: Key, object: Value) -> Arc<Value> {
        let before = self.store.get(&key).cloned();
        let after = self.store.put(key.clone(), object);
        if before.as_ref() != Some(&after) {
            self.journal.changed(by, &key, before, Some(after.clone()));
        }
        after
    }

    /// Removes an object and notes who did it.
    fn remove(&mut self, by: &User, key: &Key) -> Option<Arc<Value>> {
        let last = self.store.remove(key)?;
        self.journal.changed(by, key, Some(last.clone()), None);
        Some(last)
    }
}

impl std::fmt::Debug for FakeApiServer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("FakeApiServer").finish_non_exhaustive()
    }
}

/// A moment as it is written into objects: whole seconds.
fn timestamp(moment: Timestamp) -> Value {
    Value::from(moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

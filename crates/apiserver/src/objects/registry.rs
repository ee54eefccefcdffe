//! Who is watched.

use super::keeper::Keeper;
use super::{Object, Source, State};
use crate::call::Call;
use crate::caller::Caller;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tasks::{Stop, watch};
use tokio_util::task::AbortOnDropHandle;

/// Namespace and name.
pub(super) type Key = (Box<str>, Box<str>);

/// All objects of one kind that are watched. A map behind a lock and not a task, so that subscribing needs no
/// waiting; the lock is held for a look-up. All watches end with the last clone.
pub(super) struct Registry<K> {
    shared: Arc<Shared<K>>,
}

struct Shared<K> {
    caller: Caller,
    stop: Stop,
    entries: Mutex<BTreeMap<Key, Entry<K>>>,
}

struct Entry<K> {
    states: Arc<watch::Sender<State<K>>>,
    _keeper: AbortOnDropHandle<()>,
}

impl<K> Clone for Registry<K> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone() }
    }
}

impl<K: Source> Registry<K> {
    pub(super) fn new(caller: Caller, stop: Stop) -> Self {
        Self { shared: Arc::new(Shared { caller, stop, entries: Mutex::default() }) }
    }

    /// Subscribes to an object, and begins to watch it unless it is watched.
    pub(super) fn subscribe(&self, namespace: &str, name: &str) -> Object<K> {
        let call = Call::new("get", K::RESOURCE, namespace, name);
        let key: Key = (namespace.into(), name.into());
        let mut entries = self.shared.entries();
        if let Some(entry) = entries.get(&key) {
            return Object { call, states: entry.states.subscribe() };
        }
        let (states, receiver) = watch::channel(State::Pending);
        let states = Arc::new(states);
        let keeper =
            Keeper { caller: self.shared.caller.clone(), call: call.clone(), states: states.clone() };
        // The task must not hold what holds the task.
        let (shared, stop) = (Arc::downgrade(&self.shared), self.shared.stop.clone());
        let watched = key.clone();
        let task = tokio::spawn(async move {
            let forget_unused = || shared.upgrade().is_none_or(|shared| shared.forget_unused(&watched));
            tokio::select! {
                biased;
                () = stop.requested() => {
                    if let Some(shared) = shared.upgrade() {
                        shared.entries().remove(&watched);
                    }
                }
                () = keeper.run(forget_unused) => {}
            }
        });
        entries.insert(key, Entry { states, _keeper: AbortOnDropHandle::new(task) });
        Object { call, states: receiver }
    }
}

impl<K> Shared<K> {
    /// Forgets an object that nobody is subscribed to; says whether it did.
    fn forget_unused(&self, key: &Key) -> bool {
        let mut entries = self.entries();
        let is_unused = entries.get(key).is_none_or(|entry| entry.states.receiver_count() == 0);
        if is_unused {
            entries.remove(key);
        }
        is_unused
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<Key, Entry<K>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

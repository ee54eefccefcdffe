//! Who is watched.

use super::keeper::Keeper;
use super::{Object, Source, State};
use crate::call::Call;
use crate::caller::Caller;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tasks::Stop;
use tokio::sync::watch;

/// Namespace and name.
pub(super) type Key = (Box<str>, Box<str>);

/// All objects of one kind that are watched. A map behind a lock and not a task, so that subscribing needs no
/// waiting; the lock is held for a look-up.
pub(super) struct Registry<K> {
    shared: Arc<Shared<K>>,
}

struct Shared<K> {
    caller: Caller,
    stop: Stop,
    entries: Mutex<BTreeMap<Key, Arc<watch::Sender<State<K>>>>>,
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
        let mut entries = self.shared.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(states) = entries.get(&key) {
            return Object { call, states: states.subscribe() };
        }
        let (states, receiver) = watch::channel(State::Pending);
        let states = Arc::new(states);
        entries.insert(key.clone(), states.clone());
        drop(entries);
        let keeper = Keeper { caller: self.shared.caller.clone(), call: call.clone(), states };
        let (registry, stop) = (self.clone(), self.shared.stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                biased;
                () = stop.requested() => registry.forget(&key),
                () = keeper.run(|| registry.forget_unused(&key)) => {}
            }
        });
        Object { call, states: receiver }
    }

    /// Forgets an object that nobody is subscribed to; says whether it did.
    fn forget_unused(&self, key: &Key) -> bool {
        let mut entries = self.shared.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let is_unused = entries.get(key).is_none_or(|states| states.receiver_count() == 0);
        if is_unused {
            entries.remove(key);
        }
        is_unused
    }

    fn forget(&self, key: &Key) {
        self.shared.entries.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

//! A small copy of all objects of one kind: only what the kubelet reads of them.

use crate::caller::Caller;
use crate::watch::{Change, Follower, Selection};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use tasks::{Stop, watch};
use tokio_util::task::AbortOnDropHandle;

/// The part of an object's metadata that tells it from others.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Identity {
    #[serde(default)]
    pub(crate) namespace: Box<str>,
    #[serde(default)]
    pub(crate) name: Box<str>,
}

/// An object as it is read from the server, and what is kept of it.
pub(crate) trait Copied: DeserializeOwned + Send + 'static {
    /// What is kept.
    type Kept: Send + Sync + 'static;
    /// Its namespace, empty without one, its name, and what is kept.
    fn keep(self) -> (Identity, Self::Kept);
}

type ByNamespace<V> = BTreeMap<Box<str>, BTreeMap<Box<str>, Arc<V>>>;

/// The copy. One task writes it, and ends with it.
pub(crate) struct ClusterCopy<V> {
    contents: Arc<Contents<V>>,
    _task: AbortOnDropHandle<()>,
}

/// What is there. The lock is there because copying a map of thousands at each change, for a `watch`, would cost more than
/// the lock, which is held for a look-up.
struct Contents<V> {
    objects: RwLock<ByNamespace<V>>,
    synced: watch::Sender<bool>,
}

impl<V: Send + Sync + 'static> ClusterCopy<V> {
    /// Begins to follow `selection`, until `stop`.
    pub(crate) fn start<K>(caller: Caller, selection: Selection, stop: Stop) -> Arc<Self>
    where
        K: Copied<Kept = V>,
    {
        let contents = Arc::new(Contents { objects: RwLock::default(), synced: watch::Sender::new(false) });
        let written = contents.clone();
        let mut follower = Follower::<K>::new(caller, selection);
        let task = tokio::spawn(async move {
            loop {
                tokio::select! {
                    biased;
                    () = stop.requested() => return,
                    change = follower.next() => written.apply(change),
                }
            }
        });
        Arc::new(Self { contents, _task: AbortOnDropHandle::new(task) })
    }

    /// Resolves once everything was listed.
    pub(crate) async fn synced(&self) {
        // The sender lives as long as `self`.
        let _ = self.contents.synced.subscribe().wait_for(|is_synced| *is_synced).await;
    }

    /// Whether everything was listed.
    pub(crate) fn is_synced(&self) -> bool {
        *self.contents.synced.borrow()
    }

    /// One object.
    pub(crate) fn get(&self, namespace: &str, name: &str) -> Option<Arc<V>> {
        let objects = self.contents.objects.read().unwrap_or_else(PoisonError::into_inner);
        objects.get(namespace)?.get(name).cloned()
    }

    /// All objects of a namespace, by name.
    pub(crate) fn of_namespace(&self, namespace: &str) -> Vec<Arc<V>> {
        let objects = self.contents.objects.read().unwrap_or_else(PoisonError::into_inner);
        objects.get(namespace).map(|objects| objects.values().cloned().collect()).unwrap_or_default()
    }
}

impl<V: Send + Sync + 'static> Contents<V> {
    fn apply<K: Copied<Kept = V>>(&self, change: Change<K>) {
        let mut objects = self.objects.write().unwrap_or_else(PoisonError::into_inner);
        match change {
            Change::Listed(listed) => {
                objects.clear();
                listed.into_iter().for_each(|object| insert(&mut objects, object));
                drop(objects);
                self.synced.send_if_modified(|is_synced| !std::mem::replace(is_synced, true));
            }
            Change::Applied(object) => insert(&mut objects, object),
            Change::Deleted(object) => {
                let (Identity { namespace, name }, _) = object.keep();
                if let Some(of_namespace) = objects.get_mut(&namespace) {
                    of_namespace.remove(&name);
                    if of_namespace.is_empty() {
                        objects.remove(&namespace);
                    }
                }
            }
            Change::Failed(_) => {}
        }
    }
}

fn insert<K: Copied>(objects: &mut ByNamespace<K::Kept>, object: K) {
    let (Identity { namespace, name }, kept) = object.keep();
    objects.entry(namespace).or_default().insert(name, Arc::new(kept));
}

#[cfg(test)]
#[path = "cluster_copy_tests.rs"]
mod tests;

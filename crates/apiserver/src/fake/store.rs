//! The objects, one counter for all of them, and what changed when: etcd and the watch cache in one.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde_json::{Value, json};

use super::resources::Resource;

/// Changes that are kept for watches; older ones are compacted away. A real server keeps five minutes.
const MAX_HISTORY: usize = 4096;

/// The first revision: above 0, which means "any" in requests.
const FIRST_REVISION: u64 = 1000;

/// Which object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Its kind.
    pub resource: &'static Resource,
    /// Its namespace; empty for objects that live in none.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// One change.
#[derive(Debug, Clone)]
pub(super) struct Change {
    /// The revision that it made.
    pub(super) revision: u64,
    /// Of what.
    pub(super) key: Key,
    /// The object before it; `None` when it was created.
    pub(super) before: Option<Arc<Value>>,
    /// The object after it; `None` when it was removed.
    pub(super) after: Option<Arc<Value>>,
}

/// Everything that is stored.
#[derive(Debug)]
pub(super) struct Store {
    objects: BTreeMap<Key, Arc<Value>>,
    history: VecDeque<Change>,
    head: u64,
    compacted: u64,
}

/// All objects as they once were.
#[derive(Debug, Clone)]
pub struct Snapshot {
    objects: BTreeMap<Key, Arc<Value>>,
    head: u64,
}

/// What revisions do when a snapshot is restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revisions {
    /// They go on above all that clients have seen, as `etcdutl snapshot restore --bump-revision --mark-compacted` does it.
    GoOn,
    /// They go back, as after a plain restore: clients know of a future that there never was.
    GoBack,
}

impl Store {
    pub(super) fn new() -> Self {
        Store {
            objects: BTreeMap::new(),
            history: VecDeque::new(),
            head: FIRST_REVISION,
            compacted: FIRST_REVISION,
        }
    }

    /// The newest revision.
    pub(super) fn head(&self) -> u64 {
        self.head
    }

    /// The revision up to which history is forgotten.
    pub(super) fn compacted(&self) -> u64 {
        self.compacted
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Arc<Value>> {
        self.objects.get(key)
    }

    /// All objects of a kind, or those in one namespace.
    pub(super) fn list<'a>(
        &'a self,
        resource: &'static Resource,
        namespace: Option<&'a str>,
    ) -> impl Iterator<Item = (&'a Key, &'a Arc<Value>)> {
        let first =
            Key { resource, namespace: namespace.unwrap_or_default().to_owned(), name: String::new() };
        self.objects.range(first..).take_while(move |(key, _)| {
            key.resource == resource && namespace.is_none_or(|namespace| key.namespace == namespace)
        })
    }

    /// All objects as they were when `revision` was the newest; as far back as history reaches.
    pub(super) fn at(&self, revision: u64) -> Store {
        let mut objects = self.objects.clone();
        for change in self.history.iter().rev().take_while(|change| change.revision > revision) {
            match &change.before {
                Some(before) => objects.insert(change.key.clone(), before.clone()),
                None => objects.remove(&change.key),
            };
        }
        let head = revision.clamp(self.compacted, self.head);
        Store { objects, history: VecDeque::new(), head, compacted: self.compacted }
    }

    /// Stores an object under the next revision. One that is stored already as it is stays so: no revision, no event.
    pub(super) fn put(&mut self, key: Key, mut object: Value) -> Arc<Value> {
        let before = self.objects.get(&key).cloned();
        if let Some(before) = &before {
            object["metadata"]["resourceVersion"] = before["metadata"]["resourceVersion"].clone();
            if object == **before {
                return before.clone();
            }
        }
        self.head += 1;
        object["metadata"]["resourceVersion"] = json!(self.head.to_string());
        let object = Arc::new(object);
        self.objects.insert(key.clone(), object.clone());
        self.remember(Change { revision: self.head, key, before, after: Some(object.clone()) });
        object
    }

    /// Removes an object; what it was, with the revision of its removal.
    pub(super) fn remove(&mut self, key: &Key) -> Option<Arc<Value>> {
        let mut last = self.objects.remove(key)?;
        self.head += 1;
        Arc::make_mut(&mut last)["metadata"]["resourceVersion"] = json!(self.head.to_string());
        let key = key.clone();
        self.remember(Change { revision: self.head, key, before: Some(last.clone()), after: None });
        Some(last)
    }

    /// The changes after a revision, oldest first.
    pub(super) fn changes_after(&self, revision: u64) -> impl Iterator<Item = &Change> {
        let first = self.history.partition_point(|change| change.revision <= revision);
        self.history.iter().skip(first)
    }

    /// Lets revisions pass in which nothing changes.
    pub(super) fn pass(&mut self, count: u64) {
        self.head += count;
    }

    /// Forgets the history.
    pub(super) fn compact(&mut self) {
        self.history.clear();
        self.compacted = self.head;
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot { objects: self.objects.clone(), head: self.head }
    }

    pub(super) fn restore(&mut self, snapshot: &Snapshot, revisions: Revisions) {
        self.objects = snapshot.objects.clone();
        self.head = match revisions {
            Revisions::GoOn => self.head + 1,
            Revisions::GoBack => snapshot.head,
        };
        self.compact();
    }

    fn remember(&mut self, change: Change) {
        if self.history.len() == MAX_HISTORY
            && let Some(forgotten) = self.history.pop_front()
        {
            self.compacted = forgotten.revision;
        }
        self.history.push_back(change);
    }
}

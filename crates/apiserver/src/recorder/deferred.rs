//! Events that could not be written because the server was away, until their next try.

use super::correlator::Record;
use std::collections::BTreeMap;
use tokio::time::Instant;

/// So many wait at most; more are lost, the one that waits longest first.
const MAX_DEFERRED: usize = 1000;

/// One that waits.
#[derive(Debug)]
pub(super) struct Deferred {
    pub(super) record: Record,
    /// How often it was tried.
    pub(super) tries: u32,
}

/// Namespace and name of an event.
type Key = (String, String);

/// What waits, by when it is due.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    by_due: BTreeMap<(Instant, Key), Deferred>,
    due_of: BTreeMap<Key, Instant>,
}

impl Waiting {
    /// Puts one in until `due`. Returns whether another one had to go for it.
    pub(super) fn put(&mut self, deferred: Deferred, due: Instant) -> bool {
        let key = key(&deferred.record);
        self.forget(&key);
        let is_full = self.by_due.len() >= MAX_DEFERRED;
        if is_full && let Some(((_, key), _)) = self.by_due.pop_first() {
            self.due_of.remove(&key);
        }
        self.due_of.insert(key.clone(), due);
        self.by_due.insert((due, key), deferred);
        is_full
    }

    /// Forgets an older state of `record`'s event: what is written now has all that it had.
    pub(super) fn supersede(&mut self, record: &Record) {
        self.forget(&key(record));
    }

    /// When the next one is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.by_due.first_key_value().map(|((due, _), _)| *due)
    }

    /// Takes the one that is due first.
    pub(super) fn pop(&mut self) -> Option<Deferred> {
        let ((_, key), deferred) = self.by_due.pop_first()?;
        self.due_of.remove(&key);
        Some(deferred)
    }

    fn forget(&mut self, key: &Key) {
        if let Some(due) = self.due_of.remove(key) {
            self.by_due.remove(&(due, key.clone()));
        }
    }
}

fn key(record: &Record) -> Key {
    let metadata = &record.event.metadata;
    (metadata.namespace.clone().unwrap_or_default(), metadata.name.clone().unwrap_or_default())
}

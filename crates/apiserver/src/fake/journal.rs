//! What was asked and what changed, for whoever counts requests and checks invariants.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::call::{Call, User};
use super::store::Key;

/// Entries that are kept of each kind. Far above what a simulated run makes; a run away test ends here, not in the
/// machine's memory.
const MAX_ENTRIES: usize = 1 << 18;

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Time since the server began.
    pub at: Duration,
    /// What was asked.
    pub call: Call,
    /// The HTTP status it was answered with; `None` when there was no answer.
    pub code: Option<u16>,
}

/// One object that changed.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectChange {
    /// Time since the server began.
    pub at: Duration,
    /// Who changed it.
    pub by: User,
    /// Which one.
    pub key: Key,
    /// What it was; `None` when it was created.
    pub before: Option<Arc<Value>>,
    /// What it is; `None` when it was removed.
    pub after: Option<Arc<Value>>,
}

/// History of requests and changes.
#[derive(Debug)]
pub(super) struct Journal {
    began: Instant,
    entries: Vec<Entry>,
    changes: Vec<ObjectChange>,
}

impl Journal {
    pub(super) fn new() -> Self {
        Journal { began: Instant::now(), entries: Vec::new(), changes: Vec::new() }
    }

    /// Notes a request; where its answer is to be noted.
    pub(super) fn asked(&mut self, call: Call) -> usize {
        if self.entries.len() < MAX_ENTRIES {
            self.entries.push(Entry { at: self.began.elapsed(), call, code: None });
        }
        self.entries.len() - 1
    }

    pub(super) fn answered(&mut self, index: usize, code: u16) {
        if let Some(entry) = self.entries.get_mut(index) {
            entry.code = Some(code);
        }
    }

    pub(super) fn changed(
        &mut self,
        by: &User,
        key: &Key,
        before: Option<Arc<Value>>,
        after: Option<Arc<Value>>,
    ) {
        if self.changes.len() < MAX_ENTRIES {
            let at = self.began.elapsed();
            self.changes.push(ObjectChange { at, by: by.clone(), key: key.clone(), before, after });
        }
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn changes(&self) -> &[ObjectChange] {
        &self.changes
    }
}

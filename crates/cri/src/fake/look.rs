//! Looking at the world piece by piece, for whoever follows it as it goes on.

use super::FakeRuntime;
use super::journal::{ContainerRecord, Entry, SandboxRecord};

impl FakeRuntime {
    /// What happened after the first `seen` entries of the journal, in order.
    pub fn journal_since(&self, seen: usize) -> Vec<Entry> {
        self.world().journal.entries.get(seen..).unwrap_or_default().to_vec()
    }

    /// The life of one sandbox, also after its removal.
    pub fn sandbox_record(&self, id: &str) -> Option<SandboxRecord> {
        self.world().journal.sandboxes.get(id).cloned()
    }

    /// The life of one container, also after its removal.
    pub fn container_record(&self, id: &str) -> Option<ContainerRecord> {
        self.world().journal.containers.get(id).cloned()
    }
}

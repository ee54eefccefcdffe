//! What all sources together want. No I/O.

use crate::sources::SourceEvent;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use types::{PodSource, PodUid, WantedPod};

/// The wanted pods, and the order in which pods of one name get their turn.
#[derive(Debug)]
pub(super) struct Desired {
    pods: BTreeMap<PodUid, Arc<WantedPod>>,
    unsynced: BTreeSet<PodSource>,
}

/// What an event changed.
#[derive(Debug)]
pub(super) enum Change {
    /// This pod is wanted, or wanted differently.
    Wanted(Arc<WantedPod>),
    /// This pod is not wanted any more.
    Unwanted(PodUid),
    /// The last source has told all it knows.
    AllSynced,
    /// Nothing.
    None,
}

impl Desired {
    /// Nothing wanted yet, from these sources.
    pub(super) fn new(sources: BTreeSet<PodSource>) -> Self {
        Self { pods: BTreeMap::new(), unsynced: sources }
    }

    /// Whether every source has told all it knows.
    pub(super) fn is_synced(&self) -> bool {
        self.unsynced.is_empty()
    }

    /// The pod, if it is wanted.
    pub(super) fn get(&self, uid: &PodUid) -> Option<&Arc<WantedPod>> {
        self.pods.get(uid)
    }

    /// Takes an event in.
    pub(super) fn apply(&mut self, event: SourceEvent) -> Change {
        match event {
            SourceEvent::Upsert(wanted) => {
                self.pods.insert(wanted.uid.clone(), wanted.clone());
                Change::Wanted(wanted)
            }
            SourceEvent::Remove(source, uid) => {
                // Another source may want a pod of the same UID; it is not this one's to remove.
                if self.pods.get(&uid).is_some_and(|wanted| wanted.source == source) {
                    match self.pods.remove(&uid) {
                        Some(_) => Change::Unwanted(uid),
                        None => Change::None,
                    }
                } else {
                    Change::None
                }
            }
            SourceEvent::Synced(source) => {
                if self.unsynced.remove(&source) && self.unsynced.is_empty() {
                    Change::AllSynced
                } else {
                    Change::None
                }
            }
        }
    }
}

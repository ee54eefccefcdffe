//! What is known of one pod.

use super::question::Stamp;
use crate::observe::seen::{SeenContainer, SeenPod, SeenSandbox, SeenState};
use cri::v1;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tasks::watch;
use types::{ContainerId, PodName, PodUid, SandboxId};

/// What was seen, and when it was asked for.
pub(super) struct Record<T> {
    pub(super) stamp: Stamp,
    pub(super) value: T,
}

/// One pod's records and the channel that publishes them.
pub(super) struct PodRecord {
    pub(super) name: PodName,
    pub(super) sandboxes: BTreeMap<SandboxId, Record<SeenSandbox>>,
    pub(super) containers: BTreeMap<ContainerId, Record<SeenContainer>>,
    /// Questions under way about it.
    pub(super) asked: u32,
    /// Something is known that was not published yet.
    pub(super) is_dirty: bool,
    pub(super) published: watch::Sender<Option<Arc<SeenPod>>>,
}

impl PodRecord {
    /// Nothing is known of it.
    pub(super) fn new(name: PodName) -> Self {
        Self {
            name,
            sandboxes: BTreeMap::new(),
            containers: BTreeMap::new(),
            asked: 0,
            is_dirty: false,
            published: watch::Sender::new(None),
        }
    }

    /// Whether the runtime has nothing of it.
    pub(super) fn is_empty(&self) -> bool {
        self.sandboxes.is_empty() && self.containers.is_empty()
    }

    /// Takes in a container as it was at `stamp`; `listed`: when the runtime was listed last.
    pub(super) fn container(&mut self, seen: SeenContainer, stamp: Stamp, listed: Option<Stamp>) {
        let is_possible = self.may_be_new(stamp, listed);
        let record = Record { stamp, value: seen };
        self.is_dirty |= take(&mut self.containers, record.value.id.clone(), record, is_possible);
    }

    /// The same of a sandbox.
    pub(super) fn sandbox(&mut self, seen: SeenSandbox, stamp: Stamp, listed: Option<Stamp>) {
        let is_possible = self.may_be_new(stamp, listed);
        let record = Record { stamp, value: seen };
        self.is_dirty |= take(&mut self.sandboxes, record.value.id.clone(), record, is_possible);
    }

    /// Whether something that is not known yet may be there: asked for before a list that did not have it, it has been removed
    /// since.
    fn may_be_new(&self, stamp: Stamp, listed: Option<Stamp>) -> bool {
        listed.is_none_or(|listed| listed < stamp) || self.asked > 0
    }

    /// Forgets what a list of `stamp` did not have; whether that was anything.
    pub(super) fn forget_unlisted(
        &mut self,
        stamp: Stamp,
        sandboxes: &BTreeSet<&str>,
        containers: &BTreeSet<&str>,
    ) -> bool {
        let before = self.sandboxes.len() + self.containers.len();
        self.sandboxes.retain(|id, known| known.stamp > stamp || sandboxes.contains(id.as_str()));
        self.containers.retain(|id, known| known.stamp > stamp || containers.contains(id.as_str()));
        before != self.sandboxes.len() + self.containers.len()
    }

    /// Tells those who watch the pod what is known of it.
    pub(super) fn publish(&mut self, uid: &PodUid) {
        let mut seen = SeenPod {
            uid: uid.clone(),
            name: self.name.clone(),
            sandboxes: self.sandboxes.values().map(|record| record.value.clone()).collect(),
            containers: self.containers.values().map(|record| record.value.clone()).collect(),
        };
        seen.sort();
        self.is_dirty = false;
        self.published.send_replace(Some(Arc::new(seen)));
    }
}

/// Takes in a younger record, or one of something new if that is possible; whether it says anything new.
fn take<K: Ord, T: PartialEq>(
    records: &mut BTreeMap<K, Record<T>>,
    id: K,
    record: Record<T>,
    is_possible: bool,
) -> bool {
    let known = records.get(&id);
    if !known.map_or(is_possible, |known| known.stamp < record.stamp) {
        return false;
    }
    let is_changed = known.is_none_or(|known| known.value != record.value);
    records.insert(id, record);
    is_changed
}

/// Forgets what was known before `stamp`; whether that was anything.
pub(super) fn remove_older<K: Ord, T>(records: &mut BTreeMap<K, Record<T>>, id: &K, stamp: Stamp) -> bool {
    if records.get(id).is_some_and(|known| known.stamp < stamp) {
        records.remove(id).is_some()
    } else {
        false
    }
}

/// Whether a list says the same of a container.
pub(super) fn matches_state(seen: &SeenState, listed: v1::ContainerState) -> bool {
    match seen {
        SeenState::Created => listed == v1::ContainerState::ContainerCreated,
        SeenState::Running { .. } => listed == v1::ContainerState::ContainerRunning,
        SeenState::Exited(_) => listed == v1::ContainerState::ContainerExited,
        SeenState::Unknown => listed == v1::ContainerState::ContainerUnknown,
    }
}

//! What the rest of the kubelet holds of the pods.

use crate::actor::PodState;
use std::collections::BTreeMap;
use std::sync::Arc;
use tasks::watch;
use types::PodUid;

/// The state of each pod, by UID. A pod that comes again under its UID has another channel.
pub type States = BTreeMap<PodUid, watch::Receiver<Arc<PodState>>>;

/// What the rest of the kubelet holds of the pods.
#[derive(Clone)]
pub struct PodsHandle {
    pub(super) states: watch::Receiver<Arc<States>>,
    pub(super) synced: watch::Receiver<bool>,
}

impl PodsHandle {
    /// The state of every pod that has an actor or waits for its turn.
    pub fn list(&self) -> Vec<Arc<PodState>> {
        self.states.borrow().values().map(|state| state.borrow().clone()).collect()
    }

    /// The channels of all these states; it changes when pods come or go.
    pub fn states(&self) -> watch::Receiver<Arc<States>> {
        self.states.clone()
    }

    /// Whether every source has told all it knows.
    pub fn synced(&self) -> watch::Receiver<bool> {
        self.synced.clone()
    }
}

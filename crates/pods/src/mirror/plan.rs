//! What to create and delete: a pure function of static pods, mirror pods and the node.

use super::identity::is_mirror_of;
use k8s_openapi::api::core::v1::{Node, Pod};
use std::collections::BTreeMap;
use std::sync::Arc;
use types::{PodName, WantedPod};

/// The static pods of one name.
#[derive(Clone, Debug, Default)]
pub(super) struct StaticPods {
    /// The one that runs, or is to.
    pub(super) wanted: Option<Arc<WantedPod>>,
    /// Whether the mirror tells of containers as ended for good that are started again.
    pub(super) is_mirror_wrong: bool,
    /// Whether one is still being taken down.
    pub(super) is_ending: bool,
}

/// All that a plan depends on.
pub(super) struct Inputs<'a> {
    pub(super) pods: &'a BTreeMap<PodName, StaticPods>,
    pub(super) mirrors: &'a BTreeMap<PodName, Arc<Pod>>,
    pub(super) node: Option<&'a Node>,
    /// Whether every source, the API server among them, has told all it knows.
    pub(super) is_synced: bool,
}

/// One call.
#[derive(Clone, Debug)]
pub(super) enum Action {
    Create(Arc<WantedPod>),
    Delete(Arc<Pod>),
}

/// What is to be done now, by name.
pub(super) fn plan(inputs: &Inputs<'_>) -> BTreeMap<PodName, Action> {
    // Before the mirrors were told, every one of them would seem to lack.
    if !inputs.is_synced {
        return BTreeMap::new();
    }
    let names = inputs.pods.keys().chain(inputs.mirrors.keys());
    names.filter_map(|name| Some((name.clone(), action(inputs, name)?))).collect()
}

fn action(inputs: &Inputs<'_>, name: &PodName) -> Option<Action> {
    let none = StaticPods::default();
    let pods = inputs.pods.get(name).unwrap_or(&none);
    if pods.is_ending {
        return None;
    }
    match (&pods.wanted, inputs.mirrors.get(name)) {
        (None, None) => None,
        (None, Some(orphan)) => Some(Action::Delete(orphan.clone())),
        (Some(wanted), Some(mirror)) => {
            let is_good = mirror.metadata.deletion_timestamp.is_none()
                && is_mirror_of(mirror, &wanted.pod)
                && !pods.is_mirror_wrong;
            (!is_good).then(|| Action::Delete(mirror.clone()))
        }
        (Some(wanted), None) => {
            let node = inputs.node.filter(|node| node.metadata.deletion_timestamp.is_none())?;
            let is_registered = node.metadata.uid.as_deref().is_some_and(|uid| !uid.is_empty());
            is_registered.then(|| Action::Create(wanted.clone()))
        }
    }
}

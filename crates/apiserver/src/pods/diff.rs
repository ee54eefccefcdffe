//! What a list or an event means, given what was told before.

use super::PodChange;
use super::object::ReadPod;
use crate::watch::Change;
use k8s_openapi::api::core::v1::Pod;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use types::PodUid;

/// Everything that was told and is not gone, without specifications.
#[derive(Default)]
pub(super) struct Known {
    pods: BTreeMap<PodUid, Arc<Pod>>,
    is_synced: bool,
}

impl Known {
    /// Appends to `told` what `change` means.
    pub(super) fn apply(&mut self, change: Change<ReadPod>, told: &mut VecDeque<PodChange>) {
        match change {
            Change::Applied(pod) => self.applied(pod, told),
            Change::Deleted(pod) => {
                if let Some(uid) = uid(&pod) {
                    self.pods.remove(&uid);
                    let (last, _) = pod.parts();
                    told.push_back(PodChange::Deleted { uid, last });
                }
            }
            Change::Listed(pods) => self.listed(pods, told),
            Change::Failed(_) => {}
        }
    }

    /// A list says what is gone only by leaving it out. Who is gone is told first, so that a pod made anew under its
    /// old name finds the name free.
    fn listed(&mut self, pods: Vec<ReadPod>, told: &mut VecDeque<PodChange>) {
        let listed: BTreeMap<PodUid, ReadPod> =
            pods.into_iter().filter_map(|pod| uid(&pod).map(|uid| (uid, pod))).collect();
        let known = std::mem::take(&mut self.pods);
        for (uid, pod) in known {
            match listed.contains_key(&uid) {
                true => drop(self.pods.insert(uid, pod)),
                false => told.push_back(PodChange::Deleted { uid, last: pod }),
            }
        }
        for pod in listed.into_values() {
            self.applied(pod, told);
        }
        if !std::mem::replace(&mut self.is_synced, true) {
            told.push_back(PodChange::Synced);
        }
    }

    fn applied(&mut self, pod: ReadPod, told: &mut VecDeque<PodChange>) {
        let Some(uid) = uid(&pod) else { return };
        let version = &pod.metadata.resource_version;
        if self.pods.get(&uid).is_some_and(|known| known.metadata.resource_version == *version) {
            return;
        }
        let (pod, spec) = pod.parts();
        self.pods.insert(uid, pod.clone());
        told.push_back(PodChange::Applied { pod, spec });
    }
}

/// A pod without a UID is none; the server always gives one.
fn uid(pod: &ReadPod) -> Option<PodUid> {
    pod.metadata.uid.as_deref().map(PodUid::from)
}

#[cfg(test)]
#[path = "diff_tests.rs"]
mod tests;

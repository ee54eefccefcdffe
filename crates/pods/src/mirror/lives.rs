//! Which life of a static pod a mirror shows.
//!
//! A static pod with a UID in its manifest comes back under that UID when its file does. The mirror of its former life, whose
//! containers have ended, cannot show the new one: the server lets no ended container of a policy that forbids it start again.

use super::identity::{is_mirror_of, uid_of};
use crate::actor::PodState;
use k8s_openapi::api::core::v1::Pod;
use std::collections::BTreeMap;
use std::sync::Arc;
use tasks::watch;
use types::{PodName, PodSource, PodUid};

/// The lives that mirrors were first seen with.
#[derive(Default)]
pub(super) struct Lives(BTreeMap<PodName, Life>);

struct Life {
    mirror: PodUid,
    /// Each life of a pod has a channel of its own.
    state: watch::Receiver<Arc<PodState>>,
}

impl Lives {
    /// Binds new mirrors to the pods they show, and forgets mirrors that are gone.
    pub(super) fn follow<'a>(
        &mut self,
        mirrors: &BTreeMap<PodName, Arc<Pod>>,
        states: impl Iterator<Item = &'a watch::Receiver<Arc<PodState>>>,
    ) {
        self.0.retain(|name, life| mirrors.get(name).is_some_and(|mirror| uid_of(mirror) == life.mirror));
        for state in states {
            let Some(wanted) = state.borrow().wanted.clone().filter(|wanted| wanted.source != PodSource::Api)
            else {
                continue;
            };
            let Some(mirror) = mirrors.get(&wanted.name).filter(|mirror| is_mirror_of(mirror, &wanted.pod))
            else {
                continue;
            };
            let life = || Life { mirror: uid_of(mirror), state: state.clone() };
            self.0.entry(wanted.name.clone()).or_insert_with(life);
        }
    }

    /// Whether the mirror of this name, if there is one, shows another life than `state`.
    pub(super) fn is_former(&self, name: &PodName, state: &watch::Receiver<Arc<PodState>>) -> bool {
        self.0.get(name).is_some_and(|life| !life.state.same_channel(state))
    }
}

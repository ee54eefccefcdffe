//! Counting the ends of containers, once each.

use super::super::plan::ContainerKind;
use super::Loop;
use crate::observe::{Exit, SeenContainer, SeenPod, SeenState};
use types::WantedPod;

impl Loop {
    /// Counts the containers that ended since the pod was looked at before. What had ended when it was looked at first was
    /// counted by an earlier kubelet (`status_manager.go` `checkAndRecordTerminations`).
    pub(super) fn count_ends(&self, wanted: &WantedPod, before: &SeenPod, now: &SeenPod) {
        let counter = &self.actor.world.metrics.terminated_containers;
        for (container, exit) in now.containers.iter().filter_map(ended) {
            let known = before.containers.iter().find(|known| known.id == container.id);
            if known.and_then(ended).is_none() {
                let kind = kind(wanted, &container.name).metric_label();
                counter.with_label_values(&[kind, &exit.exit_code.to_string(), &exit.reason]).inc();
            }
        }
    }
}

fn ended(container: &SeenContainer) -> Option<(&SeenContainer, &Exit)> {
    match &container.state {
        SeenState::Exited(exit) => Some((container, exit)),
        SeenState::Created | SeenState::Running { .. } | SeenState::Unknown => None,
    }
}

fn kind(wanted: &WantedPod, name: &str) -> ContainerKind {
    let spec = wanted.spec();
    if spec.init_containers.iter().flatten().any(|container| container.name == name) {
        ContainerKind::Init
    } else if spec.ephemeral_containers.iter().flatten().any(|container| container.name == name) {
        ContainerKind::Ephemeral
    } else {
        ContainerKind::App
    }
}

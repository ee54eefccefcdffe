//! Ends of containers: counted, once each, and acted on before the runtime tells of them.

use super::super::early_ends::still_runs;
use super::super::plan::ContainerKind;
use super::super::restart::restart_however_they_end;
use super::super::state::Goal;
use super::Loop;
use crate::backoff::Backoff;
use crate::observe::{Exit, SeenContainer, SeenPod, SeenState};
use types::{ContainerId, WantedPod};

impl Loop {
    /// The process of a container has ended, which the runtime does not know yet. Its successor is started, unless it has to wait: the
    /// wait begins when all is known.
    pub(super) fn ended_early(&mut self, id: ContainerId) {
        let goal = self.actor.goal.borrow().clone();
        let seen = self.seen.borrow().clone();
        let (Goal::Run(wanted), Some(seen)) = (goal, seen) else { return };
        let Some(container) = seen.containers.iter().find(|container| container.id == id) else { return };
        let name = container.name.as_str();
        let Some(specified) =
            restart_however_they_end(wanted.spec()).find(|container| container.name == name)
        else {
            return;
        };
        let now = self.actor.world.clock.now();
        let policy = *self.actor.world.settings.restart_backoff.borrow();
        let key = translate::backoff_key(&wanted.pod, specified);
        self.memory.send_if_modified(|memory| {
            let record = memory.restarts.get(name);
            let may_start = Backoff::blocked_until(record, &key, now, now, policy).is_none();
            may_start && memory.ended_early.insert(id, now).is_none()
        });
    }

    /// Forgets ends that the runtime tells of by now.
    pub(super) fn forget_early_ends(&self, seen: &SeenPod) {
        self.memory.send_if_modified(|memory| {
            let before = memory.ended_early.len();
            memory.ended_early.retain(|id, _| still_runs(seen, id));
            memory.ended_early.len() != before
        });
    }

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

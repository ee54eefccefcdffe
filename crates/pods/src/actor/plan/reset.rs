//! All containers of a pod begin again because one of them ended in a way that says so (KEP-5532).
//!
//! The container that ended so is taken out of the runtime last: as long as it is there, whoever looks knows that the reset is
//! not complete. Source: `computePodActions`, `getContainersToReset`, `container/helpers.go` `ShouldAllContainersRestart` of 1.37.

use crate::actor::restart::{self, Rule};
use crate::observe::{SeenContainer, SeenPod, SeenState};
use k8s_openapi::api::core::v1::{Container, PodSpec};
use types::ContainerId;

/// A container to take out of the runtime; its log stays.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::actor) struct Reset {
    /// Which one.
    pub(in crate::actor) id: ContainerId,
    /// Whether it has to be stopped before.
    pub(in crate::actor) may_run: bool,
}

/// What to take out, in order; `None` while no container has ended so.
pub(super) fn resets(pod_spec: &PodSpec, seen: &SeenPod) -> Option<Vec<Reset>> {
    let init = pod_spec.init_containers.as_deref().unwrap_or_default();
    let app = pod_spec.containers.as_slice();
    let is_due = init
        .iter()
        .chain(app)
        .any(|container| seen.newest(&container.name).is_some_and(|newest| is_source(container, newest)));
    if !is_due {
        return None;
    }
    let (app_sources, app_targets) = instances(app, seen);
    let (init_sources, init_targets) = instances(init, seen);
    Some([app_targets, init_targets, app_sources, init_sources].concat())
}

/// Whether this container is why all begin again.
fn is_source(container: &Container, seen: &SeenContainer) -> bool {
    match &seen.state {
        SeenState::Exited(exit) => {
            restart::matching_rule(container, exit.exit_code) == Some(Rule::RestartAllContainers)
        }
        SeenState::Created | SeenState::Running { .. } | SeenState::Unknown => false,
    }
}

/// All instances of these containers: those that are why, and the others.
fn instances(containers: &[Container], seen: &SeenPod) -> (Vec<Reset>, Vec<Reset>) {
    let (mut sources, mut targets) = (Vec::new(), Vec::new());
    for container in containers {
        for instance in seen.containers.iter().filter(|instance| instance.name == container.name) {
            let reset =
                Reset { id: instance.id.clone(), may_run: !matches!(instance.state, SeenState::Exited(_)) };
            if is_source(container, instance) { sources.push(reset) } else { targets.push(reset) }
        }
    }
    (sources, targets)
}

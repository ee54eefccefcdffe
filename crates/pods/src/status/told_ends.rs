//! Ends that were told for good.
//!
//! The API server lets no container that was told as ended be told otherwise, unless its policy says that it is started again.
//! It may run again all the same: after its pod's sandbox was lost the init containers begin anew, and an ended container that
//! somebody took out of the runtime is one that never ran. Upstream sends nothing of such a status; here all else is told.
//!
//! Source: `pkg/apis/core/validation/validation.go` `ValidateContainerStateTransition` and those beside it, release 1.37.

use crate::actor::{PodPhase, PodState, may_restart_all, restarts_after};
use crate::observe::SeenState;
use k8s_openapi::api::core::v1::{Container, ContainerStatus, Pod, PodSpec, PodStatus};
use types::pod::spec;

/// Containers that the server has as ended for good stay as it has them, whatever has become of them since.
pub(super) fn keep(pod_spec: &PodSpec, status: &mut PodStatus, server: &PodStatus) {
    if may_restart_all(pod_spec) {
        return;
    }
    let init_containers = pod_spec.init_containers.as_deref().unwrap_or_default();
    let is_final =
        |containers: &'_ [Container], told: &ContainerStatus| is_told_for_good(pod_spec, containers, told);
    keep_in(&mut status.container_statuses, &server.container_statuses, |told| {
        is_final(&pod_spec.containers, told)
    });
    keep_in(&mut status.init_container_statuses, &server.init_container_statuses, |told| {
        is_final(init_containers, told)
    });
    // Ephemeral containers are never started again.
    keep_in(&mut status.ephemeral_container_statuses, &server.ephemeral_container_statuses, has_ended);
}

fn keep_in(
    statuses: &mut Option<Vec<ContainerStatus>>,
    server: &Option<Vec<ContainerStatus>>,
    is_final: impl Fn(&ContainerStatus) -> bool,
) {
    for status in statuses.iter_mut().flatten().filter(|status| !has_ended(status)) {
        let told = server.iter().flatten().find(|told| told.name == status.name);
        if let Some(told) = told.filter(|told| is_final(told)) {
            status.clone_from(told);
        }
    }
}

/// Whether a mirror tells of ended containers of its pod that run again, or are about to: another mirror has to take its place.
/// So it is when the pod has come back under its UID, and this may be another kubelet than the one that saw it end.
pub(crate) fn is_contradicted(mirror: &Pod, state: &PodState) -> bool {
    let (Some(wanted), Some(seen), Some(status)) = (&state.wanted, &state.seen, &mirror.status) else {
        return false;
    };
    let pod_spec = spec(&wanted.pod);
    if state.phase != PodPhase::Syncing || may_restart_all(pod_spec) {
        return false;
    }
    let told = status.container_statuses.iter().flatten();
    let mut ended = told.filter(|told| is_told_for_good(pod_spec, &pod_spec.containers, told));
    ended.any(|ended| match seen.newest(&ended.name).map(|newest| &newest.state) {
        None | Some(SeenState::Created | SeenState::Running { .. }) => true,
        Some(SeenState::Exited(_) | SeenState::Unknown) => false,
    })
}

fn is_told_for_good(pod_spec: &PodSpec, containers: &[Container], told: &ContainerStatus) -> bool {
    let ended = told.state.as_ref().and_then(|state| state.terminated.as_ref());
    let container = containers.iter().find(|container| container.name == told.name);
    let (Some(ended), Some(container)) = (ended, container) else { return false };
    !restarts_after(pod_spec, container, ended.exit_code)
}

fn has_ended(status: &ContainerStatus) -> bool {
    status.state.as_ref().is_some_and(|state| state.terminated.is_some())
}

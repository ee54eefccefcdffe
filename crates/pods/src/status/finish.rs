//! The last words about a pod whose containers are all gone (`status_manager.go` `TerminatePod`).

use super::containers::unknown_end;
use super::phase::Phase;
use k8s_openapi::api::core::v1::{ContainerState, ContainerStatus, Pod, PodSpec, PodStatus};
use types::pod::{is_sidecar, spec};

/// What upstream says of a container that it cannot find any more.
const NOT_FOUND: &str = "The container could not be located when the pod was terminated";

/// Every container that is not known to have ended is told as ended badly: a pod must not look as if it had succeeded. Where
/// the pod never got past its init containers, those that follow never started, and stay as they are.
pub(super) fn containers(pod: &Pod, status: &mut PodStatus) {
    let pod_spec = spec(pod);
    // An init container that the end of the pod has stopped may say that it did its work: what counts is how far it was before.
    let before = pod.status.as_ref().filter(|before| Phase::of(before).is_some_and(Phase::is_open));
    let was_initialized =
        has_started(status) || before.is_some_and(|before| was_initialized(pod_spec, before));
    if was_initialized || pod_spec.init_containers.as_ref().is_none_or(Vec::is_empty) {
        status.container_statuses.iter_mut().flatten().for_each(end);
    }
    let init = status.init_container_statuses.as_deref_mut().unwrap_or_default();
    let started = init.iter().rposition(|status| !is_waiting(status) || has_ended_before(status));
    // At least the first one was due.
    let due = started.map_or(1, |last| last + 1);
    init.iter_mut().take(due).for_each(end);
}

fn end(status: &mut ContainerStatus) {
    if status.state.as_ref().is_some_and(|state| state.terminated.is_some()) {
        return;
    }
    status.state =
        Some(ContainerState { terminated: Some(unknown_end(NOT_FOUND)), ..ContainerState::default() });
}

/// Whether one of the pod's own containers was ever started.
fn has_started(status: &PodStatus) -> bool {
    let mut app = status.container_statuses.iter().flatten();
    app.any(|status| has_ended_before(status) || !is_waiting(status))
}

/// Whether, before the end, one of the pod's own containers was started, or could have been.
fn was_initialized(pod_spec: &PodSpec, before: &PodStatus) -> bool {
    if has_started(before) {
        return true;
    }
    let init_containers = pod_spec.init_containers.as_deref().unwrap_or_default();
    let last = init_containers.last().zip(before.init_container_statuses.iter().flatten().last());
    last.is_some_and(|(container, status)| {
        if is_sidecar(container) {
            let is_running = status.state.as_ref().is_some_and(|state| state.running.is_some());
            return is_running && status.started == Some(true);
        }
        [&status.last_state, &status.state]
            .into_iter()
            .flatten()
            .any(|state| state.terminated.as_ref().is_some_and(|ended| ended.exit_code == 0))
    })
}

fn is_waiting(status: &ContainerStatus) -> bool {
    status.state.as_ref().is_none_or(|state| state.running.is_none() && state.terminated.is_none())
}

fn has_ended_before(status: &ContainerStatus) -> bool {
    status.last_state.as_ref().is_some_and(|state| state.terminated.is_some())
}

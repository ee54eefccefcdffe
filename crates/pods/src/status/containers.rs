//! Statuses of containers.

use crate::actor::{PodPhase, PodState, Waiting};
use crate::observe::{Exit, SeenContainer, SeenState};
use k8s_openapi::api::core::v1::{
    Container, ContainerState, ContainerStateRunning, ContainerStateTerminated, ContainerStateWaiting,
    ContainerStatus, PodSpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use types::reasons::{terminated as terminated_reasons, waiting};

/// Of `spec.containers`.
pub(super) fn app(state: &PodState, pod_spec: &PodSpec, runtime_name: &str) -> Vec<ContainerStatus> {
    let has_init = pod_spec.init_containers.as_ref().is_some_and(|list| !list.is_empty());
    let default = if has_init { waiting::POD_INITIALIZING } else { waiting::CONTAINER_CREATING };
    let statuses =
        pod_spec.containers.iter().map(|container| status(state, container, default, runtime_name));
    let mut statuses: Vec<ContainerStatus> = statuses.collect();
    // In order of name, as upstream (`SortedContainerStatuses`); those of init containers keep the specification's.
    statuses.sort_by(|one, other| one.name.cmp(&other.name));
    statuses
}

/// Of `spec.initContainers`.
pub(super) fn init(state: &PodState, pod_spec: &PodSpec, runtime_name: &str) -> Vec<ContainerStatus> {
    let containers = pod_spec.init_containers.iter().flatten();
    containers
        .map(|container| {
            let mut status = status(state, container, waiting::POD_INITIALIZING, runtime_name);
            // An init container is ready when it has done its work.
            let ended = status.state.as_ref().and_then(|state| state.terminated.as_ref());
            status.ready = status.ready && types::pod::is_sidecar(container)
                || ended.is_some_and(|ended| ended.exit_code == 0);
            status
        })
        .collect()
}

/// Containers of a failed pod that wait will wait for ever: they are told as ended, unless the pod never got past its
/// init containers (`status_manager.go` `TerminatePod`).
pub(super) fn end_unstarted(state: &PodState, pod_spec: &PodSpec, statuses: &mut [ContainerStatus]) {
    let has_init = pod_spec.init_containers.as_ref().is_some_and(|list| !list.is_empty());
    let seen = state.seen.as_deref();
    let was_started = |container: &Container| seen.is_some_and(|seen| seen.newest(&container.name).is_some());
    if has_init && !pod_spec.containers.iter().any(was_started) {
        return;
    }
    for status in statuses {
        let Some(state) = status.state.as_mut().filter(|state| state.terminated.is_none()) else { continue };
        state.waiting = None;
        state.terminated = Some(ContainerStateTerminated {
            exit_code: 137,
            reason: Some(terminated_reasons::CONTAINER_STATUS_UNKNOWN.to_owned()),
            message: Some("The container could not be located when the pod was terminated".to_owned()),
            ..ContainerStateTerminated::default()
        });
    }
}

fn status(
    state: &PodState,
    container: &Container,
    default_reason: &'static str,
    runtime_name: &str,
) -> ContainerStatus {
    let seen = state.seen.as_deref();
    let newest = seen.and_then(|seen| seen.newest(&container.name));
    let id = |seen: &SeenContainer| format!("{runtime_name}://{}", seen.id);
    let mut status = ContainerStatus {
        name: container.name.clone(),
        image: container.image.clone().unwrap_or_default(),
        started: Some(false),
        ..ContainerStatus::default()
    };
    let Some(newest) = newest else {
        status.state = Some(waiting_state(state, container, default_reason));
        return status;
    };
    status.restart_count = i32::try_from(newest.restart_count).unwrap_or(i32::MAX);
    status.image = newest.image.clone();
    status.image_id = newest.image_ref.clone();
    status.container_id = Some(id(newest));
    let previous = seen
        .into_iter()
        .flat_map(|seen| &seen.containers)
        .filter(|other| other.name == container.name && other.id != newest.id)
        .find_map(|other| match &other.state {
            SeenState::Exited(exit) => Some(terminated(exit, id(other))),
            SeenState::Created | SeenState::Running { .. } | SeenState::Unknown => None,
        });
    status.last_state = previous;
    match &newest.state {
        SeenState::Running { started_at } => {
            status.ready = true;
            status.started = Some(true);
            let running = ContainerStateRunning { started_at: Some(Time(*started_at)) };
            status.state = Some(ContainerState { running: Some(running), ..ContainerState::default() });
        }
        SeenState::Exited(exit) => {
            let ended = terminated(exit, id(newest));
            let is_over = state.phase != PodPhase::Syncing || !state.waiting.contains_key(&container.name);
            if is_over {
                status.state = Some(ended);
            } else {
                status.last_state = Some(ended);
                status.state = Some(waiting_state(state, container, default_reason));
            }
        }
        SeenState::Created | SeenState::Unknown => {
            status.state = Some(waiting_state(state, container, default_reason));
        }
    }
    status
}

fn waiting_state(state: &PodState, container: &Container, default_reason: &'static str) -> ContainerState {
    let known = state.waiting.get(&container.name).or(state.pod_waiting.as_ref());
    let Waiting { reason, message } =
        known.cloned().unwrap_or(Waiting { reason: default_reason, message: String::new() });
    let waiting = ContainerStateWaiting {
        reason: Some(reason.to_owned()),
        message: (!message.is_empty()).then_some(message),
    };
    ContainerState { waiting: Some(waiting), ..ContainerState::default() }
}

fn terminated(exit: &Exit, container_id: String) -> ContainerState {
    let ended = ContainerStateTerminated {
        container_id: Some(container_id),
        exit_code: exit.exit_code,
        started_at: Some(Time(exit.started_at)),
        finished_at: Some(Time(exit.finished_at)),
        message: (!exit.message.is_empty()).then(|| exit.message.clone()),
        reason: (!exit.reason.is_empty()).then(|| exit.reason.clone()),
        signal: None,
    };
    ContainerState { terminated: Some(ended), ..ContainerState::default() }
}

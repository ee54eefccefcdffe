//! A pod whose containers all begin again because one of them ended in a way that says so (KEP-5532).
//!
//! Between the first container's removal and the last one's there is nothing in the runtime that tells of those that are gone;
//! the condition that was told before does.

use super::Inputs;
use crate::actor::{Rule, matching_rule, may_restart_all};
use crate::observe::SeenState;
use k8s_openapi::api::core::v1::{
    Container, ContainerState, ContainerStateTerminated, ContainerStatus, PodSpec,
};
use types::reasons::{condition, terminated, waiting};

/// What upstream says of a container that was removed for it.
const REMOVED: &str = "The container is removed because RestartAllContainers in place";

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Restarting {
    /// No container has ended so.
    No,
    /// Some container is still to be removed.
    UnderWay,
    /// All are removed, or begin again already.
    Cleared,
}

/// How far it is for this pod (`ShouldAllContainersRestart`, `AllContainersRestartCleanedUp`). The container that is the reason
/// is removed last.
pub(super) fn of(inputs: &Inputs<'_>, pod_spec: &PodSpec) -> Restarting {
    if !may_restart_all(pod_spec) {
        return Restarting::No;
    }
    let containers = || pod_spec.init_containers.iter().flatten().chain(&pod_spec.containers);
    if containers().any(|container| ended_so(container, exit_code_seen(inputs, container))) {
        return Restarting::UnderWay;
    }
    let mut conditions = inputs.previous.conditions.iter().flatten();
    let was_told =
        conditions.any(|known| known.type_ == condition::ALL_CONTAINERS_RESTARTING && known.status == "True");
    if was_told || containers().any(|container| ended_so(container, exit_code_told(inputs, container))) {
        Restarting::Cleared
    } else {
        Restarting::No
    }
}

fn exit_code_seen(inputs: &Inputs<'_>, container: &Container) -> Option<i32> {
    match &inputs.state.seen.as_deref()?.newest(&container.name)?.state {
        SeenState::Exited(exit) => Some(exit.exit_code),
        SeenState::Created | SeenState::Running { .. } | SeenState::Unknown => None,
    }
}

fn exit_code_told(inputs: &Inputs<'_>, container: &Container) -> Option<i32> {
    let init = inputs.previous.init_container_statuses.iter().flatten();
    let mut told = init.chain(inputs.previous.container_statuses.iter().flatten());
    let told = told.find(|told| told.name == container.name)?;
    Some(told.state.as_ref()?.terminated.as_ref()?.exit_code)
}

fn ended_so(container: &Container, exit_code: Option<i32>) -> bool {
    exit_code.is_some_and(|code| matching_rule(container, code) == Some(Rule::RestartAllContainers))
}

/// Whether this is how the end of a removed container is told: it begins again whatever its policy says.
pub(super) fn is_removal(ended: &ContainerStateTerminated) -> bool {
    ended.reason.as_deref() == Some(terminated::RESTARTING_ALL_CONTAINERS)
}

/// Whether a container was told to wait since it was removed.
pub(super) fn waits_since_removal(told: &ContainerStatus) -> bool {
    let waiting = told.state.as_ref().and_then(|state| state.waiting.as_ref());
    waiting.and_then(|waiting| waiting.reason.as_deref()) == Some(waiting::RESTARTING_ALL_CONTAINERS)
}

/// How the end of a container is told that was removed.
pub(super) fn end_of_removed() -> ContainerState {
    let ended = ContainerStateTerminated {
        exit_code: 137,
        reason: Some(terminated::RESTARTING_ALL_CONTAINERS.to_owned()),
        message: Some(REMOVED.to_owned()),
        ..ContainerStateTerminated::default()
    };
    ContainerState { terminated: Some(ended), ..ContainerState::default() }
}

/// What is said of a container that was removed after `told` had been said of it.
pub(super) fn removed(status: &mut ContainerStatus, told: &ContainerStatus) {
    status.state = Some(super::containers::waiting_state(waiting::RESTARTING_ALL_CONTAINERS, REMOVED));
    status.last_state = Some(end_of_removed());
    status.restart_count = told.restart_count.saturating_add(1);
}

//! The pod's phase (`kubelet_pods.go` `getPhase`).

use k8s_openapi::api::core::v1::{ContainerStatus, PodSpec};
use types::RestartPolicy;
use types::pod::{is_sidecar, restart_policy};

/// `status.phase`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Pending,
    Running,
    Succeeded,
    Failed,
}

impl Phase {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
        }
    }
}

/// The phase that the containers' states add up to.
pub(super) fn phase(
    pod_spec: &PodSpec,
    init_statuses: &[ContainerStatus],
    statuses: &[ContainerStatus],
) -> Phase {
    let policy = restart_policy(pod_spec);
    let mut is_initializing = false;
    for container in pod_spec.init_containers.iter().flatten() {
        let status = init_statuses.iter().find(|status| status.name == container.name);
        let state = status.and_then(|status| status.state.as_ref());
        let terminated = state.and_then(|state| state.terminated.as_ref());
        let is_running = state.is_some_and(|state| state.running.is_some());
        match terminated {
            Some(ended)
                if !is_sidecar(container) && ended.exit_code != 0 && policy == RestartPolicy::Never =>
            {
                return Phase::Failed;
            }
            Some(ended) => is_initializing |= !is_sidecar(container) && ended.exit_code != 0,
            None => is_initializing |= !(is_sidecar(container) && is_running),
        }
    }
    let was_initialized = statuses.iter().any(|status| {
        status.last_state.as_ref().is_some_and(|state| state.terminated.is_some())
            || status
                .state
                .as_ref()
                .is_some_and(|state| state.running.is_some() || state.terminated.is_some())
    });
    if is_initializing && !was_initialized {
        return Phase::Pending;
    }
    let (mut running, mut waiting, mut stopped, mut succeeded) = (0, 0, 0, 0);
    for status in statuses {
        let Some(state) = &status.state else {
            waiting += 1;
            continue;
        };
        if state.running.is_some() {
            running += 1;
        } else if let Some(ended) = &state.terminated {
            stopped += 1;
            succeeded += usize::from(ended.exit_code == 0);
        } else if status.last_state.as_ref().is_some_and(|last| last.terminated.is_some()) {
            // Ended, and waits to be started again.
            stopped += 1;
        } else {
            waiting += 1;
        }
    }
    if waiting > 0 {
        return Phase::Pending;
    }
    if running > 0 {
        return Phase::Running;
    }
    if stopped == 0 {
        return Phase::Pending;
    }
    match policy {
        RestartPolicy::Always => Phase::Running,
        RestartPolicy::OnFailure | RestartPolicy::Never if succeeded == stopped => Phase::Succeeded,
        RestartPolicy::Never => Phase::Failed,
        RestartPolicy::OnFailure => Phase::Running,
    }
}

//! The pod's phase (`kubelet_pods.go` `getPhase`).

use super::{Inputs, restarting};
use crate::actor::restarts_after;
use k8s_openapi::api::core::v1::{Container, ContainerStatus, PodSpec, PodStatus};
use types::pod::is_sidecar;

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

    /// The phase of a status, if it is one that a kubelet gives.
    pub(super) fn of(status: &PodStatus) -> Option<Self> {
        match status.phase.as_deref()? {
            "Pending" => Some(Self::Pending),
            "Running" => Some(Self::Running),
            "Succeeded" => Some(Self::Succeeded),
            "Failed" => Some(Self::Failed),
            _ => None,
        }
    }

    /// Whether another one may follow.
    pub(super) fn is_open(self) -> bool {
        match self {
            Self::Pending | Self::Running => true,
            Self::Succeeded | Self::Failed => false,
        }
    }
}

/// What a container's status adds to the phase.
enum Part {
    Running,
    /// Ended, whether or not it waits to be started again.
    Stopped {
        exit_code: i32,
        /// It was removed, so that all containers begin again.
        is_removed: bool,
    },
    /// Never ran.
    Waiting,
    Unknown,
}

fn part(status: Option<&ContainerStatus>) -> Part {
    let Some((status, state)) = status.and_then(|status| Some((status, status.state.as_ref()?))) else {
        return Part::Unknown;
    };
    let last = status.last_state.as_ref().and_then(|last| last.terminated.as_ref());
    match (&state.running, &state.terminated, &state.waiting, last) {
        (Some(_), ..) => Part::Running,
        (None, Some(ended), ..) | (None, None, Some(_), Some(ended)) => {
            Part::Stopped { exit_code: ended.exit_code, is_removed: restarting::is_removal(ended) }
        }
        (None, None, Some(_), None) => Part::Waiting,
        (None, None, None, _) => Part::Unknown,
    }
}

/// How many init containers, or containers, are in which state.
#[derive(Default)]
struct Counts {
    pending_init: usize,
    pending_sidecars: usize,
    failed_init: usize,
    unknown: usize,
    running: usize,
    waiting: usize,
    stopped: usize,
    final_stops: usize,
    succeeded: usize,
}

/// The phase that the containers' states add up to. `is_terminal`: the pod is over, and nothing is started again whatever its
/// policy says.
pub(super) fn phase(
    inputs: &Inputs<'_>,
    pod_spec: &PodSpec,
    init: &[ContainerStatus],
    app: &[ContainerStatus],
    is_terminal: bool,
) -> Phase {
    let counts = count(inputs, pod_spec, init, app);
    if counts.failed_init > 0 {
        return Phase::Failed;
    }
    let is_initializing =
        counts.pending_init > 0 || counts.pending_sidecars > 0 && !has_active_app_container(inputs, pod_spec);
    if is_initializing || counts.waiting > 0 || counts.unknown > 0 {
        return Phase::Pending;
    }
    if counts.running > 0 {
        return Phase::Running;
    }
    if counts.stopped == 0 {
        return Phase::Pending;
    }
    if !is_terminal && counts.stopped != counts.final_stops {
        // At least one of them is about to be started again.
        return Phase::Running;
    }
    if counts.stopped == counts.succeeded { Phase::Succeeded } else { Phase::Failed }
}

fn count(
    inputs: &Inputs<'_>,
    pod_spec: &PodSpec,
    init: &[ContainerStatus],
    app: &[ContainerStatus],
) -> Counts {
    let mut counts = Counts::default();
    let restarts = |container: &Container, exit_code| {
        restarts_after(pod_spec, container, exit_code) || inputs.state.is_replaced(&container.name)
    };
    let find = |list: &'_ [ContainerStatus], name: &str| list.iter().position(|status| status.name == name);
    for container in pod_spec.init_containers.iter().flatten() {
        let status = find(init, &container.name).and_then(|index| init.get(index));
        match part(status) {
            Part::Running if is_sidecar(container) => {
                counts.running += 1;
                let is_started = status.is_some_and(|status| status.started == Some(true));
                counts.pending_sidecars += usize::from(!is_started);
            }
            // One that ended does not count.
            Part::Stopped { .. } if is_sidecar(container) => {}
            Part::Waiting if is_sidecar(container) => {
                counts.pending_sidecars += 1;
                counts.waiting += 1;
            }
            Part::Unknown if is_sidecar(container) => {
                counts.pending_sidecars += usize::from(status.is_some());
                counts.unknown += 1;
            }
            Part::Stopped { exit_code, is_removed } => {
                let is_final = !is_removed && !restarts(container, exit_code);
                counts.failed_init += usize::from(exit_code != 0 && is_final);
            }
            Part::Running | Part::Waiting | Part::Unknown => counts.pending_init += 1,
        }
    }
    for container in &pod_spec.containers {
        let status = find(app, &container.name).and_then(|index| app.get(index));
        match part(status) {
            Part::Running => counts.running += 1,
            Part::Waiting => counts.waiting += 1,
            Part::Unknown => counts.unknown += 1,
            Part::Stopped { exit_code, is_removed } => {
                counts.stopped += 1;
                counts.final_stops += usize::from(!is_removed && !restarts(container, exit_code));
                let is_at_rest = status
                    .and_then(|status| status.state.as_ref())
                    .is_some_and(|state| state.terminated.is_some());
                counts.succeeded += usize::from(exit_code == 0 && is_at_rest);
            }
        }
    }
    counts
}

/// Whether the newest sandbox has, or had, one of the pod's own containers: its init containers have done their work then.
fn has_active_app_container(inputs: &Inputs<'_>, pod_spec: &PodSpec) -> bool {
    let Some(seen) = inputs.state.seen.as_ref() else { return false };
    let Some(sandbox) = seen.newest_sandbox() else { return false };
    seen.containers.iter().any(|container| {
        container.sandbox_id == sandbox.id && pod_spec.containers.iter().any(|own| own.name == container.name)
    })
}

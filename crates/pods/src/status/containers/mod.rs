//! Statuses of containers (`kubelet_pods.go` `convertToAPIContainerStatuses`).
//!
//! What the runtime has comes first; what it has forgotten is made up from what was told before, so that a reboot loses
//! neither restart counts nor the knowledge that a container ran.

mod lost;
mod seen;

use super::Inputs;
use super::restarting::{self, Restarting};
use crate::actor::{PodPhase, Waiting, restarts_after};
use crate::observe::{SeenContainer, SeenState};
use crate::status::Audience;
use k8s_openapi::api::core::v1::{
    Container, ContainerState, ContainerStateTerminated, ContainerStateWaiting, ContainerStatus, Pod,
};
use types::pod::{is_sidecar, spec};
use types::reasons::{terminated as terminated_reasons, waiting};

/// Which list of the specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Init,
    App,
    Ephemeral,
}

/// The statuses of one list: in order of name as upstream's `SortedContainerStatuses`, those of init containers in that of the
/// specification.
pub(super) fn statuses(inputs: &Inputs<'_>, pod: &Pod, kind: Kind) -> Vec<ContainerStatus> {
    let pod_spec = spec(pod);
    let containers: Vec<Container> = match kind {
        Kind::Init => pod_spec.init_containers.clone().unwrap_or_default(),
        Kind::App => pod_spec.containers.clone(),
        Kind::Ephemeral => {
            let ephemeral = pod_spec.ephemeral_containers.iter().flatten();
            ephemeral.map(translate::ephemeral_as_container).collect()
        }
    };
    let told = match kind {
        Kind::Init => &inputs.previous.init_container_statuses,
        Kind::App => &inputs.previous.container_statuses,
        Kind::Ephemeral => &inputs.previous.ephemeral_container_statuses,
    };
    let told = told.as_deref().unwrap_or_default();
    let restarting = restarting::of(inputs, pod_spec);
    let mut statuses: Vec<ContainerStatus> = containers
        .iter()
        .map(|container| {
            let old = told.iter().find(|old| old.name == container.name);
            Subject { inputs, pod, container, kind, restarting, old }.status()
        })
        .collect();
    if kind != Kind::Init {
        statuses.sort_by(|one, other| one.name.cmp(&other.name));
    }
    statuses
}

/// One container and what its status depends on.
struct Subject<'a> {
    inputs: &'a Inputs<'a>,
    pod: &'a Pod,
    container: &'a Container,
    kind: Kind,
    /// Whether all containers of the pod begin again.
    restarting: Restarting,
    /// What was told of it before.
    old: Option<&'a ContainerStatus>,
}

fn has_ended(instance: &SeenContainer) -> bool {
    match instance.state {
        SeenState::Exited(_) | SeenState::Unknown => true,
        SeenState::Created | SeenState::Running { .. } => false,
    }
}

impl Subject<'_> {
    fn status(&self) -> ContainerStatus {
        let seen = self.inputs.state.seen.as_deref();
        let mut instances = seen
            .into_iter()
            .flat_map(|seen| &seen.containers)
            .filter(|seen| seen.name == self.container.name);
        let newest = instances.next();
        let mut status = match newest {
            None => lost::status(self),
            Some(newest) => {
                let mut status = seen::status(self, newest);
                // One that was made and never started has no end.
                if let Some(before) = instances.find(|before| has_ended(before)) {
                    status.last_state = seen::status(self, before).state;
                }
                status
            }
        };
        if let Some(waiting) = self.waits(newest) {
            if let Some(ended) = status.state.take().filter(|state| state.terminated.is_some()) {
                status.last_state = Some(ended);
            }
            status.state = Some(waiting);
        }
        self.readiness(&mut status);
        status
    }

    /// What is told of a container that is to be started, if it waits.
    fn waits(&self, newest: Option<&SeenContainer>) -> Option<ContainerState> {
        let told = self.told_to_wait(newest).map(|waiting| waiting_state(waiting.reason, &waiting.message));
        told.or_else(|| self.is_passed_over(newest?).then(|| waiting_state(self.default_reason(), "")))
    }

    /// Whether an instance has ended as if for good, and another one is about to follow: it was stopped for that. Its end must
    /// not be told as the container's, which the API server would let nobody take back.
    fn is_passed_over(&self, newest: &SeenContainer) -> bool {
        let SeenState::Exited(exit) = &newest.state else { return false };
        self.inputs.state.replaced.contains(&newest.id)
            && !restarts_after(spec(self.pod), self.container, exit.exit_code)
    }

    /// Why a container that is to be started waits, if it does.
    fn told_to_wait(&self, newest: Option<&SeenContainer>) -> Option<&Waiting> {
        let state = self.inputs.state;
        let is_due = match newest.map(|newest| &newest.state) {
            None | Some(SeenState::Created | SeenState::Unknown) => true,
            Some(SeenState::Running { .. }) => false,
            Some(SeenState::Exited(exit)) => {
                restarts_after(spec(self.pod), self.container, exit.exit_code)
                    && !(self.kind == Kind::Init && exit.exit_code == 0)
            }
        };
        if !is_due || state.phase != PodPhase::Syncing || self.pod.metadata.deletion_timestamp.is_some() {
            return None;
        }
        let of_pod = state.pod_waiting.as_ref().filter(|_| self.inputs.audience == Audience::People);
        state.waiting.get(&self.container.name).or(of_pod.filter(|_| newest.is_none()))
    }

    /// What probes will say one day; a container without any is ready as soon as it runs (`UpdatePodStatus`).
    fn readiness(&self, status: &mut ContainerStatus) {
        let state = status.state.as_ref();
        let is_running = state.is_some_and(|state| state.running.is_some());
        let has_succeeded =
            state.and_then(|state| state.terminated.as_ref()).is_some_and(|ended| ended.exit_code == 0);
        match self.kind {
            Kind::App => status.ready = is_running,
            Kind::Init if is_sidecar(self.container) => status.ready = is_running,
            Kind::Init => status.ready = has_succeeded,
            Kind::Ephemeral => {
                status.ready = false;
                status.started = None;
                return;
            }
        }
        status.started = Some(is_running);
    }

    /// What a container waits for that was never tried.
    fn default_reason(&self) -> &'static str {
        let has_init = spec(self.pod).init_containers.as_ref().is_some_and(|list| !list.is_empty());
        if has_init { waiting::POD_INITIALIZING } else { waiting::CONTAINER_CREATING }
    }
}

/// A container that waits; empty texts are left out.
pub(super) fn waiting_state(reason: &str, message: &str) -> ContainerState {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let waiting = ContainerStateWaiting { reason: some(reason), message: some(message) };
    ContainerState { waiting: Some(waiting), ..ContainerState::default() }
}

/// The end of a container that nobody saw (`ContainerReasonStatusUnknown`).
pub(super) fn unknown_end(message: &str) -> ContainerStateTerminated {
    ContainerStateTerminated {
        exit_code: 137,
        reason: Some(terminated_reasons::CONTAINER_STATUS_UNKNOWN.to_owned()),
        message: Some(message.to_owned()),
        ..ContainerStateTerminated::default()
    }
}

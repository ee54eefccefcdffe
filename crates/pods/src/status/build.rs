//! The whole status.

use super::containers::{self, Kind};
use super::phase::{self, Phase};
use super::{addresses, conditions, finish, resources, told_ends};
use crate::actor::{FailureKind, PodFailure, PodState};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ContainerStatus, HostIP, Pod, PodIP, PodStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use std::net::IpAddr;
use types::pod::spec;
use types::{PodSource, WantedPod};

/// What statuses say of the node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// `status.hostIPs`: the node's primary address, then one of the other family, if it has one.
    pub host_ips: Vec<IpAddr>,
    /// What `--node-ip` says: decides which family of a pod's addresses comes first.
    pub node_ips: Vec<IpAddr>,
    /// Container ids are shown as `<runtime_name>://<id>`.
    pub runtime_name: String,
    /// Whether the runtime can mount recursively read-only.
    pub recursive_read_only: bool,
}

/// For whom a status is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The API server: word for word as upstream's.
    Server,
    /// People at the node: what keeps the pod as a whole from starting is told with it.
    People,
}

/// All that a status depends on.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// What the actor tells.
    pub state: &'a PodState,
    /// What the node is.
    pub facts: &'a Facts,
    /// What was told last, else what the API server has: lost containers are made up from it, times are kept.
    pub previous: &'a PodStatus,
    /// What the API server has now: conditions and fields of others are kept, and a phase that is terminal.
    pub server: &'a PodStatus,
    /// The time of what changes now.
    pub now: Timestamp,
    /// For whom.
    pub audience: Audience,
}

impl Inputs<'_> {
    /// Whether the pod is the API server's own. Static pods never get a phase that they could not leave.
    pub(super) fn is_of_server(&self, wanted: &WantedPod) -> bool {
        wanted.source == PodSource::Api && self.state.wanted.is_some()
    }
}

/// The status that the API server should have; `None` for a pod whose specification nobody knows.
pub fn build(inputs: &Inputs<'_>) -> Option<PodStatus> {
    let wanted = inputs.state.wanted.as_ref()?;
    let pod = &wanted.pod;
    let is_absent = inputs.state.seen.as_ref().is_none_or(|seen| seen.is_absent());
    if inputs.is_of_server(wanted) && types::pod::is_terminal(pod) && is_absent {
        return Some(kept(inputs, pod));
    }
    match &inputs.state.failure {
        Some(failure) if failure.kind == FailureKind::Rejected => Some(rejected(inputs, wanted, failure)),
        Some(_) | None => Some(generate(inputs, wanted)),
    }
}

/// A pod that the API server knows to be over, and of which nothing is left, keeps the status it has; what it says of
/// containers is made final.
fn kept(inputs: &Inputs<'_>, pod: &Pod) -> PodStatus {
    let mut status = inputs.server.clone();
    // A deletion counts as a generation.
    status.observed_generation = observed_generation(inputs, pod);
    if inputs.state.is_released {
        finish::containers(pod, &mut status);
    }
    status
}

/// Nothing was ever made of it (`kubelet.go` `rejectPod`).
fn rejected(inputs: &Inputs<'_>, wanted: &WantedPod, failure: &PodFailure) -> PodStatus {
    let mut status = PodStatus {
        phase: Some(Phase::Failed.as_str().to_owned()),
        reason: Some(failure.reason.clone()),
        message: Some(failure.message.clone()),
        qos_class: qos_class(inputs, &wanted.pod),
        start_time: start_time(inputs, wanted),
        observed_generation: observed_generation(inputs, &wanted.pod),
        conditions: conditions::of_others(inputs.server),
        ..PodStatus::default()
    };
    keep_fields_of_others(&mut status, inputs.server);
    status
}

fn generate(inputs: &Inputs<'_>, wanted: &WantedPod) -> PodStatus {
    let pod = &wanted.pod;
    let (state, pod_spec) = (inputs.state, spec(pod));
    let is_over = state.is_over();
    let init = containers::statuses(inputs, pod, Kind::Init);
    let app = containers::statuses(inputs, pod, Kind::App);
    let ephemeral = containers::statuses(inputs, pod, Kind::Ephemeral);
    let own_phase = match &state.failure {
        Some(_) => Phase::Failed,
        None => {
            let is_terminal = is_over && inputs.is_of_server(wanted);
            let phase = phase::phase(inputs, pod_spec, &init, &app, is_terminal);
            if inputs.is_of_server(wanted) { sticky(phase, inputs) } else { phase }
        }
    };
    let (pod_ips, host_ips) = (addresses::pod_ips(inputs, pod), addresses::host_ips(inputs));
    let mut status = PodStatus {
        observed_generation: observed_generation(inputs, pod),
        host_ip: host_ips.first().cloned(),
        host_ips: some(host_ips.into_iter().map(|ip| HostIP { ip }).collect()),
        pod_ip: pod_ips.first().cloned(),
        pod_ips: some(pod_ips.into_iter().map(|ip| PodIP { ip }).collect()),
        qos_class: qos_class(inputs, pod),
        start_time: start_time(inputs, wanted),
        allocated_resources: resources::allocated(pod_spec),
        container_statuses: some(app),
        init_container_statuses: some(init),
        ephemeral_container_statuses: some(ephemeral),
        ..PodStatus::default()
    };
    let is_final = is_over && state.is_released;
    if is_final {
        finish::containers(pod, &mut status);
    }
    let own_phase = match own_phase {
        Phase::Pending | Phase::Running if is_final && inputs.is_of_server(wanted) => Phase::Failed,
        phase => phase,
    };
    let told_phase = told_phase(own_phase, inputs);
    status.phase = Some(told_phase.as_str().to_owned());
    status.resources = Some(resources::of_pod(pod_spec, told_phase));
    (status.reason, status.message) = reason_and_message(inputs, told_phase);
    let list = |list: &Option<Vec<ContainerStatus>>| list.clone().unwrap_or_default();
    let (init, app) = (list(&status.init_container_statuses), list(&status.container_statuses));
    status.conditions = Some(conditions::conditions(inputs, pod, own_phase, &init, &app));
    keep_fields_of_others(&mut status, inputs.server);
    if inputs.audience == Audience::Server {
        told_ends::keep(pod_spec, &mut status, inputs.server);
    }
    status
}

/// A phase that was terminal once stays. A static pod may come again under its UID, while its mirror still tells of the last
/// time.
fn sticky(phase: Phase, inputs: &Inputs<'_>) -> Phase {
    let before = [inputs.server, inputs.previous].into_iter().filter_map(Phase::of);
    before.into_iter().find(|phase| !phase.is_open()).unwrap_or(phase)
}

/// A terminal phase is held back while a container may still run: whoever waits for it takes what the pod held.
fn told_phase(own: Phase, inputs: &Inputs<'_>) -> Phase {
    let known = Phase::of(inputs.server).unwrap_or(Phase::Pending);
    if own.is_open() || !known.is_open() || inputs.state.is_over() { own } else { known }
}

fn reason_and_message(inputs: &Inputs<'_>, told: Phase) -> (Option<String>, Option<String>) {
    if let Some(failure) = inputs.state.failure.as_ref().filter(|_| inputs.state.is_over()) {
        return (Some(failure.reason.clone()), Some(failure.message.clone()));
    }
    // Whoever else ended the pod may have said why.
    let same_phase =
        [inputs.previous, inputs.server].into_iter().filter(|known| Phase::of(known) == Some(told));
    let mut reasons = same_phase.filter(|known| known.reason.is_some() || known.message.is_some());
    if let Some(known) = reasons.next() {
        return (known.reason.clone(), known.message.clone());
    }
    let waiting = inputs.state.pod_waiting.as_ref().filter(|_| inputs.audience == Audience::People);
    (None, waiting.map(|waiting| waiting.message.clone()))
}

/// When the kubelet first took the pod on; it never changes.
fn start_time(inputs: &Inputs<'_>, wanted: &WantedPod) -> Option<Time> {
    let known = inputs.server.start_time.clone().or_else(|| inputs.previous.start_time.clone());
    known.or_else(|| Some(Time(inputs.state.started_at().unwrap_or(wanted.seen))))
}

fn qos_class(inputs: &Inputs<'_>, pod: &Pod) -> Option<String> {
    let known = inputs.server.qos_class.clone();
    known.or_else(|| Some(types::qos::QosClass::of_pod(pod).as_str().to_owned()))
}

fn observed_generation(inputs: &Inputs<'_>, pod: &Pod) -> Option<i64> {
    // Never back to an older one.
    pod.metadata.generation.max(inputs.server.observed_generation)
}

fn keep_fields_of_others(status: &mut PodStatus, server: &PodStatus) {
    status.nominated_node_name.clone_from(&server.nominated_node_name);
    status.resource_claim_statuses.clone_from(&server.resource_claim_statuses);
    status.extended_resource_claim_status.clone_from(&server.extended_resource_claim_status);
    status
        .node_allocatable_resource_claim_statuses
        .clone_from(&server.node_allocatable_resource_claim_statuses);
    status.resize.clone_from(&server.resize);
    status.volume_health.clone_from(&server.volume_health);
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

//! The pod's conditions (`status/generate.go`).

use super::Inputs;
use super::phase::Phase;
use super::restarting::{self, Restarting};
use crate::actor::may_restart_all;
use crate::observe::SeenPod;
use k8s_openapi::api::core::v1::{ContainerStatus, Pod, PodCondition, PodSpec, PodStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use types::pod::{is_host_network, is_sidecar, spec};
use types::reasons::{condition, condition_reason, pod_status};

/// The types that a kubelet alone writes (`types/pod_status.go` `PodConditionsByKubelet`).
const OWN: [&str; 8] = [
    condition::POD_SCHEDULED,
    condition::READY,
    condition::INITIALIZED,
    condition::CONTAINERS_READY,
    condition::POD_READY_TO_START_CONTAINERS,
    condition::POD_RESIZE_IN_PROGRESS,
    condition::POD_RESIZE_PENDING,
    condition::ALL_CONTAINERS_RESTARTING,
];

/// The conditions that others wrote, as they are.
pub(super) fn of_others(server: &PodStatus) -> Option<Vec<PodCondition>> {
    let all = server.conditions.iter().flatten();
    let others: Vec<_> = all.filter(|known| !OWN.contains(&known.type_.as_str())).cloned().collect();
    (!others.is_empty()).then_some(others)
}

/// All conditions: those of others, then the kubelet's own in upstream's order.
pub(super) fn conditions(
    inputs: &Inputs<'_>,
    pod: &Pod,
    phase: Phase,
    init: &[ContainerStatus],
    app: &[ContainerStatus],
) -> Vec<PodCondition> {
    let pod_spec = spec(pod);
    let mut conditions = of_others(inputs.server).unwrap_or_default();
    if let Some(verdict) = disruption(inputs) {
        conditions.retain(|known| known.type_ != condition::DISRUPTION_TARGET);
        conditions.push(condition_of(inputs, pod, condition::DISRUPTION_TARGET, verdict));
    }
    let containers_ready = containers_ready(pod_spec, phase, init, app);
    let ready = ready(pod_spec, &containers_ready, &conditions);
    let own = [
        (condition::POD_READY_TO_START_CONTAINERS, sandbox(inputs, pod_spec)),
        (condition::INITIALIZED, initialized(inputs, pod_spec, phase, init, app)),
        (condition::READY, ready),
        (condition::CONTAINERS_READY, containers_ready),
        (condition::POD_SCHEDULED, Verdict::TRUE),
    ];
    conditions.extend(own.into_iter().map(|(type_, verdict)| condition_of(inputs, pod, type_, verdict)));
    if may_restart_all(pod_spec) {
        let verdict = all_restarting(inputs, pod_spec, phase);
        let condition = condition_of(inputs, pod, condition::ALL_CONTAINERS_RESTARTING, verdict);
        // As upstream's, which alone says nothing of the generation.
        conditions.push(PodCondition { observed_generation: None, ..condition });
    }
    conditions
}

fn condition_of(inputs: &Inputs<'_>, pod: &Pod, type_: &str, verdict: Verdict) -> PodCondition {
    let status = if verdict.is_true { "True" } else { "False" };
    let mut known = [inputs.previous, inputs.server]
        .into_iter()
        .filter_map(|told| told.conditions.iter().flatten().find(|known| known.type_ == type_));
    // The time of the last change of status; a new reason or message does not count.
    let since =
        known.find(|known| known.status == status).and_then(|known| known.last_transition_time.clone());
    PodCondition {
        type_: type_.to_owned(),
        status: status.to_owned(),
        reason: verdict.reason.map(str::to_owned),
        message: verdict.message,
        observed_generation: pod.metadata.generation,
        last_transition_time: since.or(Some(Time(inputs.now))),
        ..PodCondition::default()
    }
}

/// Whether a sandbox stands and has its network (`util.go` `PodSandboxChanged`). That of a pod that is over is not used again.
fn sandbox(inputs: &Inputs<'_>, pod_spec: &PodSpec) -> Verdict {
    let not = |message: &str| Verdict {
        is_true: false,
        reason: Some(condition_reason::POD_SANDBOX_NOT_READY),
        message: Some(message.to_owned()),
    };
    let seen = inputs.state.seen.as_deref();
    let Some((seen, newest)) = seen.and_then(|seen: &SeenPod| Some((seen, seen.newest_sandbox()?))) else {
        return not("no pod sandbox exists");
    };
    if seen.sandboxes.iter().filter(|sandbox| sandbox.is_ready).count() > 1 {
        return not("multiple pod sandboxes are ready and need to be reconciled");
    }
    if !newest.is_ready || inputs.state.is_over() {
        return not("pod sandbox is not ready");
    }
    if newest.is_host_network != is_host_network(pod_spec) {
        return not("network namespace mode changed and sandbox needs to be recreated");
    }
    if !newest.is_host_network && newest.ips.is_empty() {
        return not("pod sandbox has no IP address");
    }
    Verdict::TRUE
}

fn initialized(
    inputs: &Inputs<'_>,
    pod_spec: &PodSpec,
    phase: Phase,
    init: &[ContainerStatus],
    app: &[ContainerStatus],
) -> Verdict {
    let (mut unknown, mut incomplete) = (Vec::new(), Vec::new());
    for container in pod_spec.init_containers.iter().flatten() {
        match init.iter().find(|status| status.name == container.name) {
            None => unknown.push(container.name.as_str()),
            Some(status) => {
                let is_done = if is_sidecar(container) { status.started == Some(true) } else { status.ready };
                if !is_done {
                    incomplete.push(container.name.as_str());
                }
            }
        }
    }
    if phase == Phase::Succeeded && unknown.is_empty() {
        return Verdict { reason: Some(condition_reason::POD_COMPLETED), ..Verdict::TRUE };
    }
    let has_started = |status: &ContainerStatus| {
        status.state.as_ref().is_some_and(|state| state.running.is_some() || state.terminated.is_some())
    };
    if app.iter().any(has_started) {
        return Verdict::TRUE;
    }
    let lists =
        [("containers with unknown status", unknown), ("containers with incomplete status", incomplete)];
    match listed(lists) {
        None => Verdict::TRUE,
        // A pod that was initialized once stays so.
        Some(_) if was_true(inputs, condition::INITIALIZED) => Verdict::TRUE,
        Some(message) => Verdict::not(condition_reason::CONTAINERS_NOT_INITIALIZED, message),
    }
}

fn was_true(inputs: &Inputs<'_>, type_: &str) -> bool {
    let known = inputs.previous.conditions.iter().flatten().find(|known| known.type_ == type_);
    known.is_some_and(|known| known.status == "True")
}

fn containers_ready(
    pod_spec: &PodSpec,
    phase: Phase,
    init: &[ContainerStatus],
    app: &[ContainerStatus],
) -> Verdict {
    let sidecars = pod_spec.init_containers.iter().flatten().filter(|container| is_sidecar(container));
    let names = sidecars.chain(&pod_spec.containers).map(|container| container.name.as_str());
    let (mut unknown, mut unready) = (Vec::new(), Vec::new());
    for name in names {
        match init.iter().chain(app).find(|status| status.name == name) {
            None => unknown.push(name),
            Some(status) if !status.ready => unready.push(name),
            Some(_) => {}
        }
    }
    if phase == Phase::Succeeded && unknown.is_empty() {
        return Verdict::because(condition_reason::POD_COMPLETED);
    }
    if phase == Phase::Failed {
        return Verdict::because(condition_reason::POD_FAILED);
    }
    let lists = [("containers with unknown status", unknown), ("containers with unready status", unready)];
    match listed(lists) {
        None => Verdict::TRUE,
        Some(message) => Verdict::not(condition_reason::CONTAINERS_NOT_READY, message),
    }
}

/// The containers, and the conditions that the pod names as its readiness gates.
fn ready(pod_spec: &PodSpec, containers_ready: &Verdict, conditions: &[PodCondition]) -> Verdict {
    if !containers_ready.is_true {
        return containers_ready.clone();
    }
    let mut messages = Vec::new();
    for gate in pod_spec.readiness_gates.iter().flatten() {
        let type_ = &gate.condition_type;
        match conditions.iter().find(|known| known.type_ == *type_) {
            None => messages
                .push(format!("corresponding condition of pod readiness gate \"{type_}\" does not exist.")),
            Some(known) if known.status != "True" => messages.push(format!(
                "the status of pod readiness gate \"{type_}\" is not \"True\", but {}",
                known.status
            )),
            Some(_) => {}
        }
    }
    if messages.is_empty() {
        Verdict::TRUE
    } else {
        Verdict::not(condition_reason::READINESS_GATES_NOT_READY, messages.join(", "))
    }
}

/// Whether all containers are being taken down to begin again.
fn all_restarting(inputs: &Inputs<'_>, pod_spec: &PodSpec, phase: Phase) -> Verdict {
    match phase {
        Phase::Succeeded => Verdict::because(condition_reason::POD_COMPLETED),
        Phase::Failed => Verdict::because(condition_reason::POD_FAILED),
        Phase::Pending | Phase::Running => match restarting::of(inputs, pod_spec) {
            Restarting::UnderWay => Verdict {
                is_true: true,
                reason: Some(condition_reason::RESTART_ALL_CONTAINERS_STARTED),
                message: Some("container exited with restart policy rule".to_owned()),
            },
            Restarting::No | Restarting::Cleared => Verdict { is_true: false, ..Verdict::TRUE },
        },
    }
}

/// A pod that gave way says so, once it is over (KEP-3329).
fn disruption(inputs: &Inputs<'_>) -> Option<Verdict> {
    let failure = inputs.state.failure.as_ref().filter(|_| inputs.state.is_over())?;
    let is_preempted = failure.reason == pod_status::PREEMPTING;
    is_preempted.then(|| Verdict {
        is_true: true,
        reason: Some("TerminationByKubelet"),
        message: Some("Pod was preempted by Kubelet to accommodate a critical pod.".to_owned()),
    })
}

/// The lists that are not empty, as Go prints them.
fn listed(lists: [(&str, Vec<&str>); 2]) -> Option<String> {
    let told = lists.into_iter().filter(|(_, names)| !names.is_empty());
    let told: Vec<String> = told.map(|(words, names)| format!("{words}: [{}]", names.join(" "))).collect();
    (!told.is_empty()).then(|| told.join(", "))
}

#[derive(Clone)]
struct Verdict {
    is_true: bool,
    reason: Option<&'static str>,
    message: Option<String>,
}

impl Verdict {
    const TRUE: Self = Self { is_true: true, reason: None, message: None };

    fn because(reason: &'static str) -> Self {
        Self { is_true: false, reason: Some(reason), message: None }
    }

    fn not(reason: &'static str, message: String) -> Self {
        Self { is_true: false, reason: Some(reason), message: Some(message) }
    }
}

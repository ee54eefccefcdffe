//! The pod's conditions (`status/generate.go`).

use super::phase::Phase;
use crate::actor::PodState;
use k8s_openapi::api::core::v1::{ContainerStatus, PodCondition, PodSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use types::reasons::{condition, condition_reason, pod_status};

/// The conditions that a kubelet owns, in upstream's order.
pub(super) fn conditions(
    state: &PodState,
    pod_spec: &PodSpec,
    phase: Phase,
    init_statuses: &[ContainerStatus],
    statuses: &[ContainerStatus],
    has_network: bool,
) -> Vec<PodCondition> {
    let is_sandbox_ready = state
        .seen
        .as_ref()
        .and_then(|seen| seen.newest_sandbox())
        .is_some_and(|sandbox| sandbox.is_ready && (sandbox.is_host_network || has_network));
    let is_done = matches!(phase, Phase::Succeeded | Phase::Failed);
    let uninitialized: Vec<&str> =
        init_statuses.iter().filter(|status| !status.ready).map(|status| status.name.as_str()).collect();
    let is_started = statuses.iter().any(|status| status.started == Some(true));
    let initialized = if uninitialized.is_empty() || is_started || phase == Phase::Succeeded {
        Verdict::TRUE
    } else {
        Verdict::not(
            condition_reason::CONTAINERS_NOT_INITIALIZED,
            "containers with incomplete status",
            &uninitialized,
        )
    };
    let unready: Vec<&str> =
        statuses.iter().filter(|status| !status.ready).map(|status| status.name.as_str()).collect();
    let containers_ready = match phase {
        Phase::Succeeded => Verdict::because(condition_reason::POD_COMPLETED),
        Phase::Failed => Verdict::because(condition_reason::POD_FAILED),
        Phase::Pending | Phase::Running
            if unready.is_empty() && statuses.len() == pod_spec.containers.len() =>
        {
            Verdict::TRUE
        }
        Phase::Pending | Phase::Running => {
            Verdict::not(condition_reason::CONTAINERS_NOT_READY, "containers with unready status", &unready)
        }
    };
    let since = state.wanted.as_ref().map(|wanted| Time(wanted.seen));
    let sandbox = if is_sandbox_ready && !is_done { Verdict::TRUE } else { Verdict::FALSE };
    [
        (condition::POD_READY_TO_START_CONTAINERS, sandbox),
        (condition::INITIALIZED, initialized),
        (condition::READY, containers_ready.clone()),
        (condition::CONTAINERS_READY, containers_ready),
        (condition::POD_SCHEDULED, Verdict::TRUE),
    ]
    .into_iter()
    .chain(disruption(state))
    .map(|(type_, verdict)| PodCondition {
        type_: type_.to_owned(),
        status: if verdict.is_true { "True" } else { "False" }.to_owned(),
        reason: verdict.reason.map(str::to_owned),
        message: verdict.message,
        last_transition_time: since.clone(),
        ..PodCondition::default()
    })
    .collect()
}

/// A pod that gave way says so (KEP-3329).
fn disruption(state: &PodState) -> Option<(&'static str, Verdict)> {
    let is_preempted = state.failure.as_ref().is_some_and(|failure| failure.reason == pod_status::PREEMPTING);
    is_preempted.then(|| {
        let message = "Pod was preempted by Kubelet to accommodate a critical pod.".to_owned();
        let verdict = Verdict { is_true: true, reason: Some("TerminationByKubelet"), message: Some(message) };
        (condition::DISRUPTION_TARGET, verdict)
    })
}

#[derive(Clone)]
struct Verdict {
    is_true: bool,
    reason: Option<&'static str>,
    message: Option<String>,
}

impl Verdict {
    const TRUE: Self = Self { is_true: true, reason: None, message: None };
    const FALSE: Self = Self { is_true: false, reason: None, message: None };

    fn because(reason: &'static str) -> Self {
        Self { is_true: false, reason: Some(reason), message: None }
    }

    fn not(reason: &'static str, words: &str, names: &[&str]) -> Self {
        Self {
            is_true: false,
            reason: Some(reason),
            message: Some(format!("{words}: [{}]", names.join(" "))),
        }
    }
}

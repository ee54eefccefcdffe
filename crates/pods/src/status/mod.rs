//! A pod's status as the API shapes it, built from a [`PodState`] when somebody asks.
//!
//! Source: `pkg/kubelet/kubelet_pods.go` (`getPhase`, `convertToAPIContainerStatuses`), `pkg/kubelet/status/generate.go`.

mod conditions;
mod containers;
mod phase;

use crate::actor::{PodPhase, PodState};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{HostIP, Pod, PodIP, PodStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use phase::Phase;
use std::net::IpAddr;
use types::pod::{is_host_network, spec};

/// The pod with its status; `None` for one whose specification nobody knows.
pub fn with_status(state: &PodState, host_ips: &[IpAddr], runtime_name: &str) -> Option<Pod> {
    let wanted = state.wanted.as_ref()?;
    let mut pod = Pod::clone(&wanted.pod);
    let started_at = state.started_at().unwrap_or(wanted.seen);
    pod.status = Some(build(state, &pod, started_at, host_ips, runtime_name));
    if state.phase == PodPhase::Ending {
        // What kubectl shows as Terminating.
        pod.metadata.deletion_timestamp.get_or_insert(Time(wanted.seen));
    }
    Some(pod)
}

fn build(
    state: &PodState,
    pod: &Pod,
    started_at: Timestamp,
    host_ips: &[IpAddr],
    runtime_name: &str,
) -> PodStatus {
    let pod_spec = spec(pod);
    let failure = state.failure.as_ref().filter(|_| state.is_over());
    let qos_class = Some(types::qos::QosClass::of_pod(pod).as_str().to_owned());
    if let Some(failure) = failure
        && state.seen.as_ref().is_none_or(|seen| seen.is_absent())
    {
        // Nothing was ever made of it (`kubelet.go` `rejectPod`).
        return PodStatus {
            phase: Some(Phase::Failed.as_str().to_owned()),
            reason: Some(failure.reason.clone()),
            message: Some(failure.message.clone()),
            qos_class,
            start_time: Some(Time(started_at)),
            ..PodStatus::default()
        };
    }
    let init_statuses = containers::init(state, pod_spec, runtime_name);
    let mut statuses = containers::app(state, pod_spec, runtime_name);
    if failure.is_some() {
        containers::end_unstarted(state, pod_spec, &mut statuses);
    }
    let phase = match failure {
        Some(_) => Phase::Failed,
        None => phase::phase(pod_spec, &init_statuses, &statuses),
    };
    let pod_ips = pod_ips(state, pod, host_ips);
    let conditions =
        conditions::conditions(state, pod_spec, phase, &init_statuses, &statuses, !pod_ips.is_empty());
    PodStatus {
        phase: Some(phase.as_str().to_owned()),
        conditions: Some(conditions),
        container_statuses: Some(statuses),
        init_container_statuses: (!init_statuses.is_empty()).then_some(init_statuses),
        host_ip: host_ips.first().map(ToString::to_string),
        host_ips: (!host_ips.is_empty())
            .then(|| host_ips.iter().map(|ip| HostIP { ip: ip.to_string() }).collect()),
        pod_ip: pod_ips.first().cloned(),
        pod_ips: (!pod_ips.is_empty()).then(|| pod_ips.into_iter().map(|ip| PodIP { ip }).collect()),
        qos_class,
        start_time: Some(Time(started_at)),
        reason: failure.map(|failure| failure.reason.clone()),
        message: match failure {
            Some(failure) => Some(failure.message.clone()),
            None => state.pod_waiting.as_ref().map(|waiting| waiting.message.clone()),
        },
        ..PodStatus::default()
    }
}

fn pod_ips(state: &PodState, pod: &Pod, host_ips: &[IpAddr]) -> Vec<String> {
    if is_host_network(spec(pod)) {
        return host_ips.iter().map(ToString::to_string).collect();
    }
    let seen = state.seen.as_ref().and_then(|seen| seen.newest_sandbox());
    seen.filter(|sandbox| sandbox.is_ready).map(|sandbox| sandbox.ips.clone()).unwrap_or_default()
}

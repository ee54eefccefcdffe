//! The values that the API fills in: `pkg/apis/core/v1/defaults.go` of release 1.37, with the feature gates at their
//! defaults, as the decoder of a static pod applies them.

mod container;
mod image;
mod resources;
mod volume;

use k8s_openapi::api::core::v1::{Pod, PodIP, PodSpec, PodStatus};

use crate::containers;

/// Seconds a container gets to end where the pod names none.
const TERMINATION_GRACE_PERIOD_SECONDS: i64 = 30;

/// Fills in what the pod leaves out.
pub(crate) fn apply(pod: &mut Pod) {
    let spec = pod.spec.get_or_insert_default();
    whole_pod(spec);
    pod_spec(spec);
    spec.volumes.iter_mut().flatten().for_each(volume::apply);
    containers::for_each_mut(spec, container::apply);
    if let Some(status) = &mut pod.status {
        pod_status(status);
    }
}

fn whole_pod(spec: &mut PodSpec) {
    if spec.termination_grace_period_seconds.is_some_and(|seconds| seconds < 0) {
        spec.termination_grace_period_seconds = Some(1);
    }
    for container in spec.containers.iter_mut().chain(spec.init_containers.iter_mut().flatten()) {
        resources::requests_from_limits(container);
    }
    spec.enable_service_links.get_or_insert(true);
    if spec.host_network == Some(true) {
        let containers = spec.containers.iter_mut().chain(spec.init_containers.iter_mut().flatten());
        for port in containers.flat_map(|container| container.ports.iter_mut().flatten()) {
            if port.host_port.unwrap_or(0) == 0 {
                port.host_port = Some(port.container_port);
            }
        }
    }
}

fn pod_spec(spec: &mut PodSpec) {
    if is_empty(&spec.service_account_name) {
        spec.service_account_name = spec.service_account.take().filter(|name| !name.is_empty());
    }
    spec.service_account = spec.service_account_name.clone();
    fill(&mut spec.dns_policy, "ClusterFirst");
    fill(&mut spec.restart_policy, "Always");
    spec.security_context.get_or_insert_default();
    spec.termination_grace_period_seconds.get_or_insert(TERMINATION_GRACE_PERIOD_SECONDS);
    fill(&mut spec.scheduler_name, "default-scheduler");
}

/// Keeps the one address and the list of addresses in step; the one address wins.
fn pod_status(status: &mut PodStatus) {
    let first = status.pod_ips.iter().flatten().next().map(|first| first.ip.clone());
    match (status.pod_ip.clone().filter(|ip| !ip.is_empty()), first) {
        (None, Some(first)) => status.pod_ip = Some(first),
        (Some(ip), first) if first.as_ref() != Some(&ip) => status.pod_ips = Some(vec![PodIP { ip }]),
        (Some(_), _) | (None, None) => {}
    }
}

/// Whether a text is missing; the API makes no difference between none and an empty one.
fn is_empty(text: &Option<String>) -> bool {
    text.as_deref().is_none_or(str::is_empty)
}

fn fill(text: &mut Option<String>, default: &str) {
    if is_empty(text) {
        *text = Some(default.to_owned());
    }
}

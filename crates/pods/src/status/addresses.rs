//! Addresses of the pod and of its node.

use super::Inputs;
use k8s_openapi::api::core::v1::{Pod, PodStatus};
use std::net::IpAddr;
use types::pod::{is_host_network, spec};

/// The node's addresses; those that were told before while none is known.
pub(super) fn host_ips(inputs: &Inputs<'_>) -> Vec<String> {
    if !inputs.facts.host_ips.is_empty() {
        return inputs.facts.host_ips.iter().map(ToString::to_string).collect();
    }
    let told = inputs.previous.host_ips.iter().flatten().map(|host| host.ip.clone());
    told.collect()
}

/// The pod's addresses, at most one of each family, that of the configured node address first. A pod without a sandbox that
/// is ready keeps those it had: an address is looked for after the pod has ended, too.
pub(super) fn pod_ips(inputs: &Inputs<'_>, pod: &Pod) -> Vec<String> {
    let told = told(inputs.previous);
    if is_host_network(spec(pod)) {
        return of_host(&told, &inputs.facts.host_ips);
    }
    let seen = inputs.state.seen.as_ref();
    if !seen.is_some_and(|seen| seen.sandboxes.iter().any(|sandbox| sandbox.is_ready)) {
        return told;
    }
    let newest = seen.and_then(|seen| seen.newest_sandbox()).filter(|sandbox| sandbox.is_ready);
    let ips = newest.map(|sandbox| sandbox.ips.as_slice()).unwrap_or_default();
    translate::sorted_pod_ips(ips, &inputs.facts.node_ips)
}

fn told(status: &PodStatus) -> Vec<String> {
    status.pod_ips.iter().flatten().map(|pod| pod.ip.clone()).collect()
}

/// In the node's network a pod has the node's addresses; they do not change any more, but a second family may come to them.
fn of_host(told: &[String], host_ips: &[IpAddr]) -> Vec<String> {
    match (told, host_ips) {
        ([], _) => host_ips.iter().map(ToString::to_string).collect(),
        ([only], [_, second]) if only.parse::<IpAddr>().is_ok_and(|ip| ip.is_ipv4() != second.is_ipv4()) => {
            vec![only.clone(), second.to_string()]
        }
        _ => told.to_vec(),
    }
}

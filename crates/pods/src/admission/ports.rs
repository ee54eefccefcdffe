//! Ports of the node that pods share.
//!
//! Source: `pkg/scheduler/framework/plugins/nodeports/node_ports.go`, `kube-scheduler/framework/types.go`
//! `HostPortInfo`.

use super::rejection::Rejection;
use k8s_openapi::api::core::v1::{ContainerPort, PodSpec};
use types::WantedPod;
use types::pod::is_sidecar;

/// All addresses of the node.
const ANY: &str = "0.0.0.0";

/// Rejects a pod that wants a port of the node which another pod has.
pub(super) fn check(spec: &PodSpec, others: &[&WantedPod]) -> Result<(), Rejection> {
    let taken: Vec<&ContainerPort> = others.iter().flat_map(|other| host_ports(other.spec())).collect();
    if host_ports(spec).any(|port| taken.iter().any(|other| conflict(port, other))) {
        return Err(Rejection::predicate(
            "NodePorts",
            "node(s) didn't have free ports for the requested pod ports",
        ));
    }
    Ok(())
}

/// Of app containers and sidecars: other init containers are gone when it matters.
fn host_ports(spec: &PodSpec) -> impl Iterator<Item = &ContainerPort> {
    let sidecars = spec.init_containers.iter().flatten().filter(|container| is_sidecar(container));
    let ports = sidecars.chain(&spec.containers).flat_map(|container| container.ports.iter().flatten());
    ports.filter(|port| port.host_port.is_some_and(|number| number > 0))
}

fn conflict(one: &ContainerPort, other: &ContainerPort) -> bool {
    let (one_ip, other_ip) = (address(one), address(other));
    one.host_port == other.host_port
        && protocol(one) == protocol(other)
        && (one_ip == ANY || other_ip == ANY || one_ip == other_ip)
}

fn address(port: &ContainerPort) -> &str {
    port.host_ip.as_deref().filter(|ip| !ip.is_empty()).unwrap_or(ANY)
}

fn protocol(port: &ContainerPort) -> &str {
    port.protocol.as_deref().filter(|protocol| !protocol.is_empty()).unwrap_or("TCP")
}

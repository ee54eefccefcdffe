//! Ports of the pod's containers (`container/helpers.go`, `MakePortMappings`).

use cri::v1;
use k8s_openapi::api::core::v1::{ContainerPort, PodSpec};
use std::collections::BTreeSet;

/// The ports of all app containers, in order. Init and ephemeral containers have none that are mapped. Within one
/// container a port whose name, or whose family, protocol, address and numbers, came before is left out.
pub(super) fn port_mappings(spec: &PodSpec) -> Vec<v1::PortMapping> {
    let mut mappings = Vec::new();
    for container in &spec.containers {
        let mut names = BTreeSet::new();
        for port in container.ports.iter().flatten() {
            if names.insert(name(port)) {
                mappings.push(mapping(port));
            }
        }
    }
    mappings
}

fn name(port: &ContainerPort) -> String {
    if let Some(name) = port.name.as_deref().filter(|name| !name.is_empty()) {
        return name.to_owned();
    }
    let host_ip = port.host_ip.as_deref().unwrap_or_default();
    let family = match host_ip {
        "" => "any",
        text if text.parse().is_ok_and(|ip| super::ips::is_ipv6(&ip)) => "v6",
        _ => "v4",
    };
    let protocol = port.protocol.as_deref().unwrap_or_default();
    format!("{family}-{protocol}-{host_ip}:{}:{}", port.container_port, port.host_port.unwrap_or(0))
}

fn mapping(port: &ContainerPort) -> v1::PortMapping {
    let protocol = match port.protocol.as_deref() {
        Some("UDP") => v1::Protocol::Udp,
        Some("SCTP") => v1::Protocol::Sctp,
        _ => v1::Protocol::Tcp,
    };
    v1::PortMapping {
        protocol: protocol as i32,
        container_port: port.container_port,
        host_port: port.host_port.unwrap_or(0),
        host_ip: port.host_ip.clone().unwrap_or_default(),
    }
}

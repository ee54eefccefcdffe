//! The order of a pod's IPs (`kubelet_pods.go`, `sortPodIPs`).

use std::net::IpAddr;

/// At most one IP of each family: first of the family that the node's first IP has, IPv4 when none is configured.
/// Texts that are no IP are left out, and all are written the canonical way.
pub fn sorted_pod_ips(pod_ips: &[String], node_ips: &[IpAddr]) -> Vec<String> {
    let ipv6_first = node_ips.first().is_some_and(is_ipv6);
    let parsed: Vec<IpAddr> = pod_ips.iter().filter_map(|text| text.parse().ok()).collect();
    let first_of = |ipv6: bool| parsed.iter().find(|ip| is_ipv6(ip) == ipv6);
    [first_of(ipv6_first), first_of(!ipv6_first)].into_iter().flatten().map(ToString::to_string).collect()
}

/// As Go sees it: an IPv4 address written as IPv6 is IPv4.
pub(super) fn is_ipv6(ip: &IpAddr) -> bool {
    ip.to_canonical().is_ipv6()
}

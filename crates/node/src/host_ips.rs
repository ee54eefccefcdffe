//! The addresses of a node's host, as pods are told them.

use k8s_openapi::api::core::v1::Node;
use std::net::IpAddr;

/// The node's main address, and the first one of the other family, if it has any: internal addresses before external
/// ones (`pkg/util/node` `GetNodeHostIPs`). Empty when the node has none.
pub fn host_ips(node: &Node) -> Vec<IpAddr> {
    let addresses = node.status.as_ref().and_then(|status| status.addresses.as_deref()).unwrap_or_default();
    let of_kind = |kind: &'static str| {
        let of_kind = addresses.iter().filter(move |address| address.type_ == kind);
        of_kind.filter_map(|address| address.address.parse::<IpAddr>().ok())
    };
    let all: Vec<IpAddr> = of_kind("InternalIP").chain(of_kind("ExternalIP")).collect();
    let Some(first) = all.first() else { return Vec::new() };
    let second = all.iter().find(|ip| ip.is_ipv4() != first.is_ipv4());
    [first].into_iter().chain(second).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_each_family() {
        let check = |addresses: &[(&str, &str)], expected: &[&str]| {
            let addresses: Vec<_> = addresses
                .iter()
                .map(|(kind, address)| serde_json::json!({"type": kind, "address": address}))
                .collect();
            let node: Node =
                serde_json::from_value(serde_json::json!({"status": {"addresses": addresses}})).unwrap();
            let expected: Vec<IpAddr> = expected.iter().map(|text| text.parse().unwrap()).collect();
            assert_eq!(host_ips(&node), expected);
        };
        check(&[], &[]);
        check(&[("Hostname", "10.0.0.1")], &[]);
        check(&[("ExternalIP", "1.2.3.4"), ("InternalIP", "10.0.0.1")], &["10.0.0.1"]);
        check(
            &[("InternalIP", "::1"), ("InternalIP", "::2"), ("InternalIP", "10.0.0.1"), ("Hostname", "n")],
            &["::1", "10.0.0.1"],
        );
    }
}

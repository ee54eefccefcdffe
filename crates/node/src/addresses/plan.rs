//! Which addresses are the node's. Pure.

use super::{AddressRules, Choice, NodeIps};
use crate::settings::CloudProvider;
use host::network::HostAddresses;
use std::net::IpAddr;

/// Whether the choice depends on what the node's name resolves to.
pub(super) fn needs_name(rules: &AddressRules) -> bool {
    match (&rules.node_ips, rules.cloud_provider) {
        (NodeIps::One(_) | NodeIps::Pair(..), _) | (NodeIps::Unset, CloudProvider::External) => false,
        (NodeIps::Unset | NodeIps::Family(_), _) => rules.node_name.parse::<IpAddr>().is_err(),
    }
}

/// In this order: `--node-ip`; the cloud provider, later; the name, if it is an address; what the name resolves to, if
/// that is ours; where the default route leads.
pub(super) fn choose(rules: &AddressRules, host: &HostAddresses, looked_up: &[IpAddr]) -> Choice {
    let specified = rules.node_ips.specified();
    for (ip, which) in specified.iter().zip(["nodeIP", "secondaryNodeIP"]) {
        if let Err(reason) = validate(*ip, host) {
            return Choice::Failed(format!("failed to validate {which}: {reason}"));
        }
    }
    if !specified.is_empty() {
        return Choice::Ips(specified);
    }
    if rules.cloud_provider == CloudProvider::External && rules.node_ips == NodeIps::Unset {
        return Choice::NameAlone;
    }
    if let Ok(ip) = rules.node_name.parse::<IpAddr>() {
        return Choice::Ips(vec![ip]);
    }
    let prefers_ipv4 = rules.node_ips.prefers_ipv4();
    let valid: Vec<IpAddr> = looked_up.iter().copied().filter(|ip| validate(*ip, host).is_ok()).collect();
    let by_name = valid.iter().find(|ip| ip.is_ipv4() == prefers_ipv4).or(valid.first()).copied();
    match by_name.or_else(|| by_default_route(host, prefers_ipv4)) {
        Some(ip) => Choice::Ips(vec![ip]),
        None => Choice::Failed(format!(
            "can't get ip address of node {}. error: unable to select an IP from default routes.",
            rules.node_name
        )),
    }
}

fn by_default_route(host: &HostAddresses, prefers_ipv4: bool) -> Option<IpAddr> {
    let ipv4 = host.default_ipv4.map(IpAddr::V4);
    let ipv6 = host.default_ipv6.map(IpAddr::V6);
    match prefers_ipv4 {
        true => ipv4.or(ipv6),
        false => ipv6.or(ipv4),
    }
}

/// `validateNodeIP`: an address that others can reach this machine by.
fn validate(ip: IpAddr, host: &HostAddresses) -> Result<(), String> {
    let is_link_local = match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    if ip.is_loopback() {
        Err("nodeIP can't be loopback address".to_owned())
    } else if ip.is_multicast() {
        Err("nodeIP can't be a multicast address".to_owned())
    } else if is_link_local {
        Err("nodeIP can't be a link-local unicast address".to_owned())
    } else if ip.is_unspecified() {
        Err("nodeIP can't be an all zeros address".to_owned())
    } else if !host.local.contains(&ip) {
        Err(format!("node IP: \"{ip}\" not found in the host's network interfaces"))
    } else {
        Ok(())
    }
}

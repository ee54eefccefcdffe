//! The pod's resolver (`network/dns/dns.go`).

use super::PodWarning;
use super::resolv_conf::{
    MAX_SEARCH_LIST_CHARS, MAX_SEARCH_PATH_CHARS, MAX_SEARCH_PATHS, joined_length, parse_resolv_conf,
};
use crate::{ConfigError, NodeFacts};
use cri::v1;
use k8s_openapi::api::core::v1::{Pod, PodDNSConfig, PodDNSConfigOption, PodSpec};
use std::collections::{BTreeMap, BTreeSet};

/// The resolver's limit (`apis/core/validation`, `MaxDNSNameservers`).
const MAX_NAMESERVERS: usize = 3;
/// What names inside a cluster are resolved with.
const CLUSTER_OPTIONS: &str = "ndots:5";

const DNS_CONFIG_FORMING: &str = "DNSConfigForming";
const MISSING_CLUSTER_DNS: &str = "MissingClusterDNS";

enum Policy {
    Cluster,
    Host,
    None,
}

/// The resolver's settings, and warnings about what had to be left out.
///
/// Upstream sends options in random order once two sources are merged; here they are sorted by name.
pub(super) fn pod_dns(
    pod: &Pod,
    resolv_conf: Option<&str>,
    facts: &NodeFacts,
) -> Result<(v1::DnsConfig, Vec<PodWarning>), ConfigError> {
    let spec = types::pod::spec(pod);
    let mut warnings = Vec::new();
    let mut dns = match resolv_conf {
        Some(content) => parse_resolv_conf(content)?,
        None => v1::DnsConfig::default(),
    };
    match policy(spec) {
        Policy::None => dns = v1::DnsConfig::default(),
        Policy::Cluster if !facts.cluster_dns.is_empty() => {
            dns.servers = facts.cluster_dns.iter().map(ToString::to_string).collect();
            dns.searches = cluster_searches(dns.searches, pod, &facts.cluster_domain);
            dns.options = vec![CLUSTER_OPTIONS.to_owned()];
        }
        Policy::Cluster => {
            warnings.extend(missing_cluster_dns(pod));
            use_host(&mut dns, resolv_conf, facts);
        }
        Policy::Host => use_host(&mut dns, resolv_conf, facts),
    }
    if let Some(config) = &spec.dns_config {
        merge(&mut dns, config);
    }
    limit_servers(&mut dns, &mut warnings);
    limit_searches(&mut dns, &mut warnings);
    Ok((dns, warnings))
}

fn policy(spec: &PodSpec) -> Policy {
    match spec.dns_policy.as_deref() {
        Some("None") => Policy::None,
        Some("ClusterFirst") if types::pod::is_host_network(spec) => Policy::Host,
        Some("Default") => Policy::Host,
        _ => Policy::Cluster,
    }
}

fn missing_cluster_dns(pod: &Pod) -> [PodWarning; 2] {
    let problem = "kubelet does not have ClusterDNS IP configured and cannot create Pod using \"ClusterFirst\" policy. \
        Falling back to \"Default\" policy.";
    let pod = crate::security::pod_description(pod);
    [
        PodWarning { about_node: true, reason: MISSING_CLUSTER_DNS, message: problem.to_owned() },
        PodWarning {
            about_node: false,
            reason: MISSING_CLUSTER_DNS,
            message: format!("pod: \"{pod}\". {problem}"),
        },
    ]
}

/// The node's own resolver; where look-ups are turned off, the one of the machine itself.
fn use_host(dns: &mut v1::DnsConfig, resolv_conf: Option<&str>, facts: &NodeFacts) {
    if resolv_conf.is_some() {
        return;
    }
    let local = |ipv6: bool| if ipv6 { "::1" } else { "127.0.0.1" }.to_owned();
    dns.servers = facts.node_ips.iter().map(|ip| local(super::ips::is_ipv6(ip))).collect();
    if dns.servers.is_empty() {
        dns.servers.push(local(false));
    }
    dns.searches = vec![".".to_owned()];
}

fn cluster_searches(host: Vec<String>, pod: &Pod, cluster_domain: &str) -> Vec<String> {
    if cluster_domain.is_empty() {
        return host;
    }
    let namespace = pod.metadata.namespace.as_deref().unwrap_or_default();
    let mut searches = vec![
        format!("{namespace}.svc.{cluster_domain}"),
        format!("svc.{cluster_domain}"),
        cluster_domain.to_owned(),
    ];
    searches.extend(host);
    without_duplicates(searches)
}

fn merge(dns: &mut v1::DnsConfig, config: &PodDNSConfig) {
    dns.servers.extend(config.nameservers.iter().flatten().cloned());
    dns.servers = without_duplicates(std::mem::take(&mut dns.servers));
    dns.searches.extend(config.searches.iter().flatten().cloned());
    dns.searches = without_duplicates(std::mem::take(&mut dns.searches));
    dns.options = merged_options(&dns.options, config.options.as_deref().unwrap_or_default());
}

fn merged_options(host: &[String], asked: &[PodDNSConfigOption]) -> Vec<String> {
    let mut options: BTreeMap<&str, &str> =
        host.iter().map(|option| option.split_once(':').unwrap_or((option, ""))).collect();
    for option in asked {
        options
            .insert(option.name.as_deref().unwrap_or_default(), option.value.as_deref().unwrap_or_default());
    }
    options
        .into_iter()
        .map(|(name, value)| if value.is_empty() { name.to_owned() } else { format!("{name}:{value}") })
        .collect()
}

fn limit_servers(dns: &mut v1::DnsConfig, warnings: &mut Vec<PodWarning>) {
    if dns.servers.len() <= MAX_NAMESERVERS {
        return;
    }
    dns.servers.truncate(MAX_NAMESERVERS);
    warnings.push(forming(format!(
        "Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: {}",
        dns.servers.join(" ")
    )));
}

fn limit_searches(dns: &mut v1::DnsConfig, warnings: &mut Vec<PodWarning>) {
    let asked = dns.searches.len();
    dns.searches.truncate(MAX_SEARCH_PATHS);
    dns.searches.retain(|search| search.len() <= MAX_SEARCH_PATH_CHARS);
    while joined_length(&dns.searches) > MAX_SEARCH_LIST_CHARS {
        dns.searches.pop();
    }
    if dns.searches.len() < asked {
        warnings.push(forming(format!(
            "Search Line limits were exceeded, some search paths have been omitted, the applied search line is: {}",
            dns.searches.join(" ")
        )));
    }
}

fn forming(message: String) -> PodWarning {
    PodWarning { about_node: false, reason: DNS_CONFIG_FORMING, message }
}

fn without_duplicates(texts: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    texts.into_iter().filter(|text| seen.insert(text.clone())).collect()
}

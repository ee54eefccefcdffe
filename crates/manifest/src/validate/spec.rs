//! The pod's specification as a whole, and its smaller fields.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{HostAlias, PodDNSConfig, PodSpec};

use super::container::{self, Pod};
use super::errors::{Errors, Value};
use super::probes::PodFacts;
use super::{env, formats, resources, scheduling, security, selectors, text, volume, windows};
use crate::path::Path;

const MAX_NAMESERVERS: usize = 3;
const MAX_SEARCH_PATHS: usize = 32;
/// The most characters of all search paths, with a space between two.
const MAX_SEARCH_CHARACTERS: usize = 2048;
const MAX_HOSTNAME: usize = 64;

/// The whole specification.
pub(super) fn all(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    let pod = Pod {
        volumes: volume::all(spec, &path.child("volumes"), errors),
        claims: resources::claims_of(spec),
        facts: PodFacts {
            grace_period_seconds: spec.termination_grace_period_seconds,
            os: spec.os.as_ref().map(|os| os.name.as_str()),
        },
        restart_policy: text(&spec.restart_policy),
        host_users: spec.host_users != Some(false),
    };
    container::app(spec, &pod, &path.child("containers"), errors);
    container::init(spec, &pod, &path.child("initContainers"), errors);
    container::images(&spec.containers, &path.child("containers"), errors);
    container::images(
        spec.init_containers.as_deref().unwrap_or_default(),
        &path.child("initContainers"),
        errors,
    );
    container::ephemeral(spec, &pod, &path.child("ephemeralContainers"), errors);
    resources::pod_claims(spec, &path.child("resourceClaims"), errors);
    resources::pod(spec, &pod.claims, path, errors);
    resources::overhead(spec.overhead.as_ref(), &path.child("overhead"), errors);
    policies(spec, path, errors);
    names(spec, path, errors);
    network(spec, path, errors);
    placement(spec, path, errors);
    if let Some(context) = &spec.security_context {
        security::pod(context, spec, &path.child("securityContext"), errors);
    }
    if spec.share_process_namespace == Some(true) && spec.host_pid == Some(true) {
        let detail = "ShareProcessNamespace and HostPID cannot both be enabled";
        errors.invalid(&path.child("shareProcessNamespace"), true, detail);
    }
    volume::tokens(spec, &path.child("volumes"), errors);
    windows::host_process(spec, path, errors);
    security::host_users(spec, path, errors);
    security::operating_system(spec, path, errors);
    env::file_key_volumes(spec, path, errors);
}

fn policies(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    let restart = text(&spec.restart_policy);
    errors.one_of(&path.child("restartPolicy"), restart, &["Always", "OnFailure", "Never"]);
    let dns = text(&spec.dns_policy);
    let policies = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
    errors.one_of(&path.child("dnsPolicy"), dns, &policies);
    match spec.preemption_policy.as_deref() {
        None => {}
        Some("") => errors.required(&path.child("preemptionPolicy"), ""),
        Some(policy) => {
            errors.one_of(&path.child("preemptionPolicy"), policy, &["PreemptLowerPriority", "Never"]);
        }
    }
    let grace = spec.termination_grace_period_seconds.unwrap_or(0);
    errors.non_negative(&path.child("terminationGracePeriodSeconds"), grace);
    let max = i64::from(i32::MAX);
    if let Some(seconds) = spec.active_deadline_seconds.filter(|seconds| !(1..=max).contains(seconds)) {
        errors.invalid(&path.child("activeDeadlineSeconds"), seconds, &formats::range_message(1, max));
    }
}

fn names(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    let subdomains = [
        ("serviceAccountName", text(&spec.service_account_name)),
        ("nodeName", text(&spec.node_name)),
        ("priorityClassName", text(&spec.priority_class_name)),
    ];
    for (field, name) in subdomains.into_iter().filter(|(_, name)| !name.is_empty()) {
        errors.invalid_each(&path.child(field), name, &formats::dns_subdomain(name));
    }
    if let Some(name) = &spec.runtime_class_name {
        errors.invalid_each(&path.child("runtimeClassName"), name, &formats::dns_subdomain(name));
    }
    let labels = [("hostname", text(&spec.hostname)), ("subdomain", text(&spec.subdomain))];
    for (field, name) in labels.into_iter().filter(|(_, name)| !name.is_empty()) {
        errors.invalid_each(&path.child(field), name, &formats::dns_label(name));
    }
    if let Some(name) = &spec.hostname_override {
        let path = path.child("hostnameOverride");
        if spec.set_hostname_as_fqdn == Some(true) {
            errors.forbidden(&path, "may not be specified when setHostnameAsFQDN is true");
        }
        if spec.host_network == Some(true) {
            errors.forbidden(&path, "may not be specified when hostNetwork is true");
        }
        if name.len() > MAX_HOSTNAME {
            errors.too_long(&path, MAX_HOSTNAME);
        }
        errors.invalid_each(&path, name, &formats::dns_subdomain(name));
    }
}

fn network(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    dns(spec.dns_config.as_ref(), text(&spec.dns_policy), &path.child("dnsConfig"), errors);
    host_aliases(spec.host_aliases.as_deref().unwrap_or_default(), &path.child("hostAliases"), errors);
    if spec.host_network != Some(true) {
        return;
    }
    let containers = path.child("containers");
    for (index, container) in spec.containers.iter().enumerate() {
        let path = containers.index(index);
        let path = path.child("ports");
        for (index, port) in container.ports.iter().flatten().enumerate() {
            let host_port = port.host_port.unwrap_or(0);
            if host_port != 0 && host_port != port.container_port {
                let path = path.index(index);
                let detail = "must match `containerPort` when `hostNetwork` is true";
                errors.invalid(&path.child("hostPort"), host_port, detail);
            }
        }
    }
}

fn dns(config: Option<&PodDNSConfig>, policy: &str, path: &Path<'_>, errors: &mut Errors<'_>) {
    let Some(config) = config else {
        if policy == "None" {
            errors.required(path, "must provide `dnsConfig` when `dnsPolicy` is None");
        }
        return;
    };
    let nameservers = config.nameservers.as_deref().unwrap_or_default();
    let servers_path = path.child("nameservers");
    if policy == "None" && nameservers.is_empty() {
        errors.required(&servers_path, "must provide at least one DNS nameserver when `dnsPolicy` is None");
        return;
    }
    if nameservers.len() > MAX_NAMESERVERS {
        let detail = format!("must not have more than {MAX_NAMESERVERS} nameservers");
        errors.invalid(&servers_path, Value::Texts(nameservers), &detail);
    }
    for (index, server) in nameservers.iter().enumerate() {
        errors.invalid_each(&servers_path.index(index), server, &formats::ip_address(server));
    }
    let searches = config.searches.as_deref().unwrap_or_default();
    let searches_path = path.child("searches");
    if searches.len() > MAX_SEARCH_PATHS {
        let detail = format!("must not have more than {MAX_SEARCH_PATHS} search paths");
        errors.invalid(&searches_path, Value::Texts(searches), &detail);
    }
    if searches.join(" ").len() > MAX_SEARCH_CHARACTERS {
        let limit = MAX_SEARCH_CHARACTERS;
        let detail =
            format!("must not have more than {limit} characters (including spaces) in the search list");
        errors.invalid(&searches_path, Value::Texts(searches), &detail);
    }
    for (index, search) in searches.iter().enumerate().filter(|(_, search)| *search != ".") {
        let search = search.strip_suffix('.').unwrap_or(search);
        let messages = formats::dns_subdomain_with_underscores(search);
        errors.invalid_each(&searches_path.index(index), search, &messages);
    }
    let options = path.child("options");
    for (index, option) in config.options.iter().flatten().enumerate() {
        if text(&option.name).is_empty() {
            errors.required(&options.index(index), "must not be empty");
        }
    }
}

fn host_aliases(aliases: &[HostAlias], path: &Path<'_>, errors: &mut Errors<'_>) {
    for (index, alias) in aliases.iter().enumerate() {
        let path = path.index(index);
        errors.invalid_each(&path.child("ip"), &alias.ip, &formats::ip_address(&alias.ip));
        let names = path.child("hostnames");
        for (index, name) in alias.hostnames.iter().flatten().enumerate() {
            errors.invalid_each(&names.index(index), name, &formats::dns_subdomain(name));
        }
    }
}

fn placement(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    selectors::labels(spec.node_selector.as_ref(), &path.child("nodeSelector"), errors);
    scheduling::affinity(spec.affinity.as_ref(), &path.child("affinity"), errors);
    let tolerations = spec.tolerations.as_deref().unwrap_or_default();
    scheduling::tolerations(tolerations, &path.child("tolerations"), errors);
    let constraints = spec.topology_spread_constraints.as_deref().unwrap_or_default();
    scheduling::topology_spread(constraints, &path.child("topologySpreadConstraints"), errors);
    let gates = path.child("readinessGates");
    for (index, gate) in spec.readiness_gates.iter().flatten().enumerate() {
        let condition = gate.condition_type.as_str();
        let path = gates.index(index);
        errors.invalid_each(&path.child("conditionType"), condition, &formats::label_key(condition));
    }
    scheduling_gates(spec, path, errors);
    if let Some(group) = &spec.scheduling_group {
        let group_path = path.child("schedulingGroup");
        let name_path = group_path.child("podGroupName");
        match &group.pod_group_name {
            None => errors.invalid(&name_path, Value::Null, "must specify one of: `podGroupName`"),
            Some(name) => errors.invalid_each(&name_path, name, &formats::dns_subdomain(name)),
        }
        if spec.eviction_responders.as_ref().is_some_and(|responders| !responders.is_empty()) {
            errors.forbidden(&group_path, "may not be set when evictionResponders is set");
        }
    }
}

fn scheduling_gates(spec: &PodSpec, path: &Path<'_>, errors: &mut Errors<'_>) {
    let gates = spec.scheduling_gates.as_deref().unwrap_or_default();
    let gates_path = path.child("schedulingGates");
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for (index, gate) in gates.iter().enumerate() {
        let path = gates_path.index(index);
        errors.invalid_each(&path, &gate.name, &formats::label_key(&gate.name));
        if !names.insert(&gate.name) {
            errors.duplicate(&path, &gate.name);
        }
    }
    if !gates.is_empty() && !text(&spec.node_name).is_empty() {
        errors
            .forbidden(&path.child("nodeName"), "cannot be set until all schedulingGates have been cleared");
    }
}

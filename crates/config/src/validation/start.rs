//! What upstream finds out only while it starts, one mistake per attempt: flags, TLS, managers, log size.

use super::{Rules, quantities, tls};
use crate::flags::Flags;
use crate::text::quote;
use crate::{address, taints};
use types::quantity::Quantity;

pub(super) fn check(rules: &mut Rules, flags: &Flags) {
    node_labels(rules, flags);
    node_ip(rules, flags);
    flag_combinations(rules, flags);
    tls::check(rules);
    access(rules, flags);
    managers(rules);
    quantities::check(rules);
    others(rules);
}

const ALLOWED_NAMESPACES: [&str; 2] = ["kubelet.kubernetes.io", "node.kubernetes.io"];
const ALLOWED_LABELS: [&str; 11] = [
    "beta.kubernetes.io/arch",
    "beta.kubernetes.io/instance-type",
    "beta.kubernetes.io/os",
    "failure-domain.beta.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
    "kubernetes.io/arch",
    "kubernetes.io/hostname",
    "kubernetes.io/os",
    "node.kubernetes.io/instance-type",
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
];

/// `ValidateKubeletFlags` in `cmd/kubelet/app/options`.
fn node_labels(rules: &mut Rules, flags: &Flags) {
    let unknown: Vec<&str> = flags
        .node_labels
        .keys()
        .map(String::as_str)
        .filter(|key| is_kubernetes_label(key) && !is_kubelet_label(key))
        .collect();
    if !unknown.is_empty() {
        let message = format!(
            "unknown 'kubernetes.io' or 'k8s.io' labels specified with --node-labels: [{}]\n--node-labels in the 'kubernetes.io' namespace must begin with an allowed prefix ({}) or be in the specifically allowed set ({})",
            unknown.join(" "),
            ALLOWED_NAMESPACES.join(", "),
            ALLOWED_LABELS.join(", ")
        );
        rules.error("--node-labels", message);
    }
    let mut invalid = Vec::new();
    for (key, value) in &flags.node_labels {
        for (subject, errors) in
            [(key, taints::qualified_name_errors(key)), (value, taints::label_value_errors(value))]
        {
            if !errors.is_empty() {
                invalid.push(format!("'{subject}' - {}", errors.join(", ")));
            }
        }
    }
    if !invalid.is_empty() {
        let message = format!("invalid node labels: {}", invalid.join("; "));
        rules.error("--node-labels", message);
    }
}

fn namespace(key: &str) -> &str {
    key.split_once('/').map_or("", |(namespace, _)| namespace)
}

fn is_kubernetes_label(key: &str) -> bool {
    let namespace = namespace(key);
    ["kubernetes.io", "k8s.io"].iter().any(|domain| {
        namespace.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

fn is_kubelet_label(key: &str) -> bool {
    let namespace = namespace(key);
    let allowed = ALLOWED_NAMESPACES.iter().any(|allowed| {
        namespace.strip_suffix(allowed).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    });
    allowed || ALLOWED_LABELS.contains(&key)
}

/// `ParseNodeIPArgument` in `k8s.io/component-helpers/node/util`.
fn node_ip(rules: &mut Rules, flags: &Flags) {
    let text = flags.node_ip.as_str();
    if text.is_empty() {
        return;
    }
    let mut addresses = Vec::new();
    for part in text.split(',').map(str::trim) {
        match address::parse_sloppy(part) {
            Some(address) => addresses.push(address),
            None => rules
                .warning("--node-ip", format!("--node-ip: {} is no IP address and is ignored", quote(part))),
        }
    }
    let dual = ["", "external"].contains(&flags.cloud_provider.as_str());
    let problem = match addresses[..] {
        [] | [_] => return,
        [first, second] if first.is_ipv6() == second.is_ipv6() => {
            "must contain either a single IP or a dual-stack pair of IPs"
        }
        [_, _] if !dual => "dual-stack not supported in this configuration",
        [first, second] if first.is_unspecified() || second.is_unspecified() => {
            "dual-stack node IP cannot include '0.0.0.0' or '::'"
        }
        [_, _] => return,
        _ => "must contain either a single IP or a dual-stack pair of IPs",
    };
    let message = format!("bad --node-ip {}: {problem}", quote(text));
    rules.error("--node-ip", message);
}

fn flag_combinations(rules: &mut Rules, flags: &Flags) {
    if flags.exit_on_lock_contention && flags.lock_file.is_empty() {
        rules.error(
            "--exit-on-lock-contention",
            "cannot exit on lock file contention: no lock file specified",
        );
    }
    if !["", "external"].contains(&flags.cloud_provider.as_str()) {
        let message = format!(
            "--cloud-provider: {} is not known: built-in cloud providers are gone, use \"external\" or none",
            quote(&flags.cloud_provider)
        );
        rules.warning("--cloud-provider", message);
    }
}

fn access(rules: &mut Rules, flags: &Flags) {
    let configuration = rules.configuration;
    let mode = configuration.authorization.mode.as_str();
    match mode {
        "AlwaysAllow" | "Webhook" => {}
        "" => rules.error("authorization.mode", "no authorization mode specified"),
        _ => rules.error("authorization.mode", format!("unknown authorization mode {mode}")),
    }
    // Upstream refuses to start. Nothing here serves the API yet that the webhooks would guard.
    if flags.kubeconfig.is_empty() {
        if configuration.authentication.webhook.enabled {
            rules.warning(
                "authentication.webhook.enabled",
                "no client provided, cannot use webhook authentication: set authentication.webhook.enabled to false, or give --kubeconfig",
            );
        }
        if mode == "Webhook" {
            rules.warning(
                "authorization.mode",
                "no client provided, cannot use webhook authorization: set authorization.mode to AlwaysAllow, or give --kubeconfig",
            );
        }
    }
}

fn managers(rules: &mut Rules) {
    let configuration = rules.configuration;
    let policy = configuration.cpu_manager_policy.as_str();
    if !["none", "static"].contains(&policy) {
        let message = format!("cpuManagerPolicy (--cpu-manager-policy): unknown policy: {}", quote(policy));
        rules.error("cpuManagerPolicy", message);
    }
    let policy = configuration.memory_manager_policy.as_str();
    if !["None", "Static"].contains(&policy) {
        let message =
            format!("memoryManagerPolicy (--memory-manager-policy): unknown policy: {}", quote(policy));
        rules.error("memoryManagerPolicy", message);
    }
    for option in configuration.cpu_manager_policy_options.keys() {
        let field = crate::schema::key_path("cpuManagerPolicyOptions", option);
        let (gate, stage) = match option.as_str() {
            "full-pcpus-only" | "strict-cpu-reservation" | "prefer-align-cpus-by-uncorecache" => {
                continue;
            }
            "distribute-cpus-across-numa" => ("CPUManagerPolicyBetaOptions", "Beta"),
            "align-by-socket" | "distribute-cpus-across-cores" => ("CPUManagerPolicyAlphaOptions", "Alpha"),
            _ => {
                let message = format!("unknown CPU Manager Policy option: {}", quote(option));
                rules.error(&field, message);
                continue;
            }
        };
        if !rules.gates.enabled(gate) {
            let message = format!(
                "CPU Manager Policy {stage}-level Options not enabled, but option {} provided",
                quote(option)
            );
            rules.error(&field, message);
        }
    }
    for option in configuration.topology_manager_policy_options.keys() {
        if !["prefer-closest-numa-nodes", "max-allowable-numa-nodes"].contains(&option.as_str()) {
            let message = format!("unknown Topology Manager Policy option: {}", quote(option));
            let field = crate::schema::key_path("topologyManagerPolicyOptions", option);
            rules.error(&field, message);
        }
    }
}

fn others(rules: &mut Rules) {
    let configuration = rules.configuration;
    let size = configuration.container_log_max_size.as_str();
    if let Err(error) = size.parse::<Quantity>() {
        let message = format!("failed to parse container log max size {}: {error}", quote(size));
        rules.error("containerLogMaxSize", message);
    }
    let strategy = configuration.config_map_and_secret_change_detection_strategy.as_str();
    if !["Get", "Cache", "Watch"].contains(&strategy) {
        rules.error(
            "configMapAndSecretChangeDetectionStrategy",
            format!("unknown configmap and secret manager mode: {strategy}"),
        );
    }
    for (index, server) in configuration.cluster_dns.iter().enumerate() {
        if address::parse_sloppy(server).is_none() {
            let message = format!("Invalid clusterDNS IP {} is ignored", quote(server));
            rules.warning(&format!("clusterDNS[{index}]"), message);
        }
    }
    let (own, reserved) =
        (configuration.kubelet_cgroups.as_str(), configuration.kube_reserved_cgroup.as_str());
    if !own.is_empty() && !reserved.is_empty() && !own.starts_with(reserved) {
        rules.warning(
            "kubeletCgroups",
            "unsupported configuration:KubeletCgroups is not within KubeReservedCgroup",
        );
    }
    if !["cgroupfs", "systemd"].contains(&configuration.cgroup_driver.as_str()) {
        let message = format!(
            "cgroupDriver (--cgroup-driver) {} is neither \"cgroupfs\" nor \"systemd\": cgroupfs is used unless the runtime says otherwise",
            quote(&configuration.cgroup_driver)
        );
        rules.warning("cgroupDriver", message);
    }
}

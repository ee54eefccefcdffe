//! Rules over the effective values, in upstream's words.
//!
//! First those of `pkg/kubelet/apis/config/validation` in upstream's order, then what upstream finds out only while it
//! starts (`start.rs`): here an operator learns everything at once.

mod allocatable;
mod durations;
mod images;
mod logging;
mod memory;
mod numbers;
mod quantities;
mod start;
mod sysctls;
mod tls;

use crate::Duration;
use crate::configuration::KubeletConfiguration;
use crate::finding::Finding;
use crate::gates::Gates;
use crate::load::Settings;
use crate::text::{quote, quote_list};
use crate::{cpu_list, taints};

/// Everything that is wrong with the settings, and what is only odd.
pub(crate) fn validate(settings: &Settings, cgroup_v1: bool) -> Vec<Finding> {
    let mut rules =
        Rules { configuration: &settings.configuration, gates: &settings.gates, findings: Vec::new() };
    numbers::check(&mut rules);
    durations::check(&mut rules);
    sysctls::check(&mut rules);
    registration(&mut rules);
    topology(&mut rules);
    allocatable::check(&mut rules);
    images::check(&mut rules);
    reserved_cpus(&mut rules);
    memory::check(&mut rules);
    host(&mut rules, cgroup_v1);
    hidden_metrics(&mut rules);
    logging::check(&mut rules);
    tracing(&mut rules);
    endpoints(&mut rules);
    start::check(&mut rules, &settings.flags);
    rules.findings
}

/// What every group of rules works on.
struct Rules<'settings> {
    configuration: &'settings KubeletConfiguration,
    gates: &'settings Gates,
    findings: Vec<Finding>,
}

impl Rules<'_> {
    /// An error about `field`, with upstream's prefix.
    fn invalid(&mut self, field: &str, message: impl AsRef<str>) {
        self.error(field, format!("invalid configuration: {}", message.as_ref()));
    }

    /// An error about `field`.
    fn error(&mut self, field: &str, message: impl Into<String>) {
        self.findings.push(Finding::error(message).about(field));
    }

    fn warning(&mut self, field: &str, message: impl Into<String>) {
        self.findings.push(Finding::warning(message).about(field));
    }
}

/// `field (--flag)`, as most of upstream's messages begin.
fn named(field: &str, flag: &str) -> String {
    format!("{field} (--{flag})")
}

/// A duration in a struct, as Go's `%v` shows it.
fn braced(duration: Duration) -> String {
    format!("{{{duration}}}")
}

fn registration(rules: &mut Rules) {
    let configuration = rules.configuration;
    if configuration.run_once {
        rules.invalid(
            "runOnce",
            "runOnce (--runOnce) true, Runonce mode has been deprecated and should not be set",
        );
    }
    for (index, taint) in configuration.register_with_taints.iter().enumerate() {
        let field = format!("registerWithTaints[{index}]");
        let time = taint.time_added.as_deref();
        let wrong = !taints::qualified_name_errors(&taint.key).is_empty()
            || !taints::label_value_errors(&taint.value).is_empty()
            || (!taint.effect.is_empty() && taints::check_effect(&taint.effect).is_err());
        if wrong {
            rules.error(
                &field,
                format!(
                    "invalid taint: {{{} {} {} {}}}",
                    taint.key,
                    taint.value,
                    taint.effect,
                    time.map_or("<nil>".to_owned(), go_time)
                ),
            );
        }
        if time.is_some() {
            rules.invalid(&field, "taint.TimeAdded is not nil");
        }
    }
}

/// A UTC time as Go prints it; others stay as they are written.
fn go_time(text: &str) -> String {
    match text.strip_suffix('Z') {
        Some(utc) => format!("{} +0000 UTC", utc.replace('T', " ")),
        None => text.to_owned(),
    }
}

fn topology(rules: &mut Rules) {
    const POLICIES: [&str; 4] = ["none", "best-effort", "restricted", "single-numa-node"];
    let configuration = rules.configuration;
    let policy = configuration.topology_manager_policy.as_str();
    if !POLICIES.contains(&policy) {
        let name = named("topologyManagerPolicy", "topology-manager-policy");
        let message = format!("{name} {} must be one of: {}", quote(policy), quote_list(POLICIES));
        rules.invalid("topologyManagerPolicy", message);
    }
    let scope = configuration.topology_manager_scope.as_str();
    if !["container", "pod"].contains(&scope) {
        let name = named("topologyManagerScope", "topology-manager-scope");
        let message = format!("{name} {} must be one of: \"container\", or \"pod\"", quote(scope));
        rules.invalid("topologyManagerScope", message);
    }
}

fn reserved_cpus(rules: &mut Rules) {
    let configuration = rules.configuration;
    let list = configuration.reserved_system_cpus.as_str();
    if list.is_empty() {
        return;
    }
    let name = named("reservedSystemCPUs", "reserved-cpus");
    if !configuration.system_reserved_cgroup.is_empty() || !configuration.kube_reserved_cgroup.is_empty() {
        let message = format!(
            "can't use {name} with systemReservedCgroup (--system-reserved-cgroup) or kubeReservedCgroup (--kube-reserved-cgroup)"
        );
        rules.invalid("reservedSystemCPUs", message);
    }
    if let Err(error) = cpu_list::parse(list) {
        let message = format!("unable to parse {name} {list}, error: {error}");
        rules.invalid("reservedSystemCPUs", message);
    }
}

/// Upstream stops at the first of these (`validation_linux.go`).
fn host(rules: &mut Rules, cgroup_v1: bool) {
    const UNIT: i64 = 65_536;
    let configuration = rules.configuration;
    if configuration.fail_cgroup_v1 && cgroup_v1 {
        return rules.error(
            "failCgroupV1",
            "kubelet is configured to not run on a host using cgroup v1. cgroup v1 support is unsupported and will be removed in a future release",
        );
    }
    if cgroup_v1 && configuration.single_process_oom_kill == Some(false) {
        return rules.invalid(
            "singleProcessOOMKill",
            "singleProcessOOMKill must not be explicitly set to false when using cgroup v1",
        );
    }
    let Some(ids) = configuration.user_namespaces.as_ref().and_then(|namespaces| namespaces.ids_per_pod)
    else {
        return;
    };
    let problem = if ids < UNIT {
        format!("must not be less than {UNIT}")
    } else if ids % UNIT != 0 {
        format!("must be a multiple of {UNIT}")
    } else if ids > i64::from(u32::MAX) {
        format!("must not be more than {}", u32::MAX)
    } else {
        return;
    };
    rules.invalid("userNamespaces.idsPerPod", format!("userNamespaces.idsPerPod {problem}"));
}

fn hidden_metrics(rules: &mut Rules) {
    const PREVIOUS: &str = "1.36";
    let version = rules.configuration.show_hidden_metrics_for_version.as_str();
    if !version.is_empty() && version != PREVIOUS {
        let message = format!(
            "invalid showHiddenMetricsForVersion: showHiddenMetricsForVersion: Invalid value: {}: must be omitted or have the value '{PREVIOUS}'; only the previous minor version is allowed",
            quote(version)
        );
        rules.error("showHiddenMetricsForVersion", message);
    }
}

fn tracing(rules: &mut Rules) {
    const MILLION: i32 = 1_000_000;
    let Some(tracing) = &rules.configuration.tracing else {
        return;
    };
    let (rate, endpoint) = (tracing.sampling_rate_per_million, tracing.endpoint.clone());
    if let Some(rate) = rate.filter(|rate| !(0..=MILLION).contains(rate)) {
        let rule = if rate < 0 {
            "sampling rate must be positive"
        } else {
            "sampling rate per million must be less than or equal to one million"
        };
        let field = "tracing.samplingRatePerMillion";
        rules.error(field, format!("{field}: Invalid value: {rate}: {rule}"));
    }
    let Some(endpoint) = endpoint else {
        return;
    };
    if let Some(problem) = endpoint_problem(&endpoint) {
        rules.error("tracing.endpoint", format!("tracing.endpoint: {problem}"));
    }
}

/// The endpoint is a gRPC target; without a scheme it is a host and port.
fn endpoint_problem(endpoint: &str) -> Option<String> {
    let url = if endpoint.contains("//") { endpoint.to_owned() } else { format!("dns://{endpoint}") };
    let (scheme, rest) = url.split_once("//")?;
    let scheme = scheme.strip_suffix(':').unwrap_or(scheme);
    let authority = rest.split('/').next().unwrap_or(rest);
    let port = authority.rfind(':').map(|colon| &authority[colon..]);
    let bad_port = port.filter(|port| !port[1..].bytes().all(|byte| byte.is_ascii_digit()));
    let invalid = format!("Invalid value: {}", quote(&url));
    if let Some(port) = bad_port.filter(|port| !port.contains(']')) {
        return Some(format!("{invalid}: parse {}: invalid port {} after host", quote(&url), quote(port)));
    }
    (!["dns", "unix", "unix-abstract"].contains(&scheme)).then(|| {
        format!(
            "{invalid}: unsupported scheme: {scheme}.  Options are none, dns, unix, or unix-abstract.  See https://github.com/grpc/grpc/blob/master/doc/naming.md"
        )
    })
}

fn endpoints(rules: &mut Rules) {
    let configuration = rules.configuration;
    if configuration.container_runtime_endpoint.is_empty() {
        rules.invalid("containerRuntimeEndpoint", "the containerRuntimeEndpoint was not specified or empty");
    }
    if configuration.enable_system_log_query {
        if !rules.gates.enabled("NodeLogQuery") {
            rules.invalid(
                "enableSystemLogQuery",
                "NodeLogQuery feature gate is required for enableSystemLogQuery",
            );
        }
        if !configuration.enable_system_log_handler {
            rules.invalid(
                "enableSystemLogQuery",
                "enableSystemLogHandler is required for enableSystemLogQuery",
            );
        }
    }
    logging::check_container_logs(rules);
}

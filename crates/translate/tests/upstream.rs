//! Random pods on random nodes against what upstream's own code made of them (`upstream/record.sh`): cgroup v1 and v2,
//! swap, memory protection, every field that is translated, texts of errors and warnings included.
//!
//! `TRANSLATE_RECORDING=<file>` compares with another recording, as `upstream/record.sh SEED COUNT` prints it.

mod common;

use std::fmt::Debug;

use k8s_openapi::api::core::v1::{Container, Pod};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use prost::Message;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::IpAddr;
use translate::{
    CgroupVersion, ConfigError, ContainerInputs, EnvironmentInputs, ImageUser, MemoryQos, MemoryReservation,
    NodeFacts, SandboxInputs, SwapBehavior,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    pod: Pod,
    node: Node,
    pod_ips: Vec<String>,
    sandbox: Option<String>,
    sandbox_error: Option<String>,
    events: Vec<String>,
    containers: BTreeMap<String, Answer>,
    hosts: Option<String>,
}

#[derive(Deserialize)]
struct Answer {
    config: Option<String>,
    error: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    #[serde(rename = "cgroupV2")]
    cgroup_v2: bool,
    cfs_quota: bool,
    cfs_period_microseconds: i64,
    seccomp_default: bool,
    single_process_oom_kill: bool,
    swap_controller_available: bool,
    limited_swap: bool,
    tiered_reservation: bool,
    throttling_factor: Option<f64>,
    memory_bytes: i64,
    swap_bytes: i64,
    allocatable: BTreeMap<String, String>,
    cluster_dns: Option<Vec<IpAddr>>,
    cluster_domain: String,
    node_ips: Option<Vec<IpAddr>>,
    host_ips: Vec<IpAddr>,
    resolv_conf: Option<String>,
    huge_page_sizes: Option<Vec<String>>,
    root: String,
    logs: String,
}

impl Node {
    fn facts(&self) -> NodeFacts {
        let reservation = match self.tiered_reservation {
            true => MemoryReservation::TieredReservation,
            false => MemoryReservation::None,
        };
        NodeFacts {
            pod_logs_directory: self.logs.clone(),
            root_directory: self.root.clone(),
            cluster_domain: self.cluster_domain.clone(),
            cluster_dns: self.cluster_dns.clone().unwrap_or_default(),
            resolv_conf: self.resolv_conf.clone(),
            node_ips: self.node_ips.clone().unwrap_or_default(),
            host_ips: self.host_ips.clone(),
            memory_capacity_bytes: self.memory_bytes,
            swap_capacity_bytes: self.swap_bytes,
            allocatable: self
                .allocatable
                .iter()
                .map(|(name, text)| (name.clone(), Quantity(text.clone())))
                .collect(),
            cgroup_version: if self.cgroup_v2 { CgroupVersion::V2 } else { CgroupVersion::V1 },
            huge_page_sizes: self.huge_page_sizes.clone().unwrap_or_default(),
            cpu_cfs_quota: self.cfs_quota,
            cpu_cfs_quota_period_microseconds: self.cfs_period_microseconds,
            seccomp_default: self.seccomp_default,
            single_process_oom_kill: self.single_process_oom_kill,
            swap_controller_available: self.swap_controller_available,
            swap_behavior: if self.limited_swap { SwapBehavior::LimitedSwap } else { SwapBehavior::NoSwap },
            memory_qos: MemoryQos { enabled: true, reservation, throttling_factor: self.throttling_factor },
            ..NodeFacts::default()
        }
    }
}

/// A message of the recording, or the error's text in its place.
fn answer<M: Message + Default>(config: Option<&String>, error: Option<&String>) -> Result<M, String> {
    match config {
        Some(text) => {
            Ok(M::decode(common::from_base64(text).as_slice()).expect("a message of the recording"))
        }
        None => Err(error.cloned().expect("either a message or an error")),
    }
}

/// Differing lines of two values.
fn difference(theirs: &impl Debug, ours: &impl Debug) -> String {
    let (theirs, ours) = (format!("{theirs:#?}"), format!("{ours:#?}"));
    let only = |some: &str, others: &str, mark: char| -> String {
        let lines = some.lines().filter(|line| !others.lines().any(|other| other == *line));
        lines.take(20).map(|line| format!("  {mark} {}\n", line.trim())).collect()
    };
    only(&theirs, &ours, '-') + &only(&ours, &theirs, '+')
}

/// Options of the resolver come in random order from upstream.
fn with_sorted_options(mut config: cri::v1::PodSandboxConfig) -> cri::v1::PodSandboxConfig {
    if let Some(dns) = &mut config.dns_config {
        dns.options.sort();
    }
    config
}

/// So do variables.
fn with_sorted_variables(mut config: cri::v1::ContainerConfig) -> cri::v1::ContainerConfig {
    config.envs.sort_by(|left, right| left.key.cmp(&right.key));
    config
}

/// Images are named after whom they run as.
fn image_user(container: &Container) -> ImageUser {
    let image = container.image.as_deref().unwrap_or_default();
    if let Some(id) = image.strip_prefix("uid") {
        return ImageUser::Id(id.parse().expect("a number after `uid`"));
    }
    image.strip_prefix("user").map_or(ImageUser::Id(0), |name| ImageUser::Name(name.to_owned()))
}

/// The random part of the path of the file for last words.
fn termination_log_id(config: &cri::v1::ContainerConfig) -> u32 {
    let file = config.mounts.iter().find(|mount| mount.host_path.contains("/containers/"));
    let id = file.and_then(|mount| mount.host_path.rsplit('/').next());
    id.map_or(0, |id| u32::from_str_radix(id, 16).expect("eight hexadecimal digits"))
}

fn container(row: &Row, container: &Container, id: u32) -> Result<cri::v1::ContainerConfig, ConfigError> {
    let facts = row.node.facts();
    let inputs = EnvironmentInputs { pod_ips: row.pod_ips.clone(), ..EnvironmentInputs::default() };
    let environment = translate::environment(&row.pod, container, &inputs, &facts)?;
    let inputs = ContainerInputs {
        pod: &row.pod,
        container,
        target_container_id: None,
        restart_count: 2,
        image_ref: "sha256:ref",
        image_user: &image_user(container),
        environment: &environment,
        mounts: Vec::new(),
        devices: Vec::new(),
        pod_ips: &row.pod_ips,
        termination_log_id: id,
        runtime_handler: "",
        user_namespace: None,
    };
    translate::container_config(inputs, &facts).map(|plan| plan.config)
}

fn compare(row: &Row, report: &mut impl FnMut(&str, String)) {
    let mut check = |what: &str, same: bool, difference: &dyn Fn() -> String| {
        report(what, if same { String::new() } else { difference() });
    };
    let facts = row.node.facts();
    let plan = translate::sandbox_config(&SandboxInputs::new(&row.pod, 3, ""), &facts);
    let theirs = answer(row.sandbox.as_ref(), row.sandbox_error.as_ref()).map(with_sorted_options);
    let ours =
        plan.as_ref().map(|plan| with_sorted_options(plan.config.clone())).map_err(ToString::to_string);
    check("sandbox", theirs == ours, &|| difference(&theirs, &ours));
    if let Ok(plan) = &plan {
        let events =
            plan.warnings.iter().map(|warning| format!("Warning {} {}", warning.reason, warning.message));
        let events: Vec<_> = events.collect();
        check("events", row.events == events, &|| difference(&row.events, &events));
    }
    if let Some(theirs) = &row.hosts {
        let ours =
            translate::etc_hosts(&row.pod, &row.pod_ips, None, &facts).map_err(|error| error.to_string());
        check("hosts", Ok(theirs) == ours.as_ref(), &|| difference(theirs, &ours));
    }
    let spec = types::pod::spec(&row.pod);
    for spec in spec.init_containers.iter().flatten().chain(&spec.containers) {
        let recorded = &row.containers[&spec.name];
        let theirs = answer(recorded.config.as_ref(), recorded.error.as_ref()).map(with_sorted_variables);
        let id = theirs.as_ref().map_or(0, termination_log_id);
        let ours = container(row, spec, id).map_err(|error| error.to_string());
        check(&spec.name, theirs == ours, &|| difference(&theirs, &ours));
    }
}

#[test]
fn random_pods_become_what_upstream_makes_of_them() {
    let path = std::env::var("TRANSLATE_RECORDING")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/tests/upstream/pods.jsonl").to_owned());
    let text = std::fs::read_to_string(path).unwrap();
    let (mut compared, mut differing, mut report) = (0, 0, String::new());
    for (number, line) in text.lines().enumerate() {
        let row: Row = serde_json::from_str(line).unwrap();
        compare(&row, &mut |what, difference| {
            compared += 1;
            if !difference.is_empty() {
                differing += 1;
                if differing <= 10 {
                    report.push_str(&format!("row {number}, {what}\n{difference}"));
                }
            }
        });
    }
    assert!(compared > 0, "there is no recording");
    assert_eq!(differing, 0, "of {compared}\n{report}");
}

//! What the Node object is made of: flags, configuration and machine as the `node` crate takes them.

use super::facts::swap_capacity;
use super::node::ARCHITECTURE;
use crate::version;
use anyhow::{Context, Result};
use config::Settings;
use cri::v1::StatusResponse;
use host::cgroups::Mode;
use host::machine::Machine;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Taint;
use node::addresses::NodeIps;
use node::capacity::Resources;
use node::object::declared_features;
use node::{CloudProvider, Frequencies, History, Identity, NodeEvent, NodeSettings, Registration};
use std::path::Path;

/// A user namespace that holds all ids is the machine's own (`containerd/pkg/userns`).
const WHOLE_USER_NAMESPACE: [&str; 3] = ["0", "0", "4294967295"];

/// Everything about the node that does not change while the kubelet runs.
///
/// # Errors
/// When `--node-ip` holds addresses that do not go together.
pub fn settings(
    settings: &Settings,
    machine: &Machine,
    name: &str,
    resources: Resources,
    runtime: &StatusResponse,
    started_at: Timestamp,
) -> Result<NodeSettings> {
    let configuration = &settings.configuration;
    let flags = &settings.flags;
    let (node_ips, invalid) = NodeIps::parse(&flags.node_ip)
        .with_context(|| format!("failed to parse --node-ip \"{}\"", flags.node_ip))?;
    if !invalid.is_empty() {
        tracing::warn!(invalid = ?invalid, "Could not parse some node IP(s), ignoring them");
    }
    let gate = |name: &str| settings.gates.enabled(name);
    Ok(NodeSettings {
        name: name.to_owned(),
        labels: flags.node_labels.clone(),
        taints: configuration.register_with_taints.iter().map(taint).collect(),
        cloud_provider: match flags.cloud_provider.as_str() {
            "external" => CloudProvider::External,
            _ => CloudProvider::None,
        },
        provider_id: configuration.provider_id.clone(),
        node_ips,
        controller_attach_detach: configuration.enable_controller_attach_detach,
        pod_cidr: configuration.pod_cidr.clone(),
        registration: match configuration.register_node {
            true => Registration::BySelf,
            false => Registration::ByOthers,
        },
        history: History::New,
        kubelet_port: configuration.port,
        kubelet_version: version::VERSION.to_owned(),
        identity: Identity {
            machine_id: machine.machine_id.clone(),
            system_uuid: machine.system_uuid.clone(),
            boot_id: machine.boot_id.clone(),
            kernel_version: machine.kernel_version.clone(),
            os_image: machine.os_image.clone(),
            architecture: ARCHITECTURE.to_owned(),
            swap_bytes: swap_capacity(),
            in_user_namespace: gate("KubeletInUserNamespace").then(is_in_user_namespace),
        },
        resources,
        local_storage_isolation: configuration.local_storage_capacity_isolation,
        max_images: usize::try_from(configuration.node_status_max_images).ok(),
        declared_features: declared_features(gate, runtime.features.as_ref()),
        lease_duration_seconds: configuration.node_lease_duration_seconds,
        start_events: start_events(settings),
        booted_at: booted_at(),
        started_at,
        seed: rand::random(),
    })
}

/// Whether a kubelet was here before, from its directories, which are made later in this start. Upstream looks for what its
/// device manager keeps (`ShouldResetExtendedResourceCapacity`), which is there from the first start on, too.
pub fn history(root: &Path) -> History {
    match root.join("pods").exists() {
        true => History::Known,
        false => History::New,
    }
}

/// How often the node's status is looked at and reported.
pub fn frequencies(settings: &Settings) -> Frequencies {
    let configuration = &settings.configuration;
    Frequencies {
        status_update: configuration.node_status_update_frequency.to_std(),
        status_report: configuration.node_status_report_frequency.to_std(),
    }
}

/// The pods' control group gets its limits before anything else is started.
fn start_events(settings: &Settings) -> Vec<NodeEvent> {
    let is_v1 = matches!(host::cgroups::detect(), Ok(Mode::V1 | Mode::Hybrid));
    let told = [
        (true, NodeEvent::Starting),
        (is_v1, NodeEvent::CgroupV1),
        (settings.configuration.cgroups_per_qos, NodeEvent::AllocatableEnforced),
    ];
    let told = told.into_iter().filter(|(is_so, _)| *is_so).map(|(_, event)| event);
    let configuration = &settings.configuration;
    let complaint = super::resolver::complaint(&configuration.resolv_conf, &configuration.cluster_domain);
    told.chain(complaint.map(NodeEvent::ResolvConf)).collect()
}

fn taint(taint: &config::Taint) -> Taint {
    Taint {
        key: taint.key.clone(),
        value: Some(taint.value.clone()).filter(|value| !value.is_empty()),
        effect: taint.effect.clone(),
        time_added: None,
    }
}

fn is_in_user_namespace() -> bool {
    let map = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    let fields: Vec<&str> = map.split_whitespace().collect();
    !fields.is_empty() && fields != WHOLE_USER_NAMESPACE
}

/// `btime` of `/proc/stat`.
fn booted_at() -> Option<Timestamp> {
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    let line = stat.lines().find_map(|line| line.strip_prefix("btime "))?;
    Timestamp::from_second(line.trim().parse().ok()?).ok()
}

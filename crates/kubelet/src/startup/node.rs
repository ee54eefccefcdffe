//! What this node offers to pods: `status.allocatable`, labels, features.
//!
//! Source: `pkg/kubelet/cm/node_container_manager_linux.go` (reservations), `pkg/kubelet/nodestatus/setters.go`
//! `MachineInfo`, `kubelet_node_status.go` `initialNode`.

use anyhow::{Context, Result};
use config::Settings;
use cri::v1::StatusResponse;
use host::files::Files;
use host::machine::Machine;
use pods::admission::{Allocatable, Features, NodeView, SysctlPatterns};
use std::collections::BTreeMap;
use std::path::Path;
use types::quantity::Quantity;

/// The architecture as Go names it.
const ARCHITECTURE: &str = match std::env::consts::ARCH.as_bytes() {
    b"x86_64" => "amd64",
    b"aarch64" => "arm64",
    b"x86" => "386",
    b"powerpc64" => "ppc64le",
    _ => std::env::consts::ARCH,
};

/// The node as admission sees it.
///
/// # Errors
/// When `allowedUnsafeSysctls` names what cannot be allowed.
pub fn view(
    settings: &Settings,
    machine: &Machine,
    name: &str,
    runtime: &StatusResponse,
    disk_bytes: u64,
) -> Result<NodeView> {
    let configuration = &settings.configuration;
    let sysctls = SysctlPatterns::new(&machine.kernel_version, &configuration.allowed_unsafe_sysctls)
        .context("allowedUnsafeSysctls")?;
    let of_runtime = runtime.features.unwrap_or_default();
    let gate = |name: &str| settings.gates.enabled(name);
    Ok(NodeView {
        name: name.to_owned(),
        labels: labels(name, &settings.flags.node_labels),
        allocatable: allocatable(settings, machine, disk_bytes),
        sysctls,
        app_armor: has_app_armor(),
        supplemental_groups_policy: of_runtime.supplemental_groups_policy,
        features: Features {
            pod_level_resources: gate("PodLevelResources"),
            declared: gate("NodeDeclaredFeatures"),
            restart_all_containers: gate("RestartAllContainersOnContainerExits"),
            user_namespaces_host_network: gate("UserNamespacesHostNetworkSupport")
                && of_runtime.user_namespaces_host_network,
            volume_bind_mount_options: gate("VolumeBindMountOptions") && of_runtime.mount_options,
        },
    })
}

fn labels(name: &str, configured: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let own = [
        ("kubernetes.io/hostname", name),
        ("kubernetes.io/os", "linux"),
        ("kubernetes.io/arch", ARCHITECTURE),
        ("beta.kubernetes.io/os", "linux"),
        ("beta.kubernetes.io/arch", ARCHITECTURE),
    ];
    let mut labels: BTreeMap<String, String> =
        own.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    labels.extend(configured.clone());
    labels
}

/// The machine less `kubeReserved`, `systemReserved` and the hard eviction thresholds; huge pages are no memory for
/// anything else.
fn allocatable(settings: &Settings, machine: &Machine, disk_bytes: u64) -> Allocatable {
    let configuration = &settings.configuration;
    let reserved = |name: &str| -> Vec<Quantity> {
        let lists = [&configuration.kube_reserved, &configuration.system_reserved];
        lists.into_iter().filter_map(|list| list.get(name)?.parse().ok()).collect()
    };
    let threshold = |signal: &str, capacity: i64| {
        configuration.eviction_hard.get(signal).map_or(0, |text| threshold_bytes(text, capacity))
    };
    let less = |capacity: i64, taken: i64| capacity.saturating_sub(taken).max(0);
    let sum = |name: &str| reserved(name).iter().map(Quantity::value).sum::<i64>();
    let huge_pages = huge_pages(machine);
    let memory = i64::try_from(machine.memory_bytes).unwrap_or(i64::MAX);
    let disk = i64::try_from(disk_bytes).unwrap_or(i64::MAX);
    let cpu_reserved: i64 = reserved("cpu").iter().map(Quantity::milli_value).sum();
    let of_memory = sum("memory") + threshold("memory.available", memory) + huge_pages.values().sum::<i64>();
    let of_disk = sum("ephemeral-storage") + threshold("nodefs.available", disk);
    let per_core = i64::from(configuration.pods_per_core) * i64::from(machine.cpus);
    let max_pods = i64::from(configuration.max_pods);
    Allocatable {
        cpu_milli: less(i64::from(machine.cpus) * 1000, cpu_reserved),
        memory_bytes: less(memory, of_memory),
        ephemeral_storage_bytes: less(disk, of_disk),
        pods: if per_core > 0 { per_core.min(max_pods) } else { max_pods },
        other: huge_pages,
    }
}

/// A threshold's amount: `100Mi`, or `10%` of the capacity (`evictionapi.GetThresholdQuantity`).
fn threshold_bytes(text: &str, capacity: i64) -> i64 {
    match text.strip_suffix('%') {
        Some(percent) => {
            let share = percent.parse::<f64>().unwrap_or(0.0) / 100.0;
            // Upstream too rounds towards zero what a float can hold of it.
            (capacity as f64 * share) as i64
        }
        None => text.parse::<Quantity>().map_or(0, |amount| amount.value()),
    }
}

/// Huge pages set aside in the kernel, in bytes, by the name of their resource.
fn huge_pages(machine: &Machine) -> BTreeMap<String, i64> {
    let sizes = machine.huge_page_sizes.iter();
    sizes
        .map(|size| {
            let file = format!("/sys/kernel/mm/hugepages/hugepages-{}kB/nr_hugepages", size / 1024);
            let count = std::fs::read_to_string(file).ok().and_then(|text| text.trim().parse::<u64>().ok());
            let bytes = i64::try_from(count.unwrap_or(0).saturating_mul(*size)).unwrap_or(i64::MAX);
            (format!("{}{}", types::resources::HUGE_PAGES_PREFIX, binary(*size)), bytes)
        })
        .collect()
}

/// A size as a quantity prints it: `2Mi`, `1Gi`.
fn binary(bytes: u64) -> String {
    let amount = i64::try_from(bytes).unwrap_or(i64::MAX);
    Quantity::from_units(amount, types::quantity::Format::BinarySi).to_string()
}

/// Whether the kernel enforces AppArmor profiles.
fn has_app_armor() -> bool {
    Path::new("/sys/kernel/security/apparmor").exists()
        && std::fs::read_to_string("/sys/module/apparmor/parameters/enabled")
            .is_ok_and(|text| text.starts_with('Y'))
}

/// Size of the file system that the kubelet's directory is on, or will be made on; 0 when that cannot be told.
pub async fn disk_bytes(files: &dyn Files, root: &Path) -> u64 {
    for directory in root.ancestors() {
        if let Ok(space) = files.disk_space(directory).await {
            return space.total_bytes;
        }
    }
    tracing::warn!(path = %root.display(), "Unable to tell the size of the root directory's file system; pods that ask for ephemeral storage are not admitted");
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds() {
        for (text, expected) in
            [("100Mi", 100 << 20), ("10%", 100), ("0%", 0), ("12.5%", 125), ("nonsense", 0)]
        {
            assert_eq!(threshold_bytes(text, 1000), expected, "{text}");
        }
    }

    #[test]
    fn huge_page_sizes_are_named_as_resources() {
        for (bytes, expected) in [(2 << 20, "2Mi"), (1 << 30, "1Gi"), (64 << 10, "64Ki")] {
            assert_eq!(binary(bytes), expected);
        }
    }

    #[test]
    fn configured_labels_win() {
        let configured = [("kubernetes.io/hostname", "other"), ("zone", "a")];
        let labels = labels("n1", &configured.map(|(key, value)| (key.to_owned(), value.to_owned())).into());
        assert_eq!(labels["kubernetes.io/hostname"], "other");
        assert_eq!(labels["zone"], "a");
        assert_eq!(labels["kubernetes.io/os"], "linux");
    }
}

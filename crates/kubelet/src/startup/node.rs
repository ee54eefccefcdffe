//! What this node offers to pods, and what admission knows of it.
//!
//! The amounts and labels themselves are the `node` crate's, which writes them into the Node object too.

use anyhow::{Context, Result, bail};
use config::Settings;
use cri::v1::StatusResponse;
use host::files::Files;
use host::machine::Machine;
use node::capacity::{CPU, EPHEMERAL_STORAGE, MEMORY, MachineSize, PODS, Reservations, Resources};
use pods::admission::{Allocatable, Features, NodeView, SysctlPatterns};
use std::collections::BTreeMap;
use std::path::Path;

/// The architecture as Go names it.
pub(super) const ARCHITECTURE: &str = match std::env::consts::ARCH.as_bytes() {
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
    resources: &Resources,
) -> Result<NodeView> {
    let configuration = &settings.configuration;
    let sysctls = SysctlPatterns::new(&machine.kernel_version, &configuration.allowed_unsafe_sysctls)
        .context("allowedUnsafeSysctls")?;
    let of_runtime = runtime.features.unwrap_or_default();
    let gate = |name: &str| settings.gates.enabled(name);
    Ok(NodeView {
        name: name.to_owned(),
        labels: node::object::node_labels(name, ARCHITECTURE, &settings.flags.node_labels),
        taints: Vec::new(),
        allocatable: allocatable(resources),
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

/// What the machine has, and what of it is not for pods. `disk_bytes`: 0 when the size of the local disk is not known.
///
/// # Errors
/// When `reservedSystemCPUs` names CPUs that this machine does not have.
pub fn resources(settings: &Settings, machine: &Machine, disk_bytes: u64) -> Result<Resources> {
    let configuration = &settings.configuration;
    let bytes = |amount: u64| i64::try_from(amount).unwrap_or(i64::MAX);
    let counts_disk = configuration.local_storage_capacity_isolation && disk_bytes > 0;
    let size = MachineSize {
        cpus: machine.cpus,
        memory_bytes: bytes(machine.memory_bytes),
        disk_bytes: counts_disk.then(|| bytes(disk_bytes)),
        huge_pages: huge_pages(machine),
    };
    let eviction_hard = match settings.flags.experimental_allocatable_ignore_eviction {
        true => BTreeMap::new(),
        false => configuration.eviction_hard.clone(),
    };
    let mut reservations = Reservations {
        kube: configuration.kube_reserved.clone(),
        system: configuration.system_reserved.clone(),
        eviction_hard,
        max_pods: i64::from(configuration.max_pods),
        pods_per_core: i64::from(configuration.pods_per_core),
    };
    reserve_cpus(&configuration.reserved_system_cpus, &machine.cpu_list, &mut reservations)?;
    Ok(Resources::new(&size, &reservations))
}

/// The number of named CPUs takes the place of the CPU of both reservations (`cmd/kubelet/app/server.go`
/// `getReservedCPUs`, `run`).
fn reserve_cpus(reserved: &str, online: &str, reservations: &mut Reservations) -> Result<()> {
    let parse = |list: &str| config::parse_cpu_list(list).map_err(anyhow::Error::msg);
    let cpus = parse(reserved).context("unable to parse reserved-cpus list")?;
    if cpus.is_empty() {
        return Ok(());
    }
    if !cpus.is_subset(&parse(online).context("the machine's list of CPUs")?) {
        bail!("reserved-cpus: {reserved} is not a subset of online-cpus: {online}");
    }
    tracing::info!(
        reservedCPUs = reserved,
        "reservedSystemCPUs is set, it overrides the cpu of kubeReserved and systemReserved"
    );
    reservations.kube.remove(CPU);
    reservations.system.insert(CPU.to_owned(), cpus.len().to_string());
    Ok(())
}

fn allocatable(resources: &Resources) -> Allocatable {
    let mut amounts = resources.allocatable();
    let cpu_milli = amounts.remove(CPU).map_or(0, |amount| amount.milli_value());
    let mut take = |name: &str| amounts.remove(name).map_or(0, |amount| amount.value());
    Allocatable {
        cpu_milli,
        memory_bytes: take(MEMORY),
        ephemeral_storage_bytes: take(EPHEMERAL_STORAGE),
        pods: take(PODS),
        other: amounts.into_iter().map(|(name, amount)| (name, amount.value())).collect(),
    }
}

/// Bytes set aside in the kernel as huge pages, by the size of a page.
fn huge_pages(machine: &Machine) -> BTreeMap<i64, i64> {
    let sizes = machine.huge_page_sizes.iter().filter_map(|size| i64::try_from(*size).ok());
    sizes
        .map(|size| {
            let file = format!("/sys/kernel/mm/hugepages/hugepages-{}kB/nr_hugepages", size / 1024);
            let count = std::fs::read_to_string(file).ok().and_then(|text| text.trim().parse::<i64>().ok());
            (size, count.unwrap_or(0).saturating_mul(size))
        })
        .collect()
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
    fn named_cpus_take_the_place_of_reserved_ones() {
        let check = |reserved: &str, online: &str, expected: Result<(&str, &str), &str>| {
            let cpu = |amount: &str| BTreeMap::from([(CPU.to_owned(), amount.to_owned())]);
            let mut reservations =
                Reservations { kube: cpu("500m"), system: cpu("250m"), ..Reservations::default() };
            let outcome =
                reserve_cpus(reserved, online, &mut reservations).map_err(|error| error.to_string());
            let of = |list: &BTreeMap<String, String>| list.get(CPU).cloned().unwrap_or_default();
            let found = outcome.map(|()| (of(&reservations.kube), of(&reservations.system)));
            let expected = expected.map(|(kube, system)| (kube.to_owned(), system.to_owned()));
            assert_eq!(found, expected.map_err(str::to_owned), "{reserved} of {online}");
        };
        check("", "0-3", Ok(("500m", "250m")));
        check("0,2-3", "0-3", Ok(("", "3")));
        check("3-4", "0-3", Err("reserved-cpus: 3-4 is not a subset of online-cpus: 0-3"));
    }
}

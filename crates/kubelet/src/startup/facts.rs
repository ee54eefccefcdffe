//! What CRI configurations need of this machine.

use config::Settings;
use cri::v1::StatusResponse;
use host::machine::Machine;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use pods::admission::{Allocatable, NodeView};
use std::collections::BTreeMap;
use std::net::{IpAddr, UdpSocket};
use std::path::Path;
use translate::{CgroupVersion, HandlerFeatures, MemoryQos, MemoryReservation, NodeFacts, SwapBehavior};

/// A resolver file is small; upstream reads ten MiB of it.
const MAX_RESOLV_CONF_BYTES: usize = 10 * 1024 * 1024;

/// Gathers the facts. Nothing here can fail a start: what cannot be had is left out, and told.
pub fn gather(
    settings: &Settings,
    machine: &Machine,
    node: &NodeView,
    runtime: &StatusResponse,
    cgroup_version: CgroupVersion,
) -> NodeFacts {
    let configuration = &settings.configuration;
    let node_ips = node_ips(&settings.flags.node_ip);
    let host_ips = host_ips(&node_ips);
    let is_v1 = cgroup_version == CgroupVersion::V1;
    NodeFacts {
        node_name: node.name.clone(),
        pod_logs_directory: configuration.pod_logs_dir.clone(),
        root_directory: settings.flags.root_dir.clone(),
        cluster_domain: configuration.cluster_domain.clone(),
        cluster_dns: cluster_dns(&configuration.cluster_dns),
        resolv_conf: resolv_conf(&configuration.resolv_conf),
        node_ips,
        host_ips,
        memory_capacity_bytes: i64::try_from(machine.memory_bytes).unwrap_or(i64::MAX),
        swap_capacity_bytes: swap_capacity(),
        allocatable: allocatable(&node.allocatable),
        cgroup_version,
        huge_page_sizes: machine.huge_page_sizes.iter().map(|bytes| huge_page_size(*bytes)).collect(),
        cpu_cfs_quota: configuration.cpu_cfs_quota,
        cpu_cfs_quota_period_microseconds: configuration.cpu_cfs_quota_period.nanoseconds() / 1000,
        seccomp_default: settings.seccomp_default(),
        single_process_oom_kill: configuration.single_process_oom_kill.unwrap_or(is_v1),
        swap_controller_available: swap_controller_available(is_v1),
        swap_behavior: match configuration.memory_swap.swap_behavior.as_str() {
            "LimitedSwap" => SwapBehavior::LimitedSwap,
            _ => SwapBehavior::NoSwap,
        },
        memory_qos: memory_qos(settings),
        container_stop_signals: settings.gates.enabled("ContainerStopSignals"),
        default_pod_sysctls: match settings.gates.enabled("DefaultPodSysctls") {
            true => configuration.default_pod_sysctls.clone(),
            false => BTreeMap::new(),
        },
        runtime_handlers: runtime_handlers(runtime),
        page_size_bytes: i64::try_from(rustix::param::page_size()).unwrap_or(4096),
        selinux_enabled: Path::new("/sys/fs/selinux/enforce").exists(),
        thermal_throttle_paths: thermal_throttle_paths(),
    }
}

/// `--node-ip`. `::` and `0.0.0.0` name a family, and no address.
fn node_ips(flag: &str) -> Vec<IpAddr> {
    flag.split(',').filter_map(|text| text.trim().parse().ok()).collect()
}

fn host_ips(node_ips: &[IpAddr]) -> Vec<IpAddr> {
    let named: Vec<IpAddr> = node_ips.iter().copied().filter(|ip| !ip.is_unspecified()).collect();
    if named.is_empty() { default_address().into_iter().collect() } else { named }
}

fn cluster_dns(configured: &[String]) -> Vec<IpAddr> {
    let mut servers = Vec::new();
    for text in configured {
        match text.parse() {
            Ok(ip) => servers.push(ip),
            Err(_) => tracing::warn!(ip = %text, "Invalid clusterDNS IP"),
        }
    }
    servers
}

fn resolv_conf(path: &str) -> Option<String> {
    if path.is_empty() {
        return None;
    }
    match std::fs::read(path) {
        Ok(mut bytes) => {
            bytes.truncate(MAX_RESOLV_CONF_BYTES);
            Some(String::from_utf8_lossy(&bytes).into_owned())
        }
        Err(error) => {
            tracing::error!(path = %path, err = %error, "Could not open resolv conf file; pods get no name servers from the host. Set resolvConf");
            Some(String::new())
        }
    }
}

/// The address that leads to the world: of the interface with the default route. Nothing is sent.
fn default_address() -> Option<IpAddr> {
    let probe = |from: &str, to: &str| {
        let socket = UdpSocket::bind(from).ok()?;
        socket.connect(to).ok()?;
        let address = socket.local_addr().ok()?.ip();
        (!address.is_unspecified() && !address.is_loopback()).then_some(address)
    };
    // Addresses set aside for documentation.
    probe("0.0.0.0:0", "192.0.2.1:9").or_else(|| probe("[::]:0", "[2001:db8::1]:9"))
}

/// The kernel's spelling in the hugetlb controller: `2MB`, `1GB`.
fn huge_page_size(bytes: u64) -> String {
    const KB: u64 = 1024;
    const MB: u64 = 1024 * KB;
    const GB: u64 = 1024 * MB;
    match bytes {
        bytes if bytes >= GB => format!("{}GB", bytes / GB),
        bytes if bytes >= MB => format!("{}MB", bytes / MB),
        bytes => format!("{}KB", bytes / KB),
    }
}

fn swap_controller_available(is_v1: bool) -> bool {
    if is_v1 {
        return Path::new("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes").exists();
    }
    // The root group has no such file; any group below it does.
    let own = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let path = own.lines().find_map(|line| line.strip_prefix("0::")).unwrap_or("/");
    Path::new("/sys/fs/cgroup").join(path.trim_start_matches('/')).join("memory.swap.max").exists()
}

fn thermal_throttle_paths() -> Vec<String> {
    let possible = std::fs::read_to_string("/sys/devices/system/cpu/possible").unwrap_or_default();
    let Ok(cpus) = config::parse_cpu_list(possible.trim()) else { return Vec::new() };
    let paths = cpus.into_iter().map(|cpu| format!("/sys/devices/system/cpu/cpu{cpu}/thermal_throttle"));
    paths.filter(|path| Path::new(path).exists()).collect()
}

/// What the downward API gives a container without limits.
fn allocatable(there: &Allocatable) -> BTreeMap<String, Quantity> {
    let known = [
        ("cpu", format!("{}m", there.cpu_milli)),
        ("memory", there.memory_bytes.to_string()),
        ("ephemeral-storage", there.ephemeral_storage_bytes.to_string()),
        ("pods", there.pods.to_string()),
    ];
    let known = known.into_iter().map(|(name, amount)| (name.to_owned(), amount));
    let other = there.other.iter().map(|(name, amount)| (name.clone(), amount.to_string()));
    known.chain(other).map(|(name, amount)| (name, Quantity(amount))).collect()
}

/// The machine's swap, in bytes.
pub(super) fn swap_capacity() -> i64 {
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = memory.lines().find_map(|line| line.strip_prefix("SwapTotal:"));
    let kibibytes = line.and_then(|rest| rest.split_whitespace().next()?.parse::<i64>().ok());
    kibibytes.unwrap_or(0).saturating_mul(1024)
}

fn memory_qos(settings: &Settings) -> MemoryQos {
    let configuration = &settings.configuration;
    MemoryQos {
        enabled: settings.gates.enabled("MemoryQoS"),
        reservation: match configuration.memory_reservation_policy.as_str() {
            "TieredReservation" => MemoryReservation::TieredReservation,
            _ => MemoryReservation::None,
        },
        throttling_factor: configuration.memory_throttling_factor,
    }
}

/// What each handler can do, as the runtime tells it.
fn runtime_handlers(runtime: &StatusResponse) -> BTreeMap<String, HandlerFeatures> {
    let handlers = runtime.runtime_handlers.iter();
    handlers
        .map(|handler| {
            let features = handler.features.unwrap_or_default();
            let features = HandlerFeatures {
                recursive_read_only_mounts: features.recursive_read_only_mounts,
                user_namespaces: features.user_namespaces,
            };
            (handler.name.clone(), features)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configured_addresses() {
        let check = |flag: &str, families: &[&str], hosts: Option<&[&str]>| {
            let found = node_ips(flag);
            let of = |ips: &[&str]| ips.iter().map(|ip| ip.parse().unwrap()).collect::<Vec<IpAddr>>();
            assert_eq!(found, of(families), "{flag}");
            // Without an address it is the machine's own, whatever that is.
            if let Some(hosts) = hosts {
                assert_eq!(host_ips(&found), of(hosts), "{flag}");
            } else {
                assert!(host_ips(&found).iter().all(|ip| !ip.is_unspecified()), "{flag}");
            }
        };
        check("", &[], None);
        check("::", &["::"], None);
        check("10.0.0.5", &["10.0.0.5"], Some(&["10.0.0.5"]));
        check("fd00::5, 10.0.0.5", &["fd00::5", "10.0.0.5"], Some(&["fd00::5", "10.0.0.5"]));
    }
}

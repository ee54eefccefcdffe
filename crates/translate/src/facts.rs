//! What translation must know of the node: made once by the wiring, plain data.

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Facts of the node and of the kubelet's configuration that end up in CRI requests.
///
/// [`NodeFacts::default`] is a node on cgroup v2 with upstream's configuration defaults and nothing known of the
/// machine; the wiring fills in the rest.
#[derive(Clone, Debug)]
pub struct NodeFacts {
    /// The node's name.
    pub node_name: String,
    /// Directory of all pods' logs, `podLogsDir` (`/var/log/pods`).
    pub pod_logs_directory: String,
    /// The kubelet's directory, `--root-dir` (`/var/lib/kubelet`).
    pub root_directory: String,
    /// `clusterDomain`; empty for none.
    pub cluster_domain: String,
    /// `clusterDNS`, in order.
    pub cluster_dns: Vec<IpAddr>,
    /// Content of the file that `resolvConf` names; `None` when the setting is empty, which turns look-ups off.
    pub resolv_conf: Option<String>,
    /// IPs of the node that were configured (`--node-ip`), `::` and `0.0.0.0` among them; decide which family of a
    /// pod's IPs comes first.
    pub node_ips: Vec<IpAddr>,
    /// The node's internal address, then one of the other family if it has one, as the kubelet itself knows them at its
    /// start: what a cloud's controller says of the node comes later.
    pub host_ips: Vec<IpAddr>,
    /// The machine's memory, in bytes.
    pub memory_capacity_bytes: i64,
    /// The machine's swap, in bytes.
    pub swap_capacity_bytes: i64,
    /// `status.allocatable`: what the downward API gives a container without limits.
    pub allocatable: BTreeMap<String, Quantity>,
    /// Which cgroup hierarchy the machine has.
    pub cgroup_version: CgroupVersion,
    /// Huge page sizes of the kernel as its hugetlb controller spells them (`2MB`, `1GB`).
    pub huge_page_sizes: Vec<String>,
    /// `cpuCFSQuota`: whether CPU limits are enforced.
    pub cpu_cfs_quota: bool,
    /// `cpuCFSQuotaPeriod`, in microseconds.
    pub cpu_cfs_quota_period_microseconds: i64,
    /// `seccompDefault`: containers that name no profile get the runtime's instead of none.
    pub seccomp_default: bool,
    /// `singleProcessOOMKill`, with its default applied: true on cgroup v1, false on v2.
    pub single_process_oom_kill: bool,
    /// Whether the kernel has the swap controller (`memory.swap.max`, on v1 `memory.memsw.limit_in_bytes`).
    pub swap_controller_available: bool,
    /// `memorySwap.swapBehavior`.
    pub swap_behavior: SwapBehavior,
    /// The `MemoryQoS` feature, beta and on in 1.37; has an effect on cgroup v2 alone.
    pub memory_qos: MemoryQos,
    /// The machine's page size, in bytes.
    pub page_size_bytes: i64,
    /// Whether SELinux is on; without it no mount asks to be relabelled.
    pub selinux_enabled: bool,
    /// `/sys/devices/system/cpu/cpuN/thermal_throttle` of each possible CPU that has it: masked in containers.
    pub thermal_throttle_paths: Vec<String>,
    /// The `ContainerStopSignals` feature (alpha, off): whether `lifecycle.stopSignal` is passed on.
    pub container_stop_signals: bool,
    /// `defaultPodSysctls` of the `DefaultPodSysctls` feature (alpha, off); empty unless it is on.
    pub default_pod_sysctls: BTreeMap<String, String>,
    /// What each runtime handler can do, by its name (`""` is the default one); empty when the runtime does not say.
    pub runtime_handlers: BTreeMap<String, HandlerFeatures>,
}

impl Default for NodeFacts {
    fn default() -> Self {
        Self {
            node_name: String::new(),
            pod_logs_directory: "/var/log/pods".to_owned(),
            root_directory: "/var/lib/kubelet".to_owned(),
            cluster_domain: String::new(),
            cluster_dns: Vec::new(),
            resolv_conf: None,
            node_ips: Vec::new(),
            host_ips: Vec::new(),
            memory_capacity_bytes: 0,
            swap_capacity_bytes: 0,
            allocatable: BTreeMap::new(),
            cgroup_version: CgroupVersion::V2,
            huge_page_sizes: Vec::new(),
            cpu_cfs_quota: true,
            cpu_cfs_quota_period_microseconds: 100_000,
            seccomp_default: false,
            single_process_oom_kill: false,
            swap_controller_available: false,
            swap_behavior: SwapBehavior::NoSwap,
            memory_qos: MemoryQos::default(),
            page_size_bytes: 4096,
            selinux_enabled: false,
            thermal_throttle_paths: Vec::new(),
            container_stop_signals: false,
            default_pod_sysctls: BTreeMap::new(),
            runtime_handlers: BTreeMap::new(),
        }
    }
}

/// Which cgroup hierarchy a machine has; a hybrid one counts as v1, as upstream's `IsCgroup2UnifiedMode` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CgroupVersion {
    /// One hierarchy per controller, or hybrid.
    V1,
    /// The unified hierarchy.
    V2,
}

/// `memorySwap.swapBehavior` of the kubelet's configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SwapBehavior {
    /// Containers use no swap.
    NoSwap,
    /// Containers of Burstable pods may use their share of the node's swap (KEP-2400).
    LimitedSwap,
}

/// Settings of the `MemoryQoS` feature (KEP-2570).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MemoryQos {
    /// The feature gate.
    pub enabled: bool,
    /// `memoryReservationPolicy`.
    pub reservation: MemoryReservation,
    /// `memoryThrottlingFactor`; `None`, the default of 1.37, sets no `memory.high`.
    pub throttling_factor: Option<f64>,
}

impl Default for MemoryQos {
    fn default() -> Self {
        Self { enabled: true, reservation: MemoryReservation::None, throttling_factor: None }
    }
}

/// `memoryReservationPolicy` of the kubelet's configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryReservation {
    /// No memory is protected from reclaim.
    None,
    /// Requests are protected: `memory.min` for Guaranteed pods, `memory.low` for others.
    TieredReservation,
}

/// What a runtime handler can do, from CRI `Status`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HandlerFeatures {
    /// Recursive read-only mounts.
    pub recursive_read_only_mounts: bool,
    /// User namespaces.
    pub user_namespaces: bool,
}

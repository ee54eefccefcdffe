//! From requests and limits to the kernel's values. Pure.
//!
//! The rules are those of upstream's `pkg/kubelet/cm/helpers_linux.go`, `qos_container_manager_linux.go` and
//! `node_container_manager_linux.go` (release 1.37).

mod memory_qos;

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::PodSpec;
use types::{
    qos::QosClass,
    quantity::Quantity,
    resources::{self, CPU, HUGE_PAGES_PREFIX, MEMORY, Overhead},
};

pub use memory_qos::{MemoryQos, Protection, Requested, Throttling};

/// The least CPU shares that the kernel takes; what a pod without a request gets.
pub const MIN_SHARES: u64 = 2;
/// The most.
pub const MAX_SHARES: u64 = 262_144;
/// CPU shares of one whole CPU.
const SHARES_PER_CPU: u64 = 1024;
/// The least quota that the kernel takes, in microseconds.
pub const MIN_QUOTA_US: i64 = 1000;
/// The period that quotas are counted in unless configured (`cpuCFSQuotaPeriod`), in microseconds.
pub const DEFAULT_PERIOD_US: u64 = 100_000;
/// "No limit" for huge pages: what upstream writes to the levels above pods.
pub const HUGE_PAGES_UNBOUNDED: u64 = 1 << 62;

/// The values of one control group. Absent means: leave as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CgroupResources {
    /// Relative CPU time, 2 to 262144. On v2 it becomes `cpu.weight`.
    pub cpu_shares: Option<u64>,
    /// CPU time per period in microseconds; -1: unlimited.
    pub cpu_quota_us: Option<i64>,
    /// The quota's period in microseconds.
    pub cpu_period_us: Option<u64>,
    /// Memory in bytes; -1: unlimited. 0 leaves it as it is, as upstream's library does.
    pub memory_limit_bytes: Option<i64>,
    /// Memory that is not taken away while the group uses it (`memory.min`), in bytes; on v1 there is no such thing.
    pub memory_min_bytes: Option<u64>,
    /// Memory that is taken away only when there is no other (`memory.low`), in bytes; on v1 there is no such thing.
    pub memory_low_bytes: Option<u64>,
    /// Memory from which on the group is slowed down (`memory.high`), in bytes; on v1 there is no such thing.
    pub memory_high_bytes: Option<u64>,
    /// Processes and threads. 0 leaves it as it is, negative: unlimited.
    pub pids_limit: Option<i64>,
    /// Huge pages: page size in bytes to limit in bytes. Sizes that the kernel has and this does not are set to 0.
    /// Absent altogether: none is touched.
    pub huge_pages: Option<BTreeMap<u64, u64>>,
    /// CPUs of this group in the kernel's list form, `0-3,8`. Only set on `kubepods`.
    pub cpuset_cpus: Option<String>,
}

/// What a pod asks for and may use, summed over its containers (init containers' peak and overhead included), as
/// plain numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PodAmounts {
    /// CPU request in thousandths.
    pub cpu_request_milli: u64,
    /// CPU limit in thousandths, 0 if none.
    pub cpu_limit_milli: u64,
    /// Whether every container (init containers too), or the pod itself, has a CPU limit.
    pub cpu_limits_declared: bool,
    /// Memory request in bytes.
    pub memory_request_bytes: u64,
    /// Memory limit in bytes, 0 if none.
    pub memory_limit_bytes: u64,
    /// Whether every container (init containers too), or the pod itself, has a memory limit.
    pub memory_limits_declared: bool,
    /// Whether the pod as a whole has requests or limits of its own.
    pub has_own_amounts: bool,
    /// Huge page requests: page size in bytes to bytes.
    pub huge_pages: BTreeMap<u64, u64>,
}

impl PodAmounts {
    /// The amounts of a defaulted, validated pod.
    pub fn of_spec(spec: &PodSpec) -> Self {
        let requests = resources::pod_requests(spec, Overhead::Included);
        let limits = resources::pod_limits(spec, Overhead::Included);
        let all_limit = |name: &str| {
            let has = |list: &resources::ResourceList| list.get(name).is_some_and(|amount| !amount.is_zero());
            let containers = spec.init_containers.iter().flatten().chain(&spec.containers);
            let pod_level = spec.resources.as_ref();
            has(&resources::resource_list(pod_level, resources::Side::Limits))
                || containers.map(resources::container_limits).all(|limits| has(&limits))
        };
        let mut huge_pages = BTreeMap::new();
        for (name, amount) in &requests {
            let size = name.strip_prefix(HUGE_PAGES_PREFIX).and_then(|size| size.parse::<Quantity>().ok());
            if let Some(size) = size {
                *huge_pages.entry(bytes(Some(&size))).or_default() += bytes(Some(amount));
            }
        }
        Self {
            cpu_request_milli: milli(requests.get(CPU)),
            cpu_limit_milli: milli(limits.get(CPU)),
            cpu_limits_declared: all_limit(CPU),
            memory_request_bytes: bytes(requests.get(MEMORY)),
            memory_limit_bytes: bytes(limits.get(MEMORY)),
            memory_limits_declared: all_limit(MEMORY),
            has_own_amounts: resources::pod_level_resources_set(spec),
            huge_pages,
        }
    }
}

fn milli(amount: Option<&Quantity>) -> u64 {
    amount.map_or(0, |amount| u64::try_from(amount.milli_value()).unwrap_or(0))
}

fn bytes(amount: Option<&Quantity>) -> u64 {
    amount.map_or(0, |amount| u64::try_from(amount.value()).unwrap_or(0))
}

/// How the node is configured to hold pods to their amounts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Enforcement {
    /// `cpuCFSQuota`.
    pub cpu_quota: bool,
    /// `cpuCFSQuotaPeriod`, in microseconds.
    pub cpu_period_us: u64,
    /// `podPidsLimit`; none if not above 0.
    pub pod_pids_limit: Option<i64>,
    /// How memory is kept and throttled.
    pub memory: MemoryQos,
}

impl Default for Enforcement {
    fn default() -> Self {
        Self {
            cpu_quota: true,
            cpu_period_us: DEFAULT_PERIOD_US,
            pod_pids_limit: None,
            memory: MemoryQos::default(),
        }
    }
}

/// CPU shares for a request in thousandths of a CPU.
pub fn shares_of_milli_cpu(milli: u64) -> u64 {
    (milli.saturating_mul(SHARES_PER_CPU) / 1000).clamp(MIN_SHARES, MAX_SHARES)
}

/// CPU quota in microseconds for a limit in thousandths of a CPU; 0, "leave as it is", for no limit.
pub fn quota_of_milli_cpu(milli: u64, period_us: u64) -> i64 {
    if milli == 0 {
        return 0;
    }
    let quota = milli.saturating_mul(period_us) / 1000;
    i64::try_from(quota).unwrap_or(i64::MAX).max(MIN_QUOTA_US)
}

/// `cpu.weight` (1 to 10000) for CPU shares.
///
/// Upstream's kubelet still maps linearly for the groups it makes itself (`getCPUWeight`), although the runtimes have
/// changed to a curve for the containers below (`ConvertCPUSharesToCgroupV2Value`). Pods compete with pods here, so
/// what matters is that all are mapped alike, and as by the kubelet that may have made the neighbours.
pub fn weight_of_shares(shares: u64) -> u64 {
    let shares = shares.clamp(MIN_SHARES, MAX_SHARES);
    1 + (shares - MIN_SHARES) * 9999 / (MAX_SHARES - MIN_SHARES)
}

/// The values of a pod's own group.
pub fn pod_resources(qos: QosClass, amounts: &PodAmounts, enforcement: &Enforcement) -> CgroupResources {
    let quota = if enforcement.cpu_quota {
        quota_of_milli_cpu(amounts.cpu_limit_milli, enforcement.cpu_period_us)
    } else {
        -1
    };
    let memory = i64::try_from(amounts.memory_limit_bytes).unwrap_or(i64::MAX);
    let mut resources = CgroupResources {
        cpu_shares: Some(shares_of_milli_cpu(amounts.cpu_request_milli)),
        huge_pages: Some(amounts.huge_pages.clone()),
        pids_limit: enforcement.pod_pids_limit.filter(|limit| *limit > 0),
        ..CgroupResources::default()
    };
    let (limit_cpu, limit_memory) = match qos {
        QosClass::Guaranteed => (true, true),
        QosClass::Burstable => (amounts.cpu_limits_declared, amounts.memory_limits_declared),
        QosClass::BestEffort => {
            resources.cpu_shares = Some(MIN_SHARES);
            (false, false)
        }
    };
    if limit_cpu {
        resources.cpu_quota_us = Some(quota);
        resources.cpu_period_us = Some(enforcement.cpu_period_us);
    }
    if limit_memory {
        resources.memory_limit_bytes = Some(memory);
    }
    enforcement.memory.add_to_pod(qos, amounts, &mut resources);
    resources
}

/// The values of a quality-of-service level: `BestEffort` always gets the least, `Burstable` what its pods request
/// together, `Guaranteed` (that is `kubepods`) keeps its CPU shares. Huge pages are bounded per pod only.
pub fn qos_resources(
    qos: QosClass,
    burstable_cpu_request_milli: u64,
    huge_page_sizes: &[u64],
) -> CgroupResources {
    CgroupResources {
        cpu_shares: match qos {
            QosClass::Guaranteed => None,
            QosClass::Burstable => Some(shares_of_milli_cpu(burstable_cpu_request_milli)),
            QosClass::BestEffort => Some(MIN_SHARES),
        },
        huge_pages: Some(unbounded_huge_pages(huge_page_sizes)),
        ..CgroupResources::default()
    }
}

/// No limit for any of the kernel's page sizes.
pub fn unbounded_huge_pages(sizes: &[u64]) -> BTreeMap<u64, u64> {
    sizes.iter().map(|size| (*size, HUGE_PAGES_UNBOUNDED)).collect()
}

/// The values of `kubepods`: what pods may use together.
pub fn node_resources(
    cpu_milli: u64,
    memory_bytes: u64,
    pids: Option<i64>,
    huge_pages: BTreeMap<u64, u64>,
    cpuset_cpus: Option<String>,
) -> CgroupResources {
    CgroupResources {
        cpu_shares: Some(shares_of_milli_cpu(cpu_milli)),
        memory_limit_bytes: Some(i64::try_from(memory_bytes).unwrap_or(i64::MAX)),
        pids_limit: pids,
        huge_pages: Some(huge_pages),
        cpuset_cpus,
        ..CgroupResources::default()
    }
}

#[cfg(test)]
mod tests;

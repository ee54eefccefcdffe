//! From a group's values to the files that they are written to. Pure.
//!
//! Which file, in which order, and what counts as "not set" is as in the library that upstream's kubelet and runc use
//! (`github.com/opencontainers/cgroups`, `fs` and `fs2`).

use super::{CgroupResources, resources::weight_of_shares};

/// One write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Write {
    /// Whose file it is; not written where that controller is not mounted.
    pub(crate) controller: &'static str,
    /// The file in the group's directory.
    pub(crate) file: String,
    /// What is written.
    pub(crate) value: String,
    /// What if it fails.
    pub(crate) failure: Failure,
}

/// What a failed write means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The group does not have what it should.
    Error,
    /// Nothing, if the kernel has no such file.
    IgnoreMissingFile,
    /// Nothing, if the kernel has no such file or refuses the value for now: it is written again later in the list.
    IgnoreRefused,
}

fn write(controller: &'static str, file: impl Into<String>, value: impl ToString) -> Write {
    Write { controller, file: file.into(), value: value.to_string(), failure: Failure::Error }
}

fn limit(value: i64) -> String {
    if value < 0 { "max".to_owned() } else { value.to_string() }
}

/// The writes for v2.
pub(crate) fn v2(resources: &CgroupResources, huge_page_sizes: &[u64]) -> Vec<Write> {
    let mut writes = Vec::new();
    writes.extend(resources.pids_limit.map(pids));
    if let Some(memory) = resources.memory_limit_bytes.filter(|memory| *memory != 0) {
        if memory < 0 {
            let unlimited = write("memory", "memory.swap.max", "max");
            writes.push(Write { failure: Failure::IgnoreMissingFile, ..unlimited });
        }
        writes.push(write("memory", "memory.max", limit(memory)));
    }
    for (file, bytes) in [
        ("memory.min", resources.memory_min_bytes),
        ("memory.low", resources.memory_low_bytes),
        ("memory.high", resources.memory_high_bytes),
    ] {
        writes.extend(bytes.map(|bytes| write("memory", file, bytes)));
    }
    if let Some(shares) = resources.cpu_shares {
        writes.push(write("cpu", "cpu.weight", weight_of_shares(shares)));
    }
    let quota = resources.cpu_quota_us.unwrap_or(0);
    let period = resources.cpu_period_us.unwrap_or(0);
    if quota != 0 || period != 0 {
        let quota = if quota > 0 { quota.to_string() } else { "max".to_owned() };
        let period = if period == 0 { super::resources::DEFAULT_PERIOD_US } else { period };
        writes.push(write("cpu", "cpu.max", format!("{quota} {period}")));
    }
    if let Some(cpus) = &resources.cpuset_cpus {
        writes.push(write("cpuset", "cpuset.cpus", cpus));
    }
    writes.extend(huge_pages(resources, huge_page_sizes, "max"));
    writes
}

/// The writes for v1.
pub(crate) fn v1(resources: &CgroupResources, huge_page_sizes: &[u64]) -> Vec<Write> {
    let mut writes = Vec::new();
    if let Some(cpus) = &resources.cpuset_cpus {
        writes.push(write("cpuset", "cpuset.cpus", cpus));
    }
    if let Some(memory) = resources.memory_limit_bytes.filter(|memory| *memory != 0) {
        if memory < 0 {
            // First the larger of the two limits.
            let unlimited = write("memory", "memory.memsw.limit_in_bytes", -1);
            writes.push(Write { failure: Failure::IgnoreMissingFile, ..unlimited });
        }
        writes.push(write("memory", "memory.limit_in_bytes", memory));
    }
    if let Some(shares) = resources.cpu_shares {
        writes.push(write("cpu", "cpu.shares", shares));
    }
    let quota = resources.cpu_quota_us.filter(|quota| *quota != 0);
    let period = resources.cpu_period_us.filter(|period| *period != 0);
    let period = period.map(|period| write("cpu", "cpu.cfs_period_us", period));
    let quota = quota.map(|quota| write("cpu", "cpu.cfs_quota_us", quota));
    match (period, quota) {
        // A period shorter than the old one may be refused with the old quota, so it comes again after the new one.
        (Some(period), Some(quota)) => {
            writes.push(Write { failure: Failure::IgnoreRefused, ..period.clone() });
            writes.push(quota);
            writes.push(period);
        }
        (period, quota) => writes.extend(period.into_iter().chain(quota)),
    }
    writes.extend(resources.pids_limit.map(pids));
    writes.extend(huge_pages(resources, huge_page_sizes, "limit_in_bytes"));
    writes
}

fn pids(limit: i64) -> Write {
    let value = match limit {
        ..0 => "max".to_owned(),
        // As the systemd driver must, which cannot say 0.
        0 => "1".to_owned(),
        limit => limit.to_string(),
    };
    write("pids", "pids.max", value)
}

/// Every size that the kernel has gets a limit, 0 if none is given; of pages in use and of pages reserved.
fn huge_pages(resources: &CgroupResources, sizes: &[u64], suffix: &str) -> Vec<Write> {
    let Some(limits) = &resources.huge_pages else {
        return Vec::new();
    };
    let mut writes = Vec::new();
    for size in sizes {
        let value = limits.get(size).copied().unwrap_or(0);
        let unit = unit_size(*size);
        writes.push(write("hugetlb", format!("hugetlb.{unit}.{suffix}"), value));
        let reserved = write("hugetlb", format!("hugetlb.{unit}.rsvd.{suffix}"), value);
        writes.push(Write { failure: Failure::IgnoreMissingFile, ..reserved });
    }
    writes
}

/// `2MB`, `1GB`, `64KB`, as in the kernel's file names.
fn unit_size(bytes: u64) -> String {
    let kibibytes = bytes >> 10;
    if kibibytes >= 1 << 20 {
        format!("{}GB", kibibytes >> 20)
    } else if kibibytes >= 1 << 10 {
        format!("{}MB", kibibytes >> 10)
    } else {
        format!("{kibibytes}KB")
    }
}

#[cfg(test)]
mod tests;

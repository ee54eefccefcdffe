//! Unit properties. Pure.

use zbus::Variant;

use crate::cgroups::{
    CgroupName, CgroupResources,
    hierarchies::Mode,
    resources::{DEFAULT_PERIOD_US, weight_of_shares},
};

/// A property's name and value.
pub(super) type Property = (&'static str, Variant<'static>);

/// "No limit" in systemd's numbers.
const INFINITY: u64 = u64::MAX;
/// systemd keeps CPU time in whole percents: this many microseconds per second.
const PERCENT_US: u64 = 10_000;
/// The first version that knows `MemoryMin`.
const HAS_MEMORY_MIN: u32 = 240;
/// The first version that knows `CPUQuotaPeriodUSec`.
const HAS_QUOTA_PERIOD: u32 = 242;
/// The first version that knows `AllowedCPUs`.
const HAS_ALLOWED_CPUS: u32 = 244;

/// Of a slice that is made: its parent, and accounting for all, which it would be hard to begin later.
pub(super) fn of_new_slice(name: &CgroupName, mode: Mode) -> Vec<Property> {
    let io_accounting = match mode {
        Mode::V2 => "IOAccounting",
        Mode::V1 | Mode::Hybrid => "BlockIOAccounting",
    };
    vec![
        ("Description", Variant::from(format!("libcontainer container {}", name.slice()))),
        ("Wants", Variant::from(vec![name.parent().slice()])),
        ("MemoryAccounting", Variant::from(true)),
        ("CPUAccounting", Variant::from(true)),
        (io_accounting, Variant::from(true)),
        ("TasksAccounting", Variant::from(true)),
        ("DefaultDependencies", Variant::from(false)),
    ]
}

/// Of a slice's values.
pub(super) fn of_resources(resources: &CgroupResources, mode: Mode, version: u32) -> Vec<Property> {
    let mut properties = Vec::new();
    let unlimited = |value: i64| u64::try_from(value).unwrap_or(INFINITY);
    if let Some(memory) = resources.memory_limit_bytes.filter(|memory| *memory != 0) {
        let name = match mode {
            Mode::V2 => "MemoryMax",
            Mode::V1 | Mode::Hybrid => "MemoryLimit",
        };
        properties.push((name, Variant::from(unlimited(memory))));
    }
    if mode == Mode::V2 {
        for (name, bytes) in [
            ("MemoryMin", resources.memory_min_bytes.filter(|_| version >= HAS_MEMORY_MIN)),
            ("MemoryLow", resources.memory_low_bytes),
            ("MemoryHigh", resources.memory_high_bytes),
        ] {
            properties.extend(bytes.map(|bytes| (name, Variant::from(bytes))));
        }
    }
    if let Some(shares) = resources.cpu_shares {
        properties.push(match mode {
            Mode::V2 => ("CPUWeight", Variant::from(weight_of_shares(shares))),
            Mode::V1 | Mode::Hybrid => ("CPUShares", Variant::from(shares)),
        });
    }
    let period = resources.cpu_period_us.unwrap_or(0);
    if period != 0 && version >= HAS_QUOTA_PERIOD {
        properties.push(("CPUQuotaPeriodUSec", Variant::from(period)));
    }
    let quota = resources.cpu_quota_us.unwrap_or(0);
    if quota != 0 || period != 0 {
        let per_second = per_second(quota, period);
        properties.push(("CPUQuotaPerSecUSec", Variant::from(per_second)));
    }
    if let Some(pids) = resources.pids_limit {
        // 0 means no limit to systemd.
        properties.push(("TasksMax", Variant::from(unlimited(pids).max(1))));
    }
    let cpus = resources.cpuset_cpus.as_deref().and_then(bits);
    if let Some(cpus) = cpus.filter(|_| version >= HAS_ALLOWED_CPUS) {
        properties.push(("AllowedCPUs", Variant::from(cpus)));
    }
    properties
}

/// CPU time per second in microseconds, rounded up to what systemd can say.
fn per_second(quota_us: i64, period_us: u64) -> u64 {
    let Some(quota) = u64::try_from(quota_us).ok().filter(|quota| *quota > 0) else {
        return INFINITY;
    };
    let period = if period_us == 0 { DEFAULT_PERIOD_US } else { period_us };
    (quota.saturating_mul(1_000_000) / period).div_ceil(PERCENT_US).saturating_mul(PERCENT_US)
}

/// Rounds a quota up to the whole percent that systemd will make of it.
pub(super) fn round_quota(resources: &mut CgroupResources) {
    let Some(quota) = resources.cpu_quota_us.filter(|quota| *quota > 0) else {
        return;
    };
    let period = resources.cpu_period_us.filter(|period| *period != 0).unwrap_or(DEFAULT_PERIOD_US);
    let exact = quota.unsigned_abs().saturating_mul(1_000_000) / period;
    let rounded = per_second(quota, period);
    if rounded != exact {
        resources.cpu_quota_us = i64::try_from(rounded.saturating_mul(period) / 1_000_000).ok();
    }
}

/// A CPU list such as `0-3,8` as bits, lowest first. None if it is not one, or empty.
fn bits(list: &str) -> Option<Vec<u8>> {
    /// More than any kernel has.
    const MAX_CPUS: usize = 1 << 16;
    let mut bits = Vec::new();
    for range in list.split(',').map(str::trim).filter(|range| !range.is_empty()) {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
        if first > last || last >= MAX_CPUS {
            return None;
        }
        if bits.len() <= last / 8 {
            bits.resize(last / 8 + 1, 0u8);
        }
        for cpu in first..=last {
            bits[cpu / 8] |= 1 << (cpu % 8);
        }
    }
    (!bits.is_empty()).then_some(bits)
}

#[cfg(test)]
mod tests;

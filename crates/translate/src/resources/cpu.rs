//! Millicores in the kernel's units (`pkg/kubelet/cm/helpers_linux.go`).

const MIN_SHARES: i64 = 2;
const MAX_SHARES: i64 = 262_144;
const SHARES_PER_CPU: i64 = 1024;
/// The kernel takes no quota below this, in microseconds.
const MIN_QUOTA: i64 = 1000;

/// CFS shares of a request; the kernel's least for a request of nothing.
pub(super) fn shares(milli_cpu: i64) -> i64 {
    (milli_cpu.saturating_mul(SHARES_PER_CPU) / 1000).clamp(MIN_SHARES, MAX_SHARES)
}

/// CFS quota of a limit, in microseconds per period; 0, which sets none, for no limit.
pub(super) fn quota(milli_cpu: i64, period_microseconds: i64) -> i64 {
    if milli_cpu == 0 { 0 } else { (milli_cpu.saturating_mul(period_microseconds) / 1000).max(MIN_QUOTA) }
}

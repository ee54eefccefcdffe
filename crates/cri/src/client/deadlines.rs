//! How long each call may take (`cri-client/pkg/remote_runtime.go`, 1.37).

use std::time::Duration;

/// Default of `runtimeRequestTimeout`.
pub const DEFAULT_REQUEST_TIMEOUT: Duration = Duration::from_secs(120);

/// Deadlines derived from `runtimeRequestTimeout`. `None` means no deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    request: Duration,
}

impl Deadlines {
    /// From `runtimeRequestTimeout`.
    pub fn new(request: Duration) -> Self {
        Deadlines { request }
    }

    /// Every call that is not named below.
    pub fn default_call(self) -> Option<Duration> {
        Some(self.request)
    }

    /// Twice the base: networks take their time.
    pub fn run_pod_sandbox(self) -> Option<Duration> {
        Some(self.request.saturating_mul(2))
    }

    /// The grace period and the base. A negative grace counts as none.
    pub fn stop_container(self, grace_seconds: i64) -> Option<Duration> {
        Some(self.request.saturating_add(seconds(grace_seconds)))
    }

    /// The command's time and the base; none when the command has none.
    pub fn exec_sync(self, timeout: Duration) -> Option<Duration> {
        (!timeout.is_zero()).then(|| self.request.saturating_add(timeout))
    }

    /// The longer of the base and what is asked for; also the number of seconds to ask the runtime for.
    pub fn checkpoint_container(self, timeout_seconds: i64) -> Duration {
        self.request.max(seconds(timeout_seconds))
    }

    /// A pull takes as long as it takes.
    pub fn pull_image(self) -> Option<Duration> {
        None
    }
}

fn seconds(seconds: i64) -> Duration {
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}

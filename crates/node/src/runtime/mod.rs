//! Health of the container runtime.
//!
//! Owns the answer to "is the runtime well?". Inputs: CRI `Status` and `Version`, asked again and again. Outputs: a
//! [`RuntimeHealth`] on a watch channel, and the one part of it that pods wait for on another; each is sent only when it
//! differs. One task.
//!
//! ```text
//!  Status every 5 s, every 100 ms at first ─┐
//!  Version every 60 s ──────────────────────┼─▶ plan::Observed ─▶ RuntimeHealth ─▶ watch
//!  30 s without a good answer ──────────────┘
//! ```
//!
//! Source: `pkg/kubelet/kubelet.go` `updateRuntimeUp`, `runtime.go`, release 1.37.

pub(crate) mod plan;
mod task;
#[cfg(test)]
mod tests;
mod version;

pub(crate) use task::RuntimeTask;

use cri::v1::{RuntimeFeatures, StatusResponse, VersionResponse};
use std::sync::Arc;
use tasks::watch;

/// How the runtime is.
#[derive(Clone, Debug, PartialEq)]
pub struct RuntimeHealth {
    /// That the runtime has not been well for long, or never; `None` when it was lately.
    pub staleness: Option<&'static str>,
    /// Why the runtime is not ready, in upstream's words; `None` when it is.
    pub runtime_error: Option<String>,
    /// Why pods get no network, in upstream's words; `None` when they do.
    pub network_error: Option<String>,
    /// What each handler can do, sorted by name.
    pub handlers: Vec<Handler>,
    /// What the runtime can do; `None` where it does not tell.
    pub features: Option<RuntimeFeatures>,
    /// Name and version as the node shows them: `containerd://2.4.2`.
    pub version: String,
    /// Whether the runtime has been asked for status and version, with or without an answer.
    pub is_known: bool,
}

/// A way of running containers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handler {
    /// Its name; empty for the default one.
    pub name: String,
    /// Whether mounts can be read-only to the bottom.
    pub recursive_read_only_mounts: bool,
    /// Whether pods can have user namespaces of their own.
    pub user_namespaces: bool,
}

impl RuntimeHealth {
    /// Whether pods can be started.
    pub fn is_ready(&self) -> bool {
        self.staleness.is_none() && self.runtime_error.is_none() && self.network_error.is_none()
    }
}

/// What the wiring has been told by the runtime before the node was made.
#[derive(Clone, Debug, Default)]
pub struct FirstAnswers {
    /// Answer to `Status`, no older than a moment.
    pub status: Option<StatusResponse>,
    /// Answer to `Version`.
    pub version: Option<VersionResponse>,
}

/// The health as it is now and will be.
pub type HealthReceiver = watch::Receiver<Arc<RuntimeHealth>>;

/// Why pods get no network, as it is now and will be; `None` while they do.
pub type NetworkReceiver = watch::Receiver<Option<String>>;

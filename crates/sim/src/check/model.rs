//! Sandboxes, containers and pods, as the ledger knows them.

use super::backoff::Restarts;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// A sandbox that is there.
#[derive(Clone, Debug)]
pub struct SandboxModel {
    /// Whose.
    pub uid: String,
    /// Whether it is ready.
    pub is_ready: bool,
    /// Whether `StopPodSandbox` has succeeded on it.
    pub is_stopped: bool,
}

/// A container that is there.
#[derive(Clone, Debug)]
pub struct ContainerModel {
    /// Whose.
    pub uid: String,
    /// Its name.
    pub name: String,
    /// Its restart count.
    pub attempt: u32,
    /// When it was made, since the world began.
    pub created_at: Duration,
    /// Its place in the order of creation.
    pub order: u64,
    /// Where its log is.
    pub log_path: PathBuf,
    /// What it mounts.
    pub mounts: Vec<PathBuf>,
    /// Whether it was told to stop. Its end is then nobody's crash.
    pub is_told_to_stop: bool,
    /// What it is doing.
    pub state: ContainerState,
}

/// What a container is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContainerState {
    /// Made, not started.
    Created,
    /// Its process runs.
    Running,
    /// Its process ended.
    Exited {
        /// Since the world began.
        at: Duration,
        /// How.
        code: i32,
    },
}

/// A pod, by its UID.
#[derive(Clone, Debug, Default)]
pub struct PodModel {
    /// Whether a source of this life has told of it.
    pub is_delivered: bool,
    /// Whether this life has noticed that it has to end.
    pub is_ending: bool,
    /// Whether this life has begun anything for it.
    pub has_begun: bool,
    /// Its grace period.
    pub grace_seconds: i64,
    /// The highest restart count of each container.
    pub attempts: BTreeMap<String, u32>,
    /// The restart back-off.
    pub restarts: Restarts,
    /// The same as it was last written to disk.
    pub kept_restarts: Restarts,
}

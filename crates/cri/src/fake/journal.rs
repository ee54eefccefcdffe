//! What happened in the world, for whoever checks its invariants.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::v1::{ContainerConfig, PodSandboxConfig};

/// Entries that are kept. Far above what a simulated run makes; a run away test ends here, not in the machine's memory.
const MAX_ENTRIES: usize = 1 << 20;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Time since the world began.
    pub at: Duration,
    /// The sandbox, container or image that it happened to.
    pub id: String,
    /// What happened.
    pub what: What,
}

/// What can happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A sandbox is ready.
    SandboxCreated,
    /// A sandbox is not ready any more.
    SandboxStopped,
    /// A sandbox is gone.
    SandboxRemoved,
    /// A container is there.
    ContainerCreated,
    /// Its process runs.
    ContainerStarted,
    /// It was told to stop.
    ContainerStopRequested {
        /// With this grace period.
        grace_seconds: i64,
    },
    /// Its process is gone, or could not be started.
    ContainerExited {
        /// Its exit code.
        exit_code: i32,
    },
    /// A container is gone.
    ContainerRemoved,
    /// An image arrived.
    ImagePulled,
    /// An image is gone.
    ImageRemoved,
    /// The runtime is away.
    RuntimeDown,
    /// The runtime is back.
    RuntimeUp,
}

/// The life of one sandbox, also after its removal.
#[derive(Debug, Clone, PartialEq)]
pub struct SandboxRecord {
    /// Its id.
    pub id: String,
    /// What was asked for; pod name, namespace, UID and attempt are in its metadata.
    pub config: PodSandboxConfig,
    /// Times since the world began.
    pub created_at: Duration,
    /// When it stopped being ready.
    pub stopped_at: Option<Duration>,
    /// When it was removed.
    pub removed_at: Option<Duration>,
}

impl SandboxRecord {
    /// The pod's UID.
    pub fn pod_uid(&self) -> &str {
        self.config.metadata.as_ref().map_or("", |metadata| &metadata.uid)
    }

    /// Which of the pod's sandboxes it is.
    pub fn attempt(&self) -> u32 {
        self.config.metadata.as_ref().map_or(0, |metadata| metadata.attempt)
    }
}

/// The life of one container, also after its removal.
#[derive(Debug, Clone, PartialEq)]
pub struct ContainerRecord {
    /// Its id.
    pub id: String,
    /// Its sandbox.
    pub sandbox_id: String,
    /// Its pod's UID.
    pub pod_uid: String,
    /// What was asked for; name and attempt are in its metadata.
    pub config: ContainerConfig,
    /// Times since the world began.
    pub created_at: Duration,
    /// When its process began.
    pub started_at: Option<Duration>,
    /// Every time it was told to stop.
    pub stop_requests: Vec<StopRequest>,
    /// When its process ended.
    pub finished_at: Option<Duration>,
    /// How it ended.
    pub exit_code: Option<i32>,
    /// When it was removed.
    pub removed_at: Option<Duration>,
}

impl ContainerRecord {
    /// The container's name in the pod.
    pub fn name(&self) -> &str {
        self.config.metadata.as_ref().map_or("", |metadata| &metadata.name)
    }

    /// Its restart count.
    pub fn attempt(&self) -> u32 {
        self.config.metadata.as_ref().map_or(0, |metadata| metadata.attempt)
    }
}

/// A container was told to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StopRequest {
    /// When, since the world began.
    pub at: Duration,
    /// With this grace period.
    pub grace_seconds: i64,
}

/// History and lives.
#[derive(Debug)]
pub(super) struct Journal {
    began: Instant,
    pub(super) entries: Vec<Entry>,
    pub(super) sandboxes: BTreeMap<String, SandboxRecord>,
    pub(super) containers: BTreeMap<String, ContainerRecord>,
}

impl Journal {
    pub(super) fn new() -> Self {
        Journal {
            began: Instant::now(),
            entries: Vec::new(),
            sandboxes: BTreeMap::new(),
            containers: BTreeMap::new(),
        }
    }

    /// Time since the world began.
    pub(super) fn since_began(&self, at: Instant) -> Duration {
        at.saturating_duration_since(self.began)
    }

    /// Notes that `what` happened to `id` at `at`.
    pub(super) fn note(&mut self, at: Instant, id: &str, what: What) {
        let at = self.since_began(at);
        self.update_records(at, id, &what);
        if self.entries.len() < MAX_ENTRIES {
            self.entries.push(Entry { at, id: id.to_owned(), what });
        }
    }

    fn update_records(&mut self, at: Duration, id: &str, what: &What) {
        if let Some(sandbox) = self.sandboxes.get_mut(id) {
            match what {
                What::SandboxStopped => sandbox.stopped_at = Some(at),
                What::SandboxRemoved => sandbox.removed_at = Some(at),
                What::SandboxCreated
                | What::ContainerCreated
                | What::ContainerStarted
                | What::ContainerStopRequested { .. }
                | What::ContainerExited { .. }
                | What::ContainerRemoved
                | What::ImagePulled
                | What::ImageRemoved
                | What::RuntimeDown
                | What::RuntimeUp => {}
            }
        }
        let Some(container) = self.containers.get_mut(id) else { return };
        match what {
            What::ContainerStarted => container.started_at = Some(at),
            What::ContainerStopRequested { grace_seconds } => {
                container.stop_requests.push(StopRequest { at, grace_seconds: *grace_seconds });
            }
            What::ContainerExited { exit_code } => {
                container.finished_at = Some(at);
                container.exit_code = Some(*exit_code);
            }
            What::ContainerRemoved => container.removed_at = Some(at),
            What::SandboxCreated
            | What::SandboxStopped
            | What::SandboxRemoved
            | What::ContainerCreated
            | What::ImagePulled
            | What::ImageRemoved
            | What::RuntimeDown
            | What::RuntimeUp => {}
        }
    }
}

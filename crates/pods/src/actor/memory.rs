//! What an actor remembers between plans: why containers wait, and when to try again.

use super::grace::Grace;
use crate::backoff::Backoff;
use crate::world::World;
use host::files::FileError;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use types::{ContainerId, PodUid, SandboxId};

/// Why a container, or the whole pod, could not be started the last time, and when that is tried again.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Failure {
    /// The status's waiting reason, one of `types::reasons`.
    pub reason: &'static str,
    /// The status's waiting message.
    pub message: String,
    /// When it failed.
    pub failed_at: Timestamp,
    /// When to try again.
    pub retry_at: Timestamp,
    /// How often in a row it failed.
    pub attempts: u32,
}

impl Failure {
    /// Whether it is too early to try again. A clock that was set back does not lengthen the wait.
    pub(super) fn is_waiting(&self, now: Timestamp) -> bool {
        self.retry_at > now && self.failed_at <= now
    }
}

/// An actor's memory. The restart back-off alone outlives the process: it is kept in the pod's directory.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Memory {
    /// By container name.
    pub restarts: BTreeMap<String, Backoff>,
    /// By container name.
    pub failures: BTreeMap<String, Failure>,
    /// What kept the pod as a whole from starting: cgroup, directories, volumes, sandbox.
    pub pod_failure: Option<Failure>,
    /// How long images were pulled.
    pub pulled_for: Duration,
    /// By when what was told to stop has to be gone.
    pub grace: Grace,
    /// Restart counts of containers that were taken out of the runtime to begin again, by name; their logs tell the next kubelet.
    pub taken_out: BTreeMap<String, u32>,
    /// Sandboxes that were stopped by this process: each further stop would take their network down once more.
    pub stopped: BTreeSet<SandboxId>,
    /// Containers whose process has ended, and when, while the runtime takes them for running, of those that are started again at once.
    pub ended_early: BTreeMap<ContainerId, Timestamp>,
}

/// Content of the file with a pod's restart back-off.
#[derive(Default, serde::Serialize, serde::Deserialize)]
struct Kept {
    restarts: BTreeMap<String, Backoff>,
}

/// The file is ours alone; a larger one is not.
const MAX_KEPT_BYTES: u64 = 64 * 1024;

fn path(world: &World, uid: &PodUid) -> std::path::PathBuf {
    world.pod_directory(uid).join("restart_backoff.json")
}

/// Writes the restart back-off into the pod's directory.
pub(super) async fn keep(
    world: &World,
    uid: &PodUid,
    restarts: &BTreeMap<String, Backoff>,
) -> Result<(), FileError> {
    let kept = Kept { restarts: restarts.clone() };
    let bytes = serde_json::to_vec(&kept).expect("texts, numbers and times have a JSON form");
    world.files.write_unsynced(&path(world, uid), &bytes, 0o600).await
}

/// Reads what an earlier kubelet wrote. A file that cannot be read costs the back-off, never the pod.
pub(super) async fn recall(world: &World, uid: &PodUid) -> BTreeMap<String, Backoff> {
    match world.files.read(&path(world, uid), MAX_KEPT_BYTES).await {
        Ok(Some(bytes)) => match serde_json::from_slice::<Kept>(&bytes) {
            Ok(kept) => kept.restarts,
            Err(error) => {
                tracing::warn!(podUID = %uid, err = %error, "Ignoring an unreadable record of restart back-off");
                BTreeMap::new()
            }
        },
        Ok(None) => BTreeMap::new(),
        Err(error) => {
            tracing::warn!(podUID = %uid, err = %error, "Unable to read the record of restart back-off");
            BTreeMap::new()
        }
    }
}

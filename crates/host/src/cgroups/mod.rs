//! The pods' control groups.
//!
//! ```text
//! <cgroupRoot>/kubepods                       all pods: what the node has left for them
//!              ├── pod<uid>                   a Guaranteed pod
//!              ├── burstable                  CPU shares: the sum of its pods' requests
//!              │   └── pod<uid>
//!              └── besteffort                 CPU shares: the least there is
//!                  └── pod<uid>
//!                      └── <container>        made by the runtime, below the parent that we name
//! ```
//!
//! Layout, names and values are those of upstream's `pkg/kubelet/cm`, so that either kubelet can take over the other's
//! groups. Everything is idempotent; a value already written by this process is not written again.

pub mod hierarchies;
pub mod names;
pub mod resources;

mod first_process;
mod real;
mod remove;
mod systemd;
mod tree;
mod values;

use std::path::PathBuf;

use async_trait::async_trait;
use types::PodUid;

use crate::processes::Process;
pub use types::qos::QosClass;

pub use hierarchies::{Hierarchies, Mode, detect};
pub use names::{CgroupName, Driver};
pub use real::{CgroupSettings, RealCgroups};
pub use resources::CgroupResources;

/// A pod's control group: which pod, and where in the tree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PodCgroup {
    /// The pod's UID, as the kubelet uses it (a static pod's is its configuration's hash).
    pub uid: PodUid,
    /// The pod's quality of service, which decides its parent.
    pub qos: QosClass,
}

/// What the whole tree of pods may use: the node's allocatable resources.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TreeLimits {
    /// Set on `kubepods` itself.
    pub all_pods: CgroupResources,
}

/// Why a control group could not be made, changed or removed.
#[derive(Debug, thiserror::Error)]
pub enum CgroupError {
    /// Processes or groups in it survived being killed for as long as we waited. Try again later.
    #[error("control group {path} is still in use by processes {pids:?}")]
    Busy {
        /// The directory that would not go.
        path: PathBuf,
        /// Some of the processes left in it, at most 8.
        pids: Vec<u32>,
    },
    /// The kernel does not have, or the parent does not pass on, a controller that pods need.
    #[error("control group {path} lacks the controllers {controllers:?}")]
    MissingControllers {
        /// The directory.
        path: PathBuf,
        /// What it lacks.
        controllers: Vec<String>,
    },
    /// The configured root does not exist. It is the administrator's to make.
    #[error("the configured cgroup root {root} does not exist: create it, or change cgroupRoot")]
    NoRoot {
        /// As configured.
        root: String,
    },
    /// systemd refused, or did not answer.
    #[error("systemd could not {action} unit {unit}: {message}")]
    Systemd {
        /// start, stop, change.
        action: &'static str,
        /// The slice.
        unit: String,
        /// systemd's words.
        message: String,
    },
    /// An earlier call about this group has not come back from the kernel.
    #[error("an earlier operation on control group {path} has not come back")]
    Stuck {
        /// The group.
        path: PathBuf,
    },
    /// A system call failed.
    #[error("cannot {action} {path}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

/// The pods' control groups of this machine.
///
/// All calls are idempotent, and may be dropped at any await: what is half done is finished by the next call.
#[async_trait]
pub trait Cgroups: Send + Sync {
    /// Makes `kubepods`, `burstable` and `besteffort`, and sets their values. Called at start and when the node's
    /// allocatable resources change.
    ///
    /// # Errors
    /// Any [`CgroupError`] but `Busy`.
    async fn ensure_tree(&self, limits: &TreeLimits) -> Result<(), CgroupError>;

    /// Makes a pod's group with its values. Free if this process already did exactly this.
    ///
    /// # Errors
    /// Any [`CgroupError`] but `Busy`.
    async fn ensure_pod(&self, pod: &PodCgroup, resources: &CgroupResources) -> Result<(), CgroupError>;

    /// Sets the values of a quality-of-service level (`Guaranteed`: of `kubepods` itself).
    ///
    /// # Errors
    /// Any [`CgroupError`] but `Busy`.
    async fn update_qos(&self, qos: QosClass, resources: &CgroupResources) -> Result<(), CgroupError>;

    /// Kills what is left in a pod's group, and removes it with everything below. Absent is success.
    ///
    /// # Errors
    /// [`CgroupError::Busy`] if processes would not die within two seconds; others from the kernel or systemd.
    async fn remove_pod(&self, pod: &PodCgroup) -> Result<(), CgroupError>;

    /// The pods that have a group on this machine, in order, whoever made it.
    ///
    /// # Errors
    /// [`CgroupError::Io`], [`CgroupError::Stuck`].
    async fn list_pods(&self) -> Result<Vec<PodCgroup>, CgroupError>;

    /// Takes hold of the first process of a container: that of its PID namespace, with which all others in it end. `None` where the
    /// runtime made no group for the container below its pod's, or where no such process is in it (the namespace is the pod's or the node's,
    /// the container moved its processes into groups of its own).
    ///
    /// # Errors
    /// [`CgroupError::Io`], [`CgroupError::Stuck`].
    async fn first_process(
        &self,
        pod: &PodCgroup,
        container_id: &str,
    ) -> Result<Option<Box<dyn Process>>, CgroupError>;

    /// What the runtime is told in `linux.cgroup_parent`: the path below the mount point (cgroupfs driver), or the
    /// slice path, of which runtimes take the last part (systemd driver).
    fn cgroup_parent(&self, pod: &PodCgroup) -> String;
}

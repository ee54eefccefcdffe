//! Mounting what pods ask for.
//!
//! ```text
//! pod's volumes ──set_up──▶ MountedVolume by name ──container_mounts──▶ the CRI's mounts of one container
//! <pod dir>/volumes/kubernetes.io~<kind>/<name>             the volume
//!          /plugins/kubernetes.io~empty-dir/<name>/ready    it was set up completely
//!          /volume-subpaths/<volume>/<container>/<index>    a sub path, bind-mounted
//! ```
//!
//! What the API knows comes first and takes no resources of the machine: [`Volumes::gather`] asks for the content of
//! secrets, config maps, tokens and so on, all at once; [`Volumes::set_up`] writes it, with whatever else is needed, all
//! volumes at once; [`Volumes::keep`] rewrites it when it changes, for as long as the pod runs.
//!
//! Everything happens in the caller's task, but for certificates of pods ([`PodCertificates`]). All of it is
//! level-triggered: [`Volumes::set_up`] looks at what is there and does what is missing, so that it serves the first start,
//! a retry, and a kubelet that found running pods.
//! [`Volumes::tear_down`] needs nothing but the pod's directory, and so serves orphans too. The layout on disk is
//! upstream's, so that either kubelet can take over the other's pods.
//!
//! One file per kind of volume; [`files`] has those that are made of files. Kinds that need the API server are refused
//! with a typed error where there is none, and so are kinds that are not done yet.

pub mod error;

mod api;
mod container_mounts;
mod empty_dir;
mod environment_files;
mod files;
mod host_path;
mod image;
mod nested;
mod ownership;
mod payload;
mod pem;
mod pod_certificates;
mod set_up;
mod tear_down;
mod wall_time;

#[cfg(test)]
mod tests;

use std::{path::PathBuf, sync::Arc};

use host::{beneath::Beneath, files::Files, mounts::Mounts};
use k8s_openapi::api::core::v1::Pod;
use translate::NodeFacts;
use types::PodUid;

pub use api::ApiVolumes;
pub use container_mounts::ContainerMounts;
pub use environment_files::EnvironmentFiles;
pub use error::{ContainerMountsError, SetUpError, TearDownError, VolumeError};
pub use files::{Gathered, PodFiles};
pub use pod_certificates::{NodeReceiver, PodCertificateStates, PodCertificates, TellOfPod};
pub use set_up::SetUp;

/// A pod as its volumes need it.
#[derive(Debug, Clone)]
pub struct PodVolumes {
    /// Defaulted and validated.
    pub pod: Arc<Pod>,
    /// The UID that the kubelet uses for it.
    pub uid: PodUid,
    /// `<root dir>/pods/<uid>`.
    pub pod_dir: PathBuf,
}

/// A volume that is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MountedVolume {
    /// Where it is.
    pub source: Source,
    /// Whether every mount of it must be read-only.
    pub read_only: bool,
    /// Whether the runtime should give it the pod's SELinux label.
    pub selinux_relabel: bool,
}

/// What a volume is to a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A directory or file of this machine.
    Path(PathBuf),
    /// An image, which the runtime mounts itself. Its name, and when it is pulled, are in the pod.
    Image,
}

/// What the node gives to volumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VolumeSettings {
    /// Memory that pods may use together, in bytes: the most that a memory-backed emptyDir may hold. 0 if unknown.
    pub allocatable_memory_bytes: u64,
    /// Whether the feature gate `EmptyDirVolumeMode` is on.
    pub empty_dir_mode: bool,
    /// Whether SELinux is enabled on this machine.
    pub selinux: bool,
}

/// The volumes of this node's pods. Cheap to clone; holds no state.
#[derive(Clone)]
pub struct Volumes {
    files: Arc<dyn Files>,
    mounts: Arc<dyn Mounts>,
    beneath: Arc<dyn Beneath>,
    settings: VolumeSettings,
    facts: Option<Arc<NodeFacts>>,
    api: Option<ApiVolumes>,
}

impl Volumes {
    /// Volumes on a machine, real or in memory.
    pub fn new(
        files: Arc<dyn Files>,
        mounts: Arc<dyn Mounts>,
        beneath: Arc<dyn Beneath>,
        settings: VolumeSettings,
    ) -> Self {
        Self { files, mounts, beneath, settings, facts: None, api: None }
    }

    /// With what is known about the node: downward API volumes tell it. Without, they are refused.
    #[must_use]
    pub fn with_node_facts(mut self, facts: Arc<NodeFacts>) -> Self {
        self.facts = Some(facts);
        self
    }

    /// With the API server. Without, volumes whose content is there are refused.
    #[must_use]
    pub fn with_api(mut self, api: ApiVolumes) -> Self {
        self.api = Some(api);
        self
    }
}

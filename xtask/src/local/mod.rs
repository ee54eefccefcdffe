//! The node that `./run.sh` starts on the machine itself, and how every trace of it goes away again.
//!
//! ```text
//! run   runtime (the one that answers, else a private containerd) → kubelet → example pod → table → page → Ctrl-C
//! down  pods, daemons, mounts, cgroups, bridge, kernel settings, directories
//! ```
//!
//! What runs is found by looking (programs whose command line names our directories), so nothing is lost when a run is
//! killed at any point. What the machine was like before is written down first ([`before`]).

pub mod before;
pub mod down;
pub mod kubelet;
pub mod network;
pub mod pods;
pub mod processes;
pub mod run;
pub mod runtime;

use std::path::PathBuf;

use crate::node::layout::Layout;

/// The name of the group below which the pods' cgroups are.
pub const CGROUP: &str = "kubelet-rs";
/// The pods' bridge.
pub const BRIDGE: &str = "kubelet-rs0";

/// The directory of everything that outlives a reboot.
pub fn root() -> PathBuf {
    PathBuf::from("/var/lib/kubelet-rs")
}

/// The node's own directories.
pub fn layout() -> Layout {
    Layout::new(root().join("node"), "/run/kubelet-rs")
}

/// The kubelet's root directory.
pub fn kubelet_root() -> PathBuf {
    root().join("kubelet")
}

/// Where manifests are dropped.
pub fn manifests() -> PathBuf {
    root().join("manifests")
}

/// Where the containers' logs are.
pub fn pod_logs() -> PathBuf {
    root().join("logs")
}

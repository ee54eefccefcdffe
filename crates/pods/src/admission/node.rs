//! What admission knows of the node.

use super::features::Features;
use super::sysctls::SysctlPatterns;
use futures::future::BoxFuture;
use k8s_openapi::api::core::v1::Taint;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The node as admission sees it. Made by the wiring; labels and taints follow the Node object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeView {
    /// The node's name.
    pub name: String,
    /// Its labels: `kubernetes.io/hostname`, `os`, `arch`, and those of `--node-labels`.
    pub labels: BTreeMap<String, String>,
    /// The Node object's taints; none for a kubelet without an API server.
    pub taints: Vec<Taint>,
    /// What pods may use together.
    pub allocatable: Allocatable,
    /// Sysctls that pods may set.
    pub sysctls: SysctlPatterns,
    /// Whether the kernel enforces AppArmor profiles.
    pub app_armor: bool,
    /// Whether the runtime knows `supplementalGroupsPolicy`.
    pub supplemental_groups_policy: bool,
    /// What the node says it can do.
    pub features: Features,
}

/// Asks the API server for the node: its labels may have changed right before a pod that needs them came.
pub trait FreshNode: Send + Sync {
    /// The node as it is now; `None` when that cannot be told.
    fn look(&self) -> BoxFuture<'static, Option<Arc<NodeView>>>;
}

/// What pods may use together: the node's capacity less what is reserved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allocatable {
    /// CPU, in thousandths of a core.
    pub cpu_milli: i64,
    /// Memory, in bytes.
    pub memory_bytes: i64,
    /// Disk space of the kubelet's root directory, in bytes.
    pub ephemeral_storage_bytes: i64,
    /// Pods.
    pub pods: i64,
    /// Everything else by name: `hugepages-2Mi` in bytes, extended resources in units.
    pub other: BTreeMap<String, i64>,
}

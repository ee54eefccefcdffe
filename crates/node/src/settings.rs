//! What the node is told to be: flags and configuration, as plain values.

use crate::addresses::NodeIps;
use crate::capacity::Resources;
use crate::tell::NodeEvent;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Taint;
use std::collections::BTreeMap;
use std::time::Duration;

/// Everything about the node that does not change while the kubelet runs.
#[derive(Clone, Debug)]
pub struct NodeSettings {
    /// The node's name, which is its host name label and address too.
    pub name: String,
    /// `--node-labels`; they win over the default ones.
    pub labels: BTreeMap<String, String>,
    /// `registerWithTaints`.
    pub taints: Vec<Taint>,
    /// `--cloud-provider`.
    pub cloud_provider: CloudProvider,
    /// `providerID`; empty for none.
    pub provider_id: String,
    /// `--node-ip`.
    pub node_ips: NodeIps,
    /// `enableControllerAttachDetach`: the cluster's controller attaches volumes.
    pub controller_attach_detach: bool,
    /// `podCIDR`: the range for pods until the node has one of its own; empty for none.
    pub pod_cidr: String,
    /// `registerNode`.
    pub registration: Registration,
    /// Whether a kubelet was here before.
    pub history: History,
    /// Where the kubelet's own server listens.
    pub kubelet_port: i32,
    /// Such as `v1.37.1+rs.0.1.0`.
    pub kubelet_version: String,
    /// What the machine calls itself.
    pub identity: Identity,
    /// What the machine has, and what of it pods may use.
    pub resources: Resources,
    /// `localStorageCapacityIsolation`: without a size of the local disk the node is not ready.
    pub local_storage_isolation: bool,
    /// `nodeStatusMaxImages`; `None` for all.
    pub max_images: Option<usize>,
    /// What the node says it can do, sorted; see [`crate::object::declared_features`].
    pub declared_features: Vec<String>,
    /// `nodeLeaseDurationSeconds`.
    pub lease_duration_seconds: i32,
    /// What is told of the start, in this order.
    pub start_events: Vec<NodeEvent>,
    /// When the machine was started, where that is known; for metrics.
    pub booted_at: Option<Timestamp>,
    /// When this process was started.
    pub started_at: Timestamp,
    /// Where jitter comes from.
    pub seed: u64,
}

/// Who knows the machine's addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CloudProvider {
    /// The kubelet.
    #[default]
    None,
    /// A cloud controller in the cluster: until it has looked at the node, nothing is scheduled to it.
    External,
}

/// Who makes the Node object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Registration {
    /// The kubelet.
    #[default]
    BySelf,
    /// Somebody else; the kubelet only reports its status.
    ByOthers,
}

/// Whether a kubelet was on this machine before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum History {
    /// None was: a node that is registered already was another machine, and what its device plugins told does not hold.
    #[default]
    New,
    /// One was. What the node has of extended resources may have been written by a person, and stays.
    Known,
}

/// What the machine calls itself (`status.nodeInfo`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// `/etc/machine-id`.
    pub machine_id: String,
    /// Of the hardware.
    pub system_uuid: String,
    /// Another one after each start of the machine.
    pub boot_id: String,
    /// Such as `6.18.44`.
    pub kernel_version: String,
    /// Such as `Debian GNU/Linux 13 (trixie)`.
    pub os_image: String,
    /// As Go names it: `amd64`.
    pub architecture: String,
    /// Swap space; 0 for none.
    pub swap_bytes: i64,
    /// Whether the kubelet runs in a user namespace (gate `KubeletInUserNamespace`); `None` leaves the field out.
    pub in_user_namespace: Option<bool>,
}

/// How often things are done; may change while the kubelet runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frequencies {
    /// `nodeStatusUpdateFrequency`: how soon a change that does not concern readiness is reported.
    pub status_update: Duration,
    /// `nodeStatusReportFrequency`: how often an unchanged status is.
    pub status_report: Duration,
}

impl Default for Frequencies {
    fn default() -> Self {
        Self { status_update: Duration::from_secs(10), status_report: Duration::from_secs(300) }
    }
}

//! Events about the node.

use k8s_openapi::api::core::v1::Node;
use std::sync::{Arc, Mutex, PoisonError};
use types::reasons::node_event;
use types::{EventKind, EventObject};

/// Takes an event to those who keep or send it: kind, object, reason, message.
pub type Tell = Arc<dyn Fn(EventKind, EventObject, &str, String) + Send + Sync>;

/// `cm/container_manager.go` `CgroupV1DeprecatedWarning`.
const CGROUP_V1_WARNING: &str = "cgroup v1 detected. cgroup v1 support is deprecated and will be removed in a future release. Please migrate to cgroup v2. More information at https://git.k8s.io/enhancements/keps/sig-node/5573-remove-cgroup-v1";

/// Something about the node that is worth an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeEvent {
    /// The kubelet started.
    Starting,
    /// The machine's control groups are of the old kind.
    CgroupV1,
    /// What all pods may use together is bounded.
    AllocatableEnforced,
    /// The machine's `resolv.conf` is more than pods can be given; upstream's words.
    ResolvConf(String),
    /// A condition changed; its reason says how.
    Status(&'static str),
    /// The machine was started anew.
    Rebooted {
        /// What it calls this start.
        boot_id: String,
    },
}

/// Tells of the node. Cheap to clone. The lock is held for one copy.
#[derive(Clone)]
pub(crate) struct Teller {
    tell: Tell,
    name: Arc<str>,
    uid: Arc<Mutex<String>>,
}

impl Teller {
    /// For a node whose UID is not known yet.
    pub(crate) fn new(tell: Tell, name: &str) -> Self {
        Self { tell, name: name.into(), uid: Arc::default() }
    }

    /// From now on events carry this node's UID (since 1.37; `nodeRefWithUID`).
    pub(crate) fn learn(&self, node: &Node) {
        if let Some(uid) = &node.metadata.uid {
            self.uid.lock().unwrap_or_else(PoisonError::into_inner).clone_from(uid);
        }
    }

    /// Tells, in upstream's words.
    pub(crate) fn tell(&self, event: &NodeEvent) {
        let (kind, reason, message) = match event {
            NodeEvent::Starting => (EventKind::Normal, node_event::STARTING, "Starting kubelet.".to_owned()),
            NodeEvent::CgroupV1 => (EventKind::Warning, node_event::CGROUP_V1, CGROUP_V1_WARNING.to_owned()),
            NodeEvent::AllocatableEnforced => (
                EventKind::Normal,
                node_event::NODE_ALLOCATABLE_ENFORCED,
                "Updated Node Allocatable limit across pods".to_owned(),
            ),
            NodeEvent::ResolvConf(complaint) => {
                (EventKind::Warning, node_event::CHECK_LIMITS_FOR_RESOLV_CONF, complaint.clone())
            }
            NodeEvent::Status(reason) => {
                (EventKind::Normal, *reason, format!("Node {} status is now: {reason}", self.name))
            }
            NodeEvent::Rebooted { boot_id } => (
                EventKind::Warning,
                node_event::REBOOTED,
                format!("Node {} has been rebooted, boot id: {boot_id}", self.name),
            ),
        };
        let uid = self.uid.lock().unwrap_or_else(PoisonError::into_inner).clone();
        (self.tell)(kind, EventObject { uid, ..EventObject::node(&self.name) }, reason, message);
    }
}

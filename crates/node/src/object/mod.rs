//! The Node object: what is known of the node, written as the API has it.
//!
//! Pure. Inputs: [`NodeSettings`](crate::NodeSettings), which do not change, and [`Facts`], which do. Outputs: the node as
//! it is registered ([`initial`]), or one the server has with its status brought up to date ([`updated`]), and the events
//! that the difference is worth.
//!
//! | file | what it writes |
//! |---|---|
//! | [`labels`] | labels, taints, annotations, provider id |
//! | [`addresses`] | `status.addresses`, and the annotation for cloud providers |
//! | [`conditions`] | `status.conditions` |
//! | [`information`] | node info, port, images, handlers, features |
//! | [`crate::capacity`] | `status.capacity`, `status.allocatable` |
//!
//! Source: `pkg/kubelet/kubelet_node_status.go`, `nodestatus/setters.go`, release 1.37.

mod addresses;
mod conditions;
mod declared;
mod information;
mod labels;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use conditions::is_ready;
pub use declared::declared_features;
pub(crate) use labels::DEFAULT_LABELS;
pub use labels::{ATTACH_DETACH_ANNOTATION, node_labels};

use crate::addresses::Choice;
use crate::runtime::RuntimeHealth;
use crate::settings::NodeSettings;
use crate::tell::NodeEvent;
use crate::vitals::VitalSigns;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ContainerImage, Node};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use std::sync::Arc;

/// What changes while the kubelet runs.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) addresses: Arc<Choice>,
    pub(crate) images: Arc<Vec<ContainerImage>>,
    pub(crate) runtime: Arc<RuntimeHealth>,
    /// What others know.
    pub(crate) vitals: VitalSigns,
}

impl Facts {
    /// Why the node is not ready, in upstream's order (`runtimeErrors`, `ReadyCondition`).
    fn errors(&self) -> Vec<&str> {
        let (runtime, vitals) = (&self.runtime, &self.vitals);
        let told = [
            &vitals.observer,
            &runtime.runtime_error,
            &runtime.network_error,
            &vitals.storage,
            &vitals.shutdown,
        ];
        runtime.staleness.into_iter().chain(told.into_iter().filter_map(|words| words.as_deref())).collect()
    }
}

/// The node as it is registered (`initialNode`).
pub(crate) fn initial(settings: &NodeSettings, facts: &Facts, now: Timestamp) -> (Node, Vec<NodeEvent>) {
    let mut node = labels::node(settings);
    let events = write_status(&mut node, settings, facts, now);
    (node, events)
}

/// `original` with everything of ours brought up to date (`updateNode`).
pub(crate) fn updated(
    original: &Node,
    settings: &NodeSettings,
    facts: &Facts,
    now: Timestamp,
) -> (Node, Vec<NodeEvent>) {
    let mut node = original.clone();
    labels::write_required(&mut node, settings);
    let events = write_status(&mut node, settings, facts, now);
    (node, events)
}

/// Whether anything but heartbeats differs (`nodeStatusHasChanged`, and the required labels).
pub(crate) fn differs(original: &Node, node: &Node) -> bool {
    if original.metadata.labels != node.metadata.labels {
        return true;
    }
    let (Some(before), Some(after)) = (&original.status, &node.status) else {
        return original.status.is_some() != node.status.is_some();
    };
    let mut quiet = after.clone();
    for condition in quiet.conditions.iter_mut().flatten() {
        let known = before.conditions.iter().flatten().find(|known| known.type_ == condition.type_);
        condition.last_heartbeat_time = known.and_then(|known| known.last_heartbeat_time.clone());
    }
    *before != quiet
}

/// `setNodeStatus`, in its order.
fn write_status(node: &mut Node, settings: &NodeSettings, facts: &Facts, now: Timestamp) -> Vec<NodeEvent> {
    let mut events = Vec::new();
    addresses::write(node, settings, &facts.addresses);
    let status = node.status.get_or_insert_default();
    settings.resources.write(status);
    events.extend(information::write(status, settings, facts));
    let missing = conditions::missing_capacity(status, settings.local_storage_isolation);
    let errors: Vec<&str> = facts.errors().into_iter().chain(missing.as_deref()).collect();
    let conditions = status.conditions.get_or_insert_default();
    events.extend(conditions::write(conditions, facts.vitals.pressure, &errors, &seconds(now)));
    events
}

/// The API's times have no fractions.
fn seconds(now: Timestamp) -> Time {
    Time(Timestamp::from_second(now.as_second()).unwrap_or(now))
}

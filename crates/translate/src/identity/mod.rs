//! What sandboxes and containers carry so that they can be told apart and taken over later
//! (`kuberuntime/labels.go`): written when they are made, read back from what the runtime lists.

pub mod annotations;
mod backoff;
mod go_json;
pub mod labels;

#[cfg(test)]
mod tests;

pub use backoff::backoff_key;

use k8s_openapi::api::core::v1::{Container, ContainerPort, LifecycleHandler};
use std::collections::BTreeMap;

/// What a sandbox says about itself; a text that is missing is empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SandboxIdentity {
    /// `metadata.name` of the pod.
    pub pod_name: String,
    /// `metadata.namespace` of the pod.
    pub pod_namespace: String,
    /// `metadata.uid` of the pod; a sandbox without one was not made by a kubelet.
    pub pod_uid: String,
}

/// What a container says about itself; what is missing or cannot be read has its zero value, as upstream has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContainerIdentity {
    /// `metadata.name` of the pod.
    pub pod_name: String,
    /// `metadata.namespace` of the pod.
    pub pod_namespace: String,
    /// `metadata.uid` of the pod; a container without one was not made by a kubelet.
    pub pod_uid: String,
    /// The container's name in the pod.
    pub container_name: String,
    /// Hash of the specification it was made from, see [`container_hash`]; 0 when unknown.
    pub hash: u64,
    /// How often the container was started before this one.
    pub restart_count: u32,
    /// `metadata.deletionGracePeriodSeconds` when the container was made.
    pub deletion_grace_period_seconds: Option<i64>,
    /// `spec.terminationGracePeriodSeconds` when the container was made.
    pub termination_grace_period_seconds: Option<i64>,
    /// Where the container writes its last words; empty for nowhere.
    pub termination_message_path: String,
    /// `File` or `FallbackToLogsOnError`.
    pub termination_message_policy: String,
    /// The hook to run before it is stopped.
    pub pre_stop: Option<LifecycleHandler>,
    /// Its ports, to resolve names of ports in the hook.
    pub ports: Vec<ContainerPort>,
}

/// The hash by which a kubelet sees that a container's specification changed: of name and image only
/// (`HashContainer`).
pub fn container_hash(container: &Container) -> u64 {
    let image = container.image.as_deref().unwrap_or_default();
    u64::from(types::hash::container_hash(&container.name, image))
}

/// Reads a sandbox's labels back.
pub fn sandbox_identity(labels: &BTreeMap<String, String>) -> SandboxIdentity {
    let text = |key| labels.get(key).cloned().unwrap_or_default();
    SandboxIdentity {
        pod_name: text(labels::POD_NAME),
        pod_namespace: text(labels::POD_NAMESPACE),
        pod_uid: text(labels::POD_UID),
    }
}

/// Reads a container's labels and annotations back.
pub fn container_identity(
    labels: &BTreeMap<String, String>,
    annotations: &BTreeMap<String, String>,
) -> ContainerIdentity {
    let label = |key| labels.get(key).cloned().unwrap_or_default();
    let annotation = |key: &str| annotations.get(key).map(String::as_str);
    let seconds = |key| annotation(key).and_then(|text| text.parse().ok());
    ContainerIdentity {
        pod_name: label(labels::POD_NAME),
        pod_namespace: label(labels::POD_NAMESPACE),
        pod_uid: label(labels::POD_UID),
        container_name: label(labels::CONTAINER_NAME),
        hash: annotation(annotations::HASH).and_then(|text| u64::from_str_radix(text, 16).ok()).unwrap_or(0),
        restart_count: annotation(annotations::RESTART_COUNT).and_then(|text| text.parse().ok()).unwrap_or(0),
        deletion_grace_period_seconds: seconds(annotations::DELETION_GRACE_PERIOD),
        termination_grace_period_seconds: seconds(annotations::TERMINATION_GRACE_PERIOD),
        termination_message_path: annotation(annotations::TERMINATION_MESSAGE_PATH)
            .unwrap_or_default()
            .to_owned(),
        termination_message_policy: annotation(annotations::TERMINATION_MESSAGE_POLICY)
            .unwrap_or_default()
            .to_owned(),
        pre_stop: annotation(annotations::PRE_STOP)
            .and_then(|text| serde_json::from_slice(text.as_bytes()).ok()),
        ports: annotation(annotations::PORTS)
            .and_then(|text| serde_json::from_slice(text.as_bytes()).ok())
            .unwrap_or_default(),
    }
}

//! Annotations of containers.

use super::{container_hash, go_json};
use k8s_openapi::api::core::v1::{Container, Pod};
use std::collections::BTreeMap;

/// [`container_hash`] in lower-case hexadecimal, not padded.
pub const HASH: &str = "io.kubernetes.container.hash";
/// How often the container was started before.
pub const RESTART_COUNT: &str = "io.kubernetes.container.restartCount";
/// Where it writes its last words.
pub const TERMINATION_MESSAGE_PATH: &str = "io.kubernetes.container.terminationMessagePath";
/// Whether its log stands in for them.
pub const TERMINATION_MESSAGE_POLICY: &str = "io.kubernetes.container.terminationMessagePolicy";
/// The hook before it is stopped, as JSON.
pub const PRE_STOP: &str = "io.kubernetes.container.preStopHandler";
/// Its ports, as JSON.
pub const PORTS: &str = "io.kubernetes.container.ports";
/// The pod's grace period of deletion, in seconds.
pub const DELETION_GRACE_PERIOD: &str = "io.kubernetes.pod.deletionGracePeriod";
/// The pod's grace period, in seconds.
pub const TERMINATION_GRACE_PERIOD: &str = "io.kubernetes.pod.terminationGracePeriod";

/// What a container carries, for a kubelet that finds it without its pod (`newContainerAnnotations`).
pub fn of_container(pod: &Pod, container: &Container, restart_count: u32) -> BTreeMap<String, String> {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let mut annotations: BTreeMap<String, String> = [
        (HASH, format!("{:x}", container_hash(container))),
        (RESTART_COUNT, restart_count.to_string()),
        (TERMINATION_MESSAGE_PATH, text(&container.termination_message_path)),
        (TERMINATION_MESSAGE_POLICY, text(&container.termination_message_policy)),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into();
    let mut add = |key: &str, value: Option<String>| {
        annotations.extend(value.map(|value| (key.to_owned(), value)));
    };
    let seconds = |field: Option<i64>| field.map(|seconds| seconds.to_string());
    add(DELETION_GRACE_PERIOD, seconds(pod.metadata.deletion_grace_period_seconds));
    add(TERMINATION_GRACE_PERIOD, seconds(types::pod::spec(pod).termination_grace_period_seconds));
    let pre_stop = container.lifecycle.as_ref().and_then(|lifecycle| lifecycle.pre_stop.as_ref());
    add(PRE_STOP, pre_stop.map(go_json::lifecycle_handler));
    let ports = container.ports.as_deref().filter(|ports| !ports.is_empty());
    add(PORTS, ports.map(go_json::container_ports));
    annotations
}

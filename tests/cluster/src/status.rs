//! What a pod's status says.

use k8s_openapi::api::core::v1::{ContainerStatus, Pod};

/// The status of a condition: `True`, `False`, `Unknown`; empty when there is none.
pub fn condition<'a>(pod: &'a Pod, kind: &str) -> &'a str {
    let conditions = pod.status.as_ref().and_then(|status| status.conditions.as_deref());
    let found = conditions.unwrap_or_default().iter().find(|condition| condition.type_ == kind);
    found.map(|condition| condition.status.as_str()).unwrap_or_default()
}

/// Whether the pod's condition Ready is true.
pub fn is_ready(pod: &Pod) -> bool {
    condition(pod, "Ready") == "True"
}

/// Whether the pod has ended for good, well or not.
pub fn has_ended(pod: &Pod) -> bool {
    matches!(e2e::node::phase(pod), "Succeeded" | "Failed")
}

/// The status of a container of any kind.
pub fn container<'a>(pod: &'a Pod, name: &str) -> Option<&'a ContainerStatus> {
    let status = pod.status.as_ref()?;
    let lists =
        [&status.container_statuses, &status.init_container_statuses, &status.ephemeral_container_statuses];
    lists.into_iter().flatten().flatten().find(|status| status.name == name)
}

/// The id of a container without the runtime's name; empty when it was never made.
pub fn container_id<'a>(pod: &'a Pod, name: &str) -> &'a str {
    let id = container(pod, name).and_then(|status| status.container_id.as_deref()).unwrap_or_default();
    id.rsplit('/').next().unwrap_or_default()
}

/// Name of an object.
pub fn name(pod: &Pod) -> &str {
    pod.metadata.name.as_deref().unwrap_or_default()
}

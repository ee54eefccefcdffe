//! Labels of sandboxes and containers.

use k8s_openapi::api::core::v1::Pod;
use std::collections::BTreeMap;

/// The pod's name.
pub const POD_NAME: &str = "io.kubernetes.pod.name";
/// The pod's namespace.
pub const POD_NAMESPACE: &str = "io.kubernetes.pod.namespace";
/// The pod's UID.
pub const POD_UID: &str = "io.kubernetes.pod.uid";
/// The container's name; containers only.
pub const CONTAINER_NAME: &str = "io.kubernetes.container.name";

/// A sandbox carries the pod's own labels and its identity, which wins.
pub fn of_sandbox(pod: &Pod) -> BTreeMap<String, String> {
    let mut labels = pod.metadata.labels.clone().unwrap_or_default();
    labels.extend(identity(pod));
    labels
}

/// A container carries the pod's identity and its own name.
pub fn of_container(pod: &Pod, container: &str) -> BTreeMap<String, String> {
    let own = (CONTAINER_NAME.to_owned(), container.to_owned());
    identity(pod).into_iter().chain([own]).collect()
}

fn identity(pod: &Pod) -> [(String, String); 3] {
    let metadata = &pod.metadata;
    [(POD_NAME, &metadata.name), (POD_NAMESPACE, &metadata.namespace), (POD_UID, &metadata.uid)]
        .map(|(key, value)| (key.to_owned(), value.clone().unwrap_or_default()))
}

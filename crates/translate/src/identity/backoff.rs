//! By what a container's crash back-off is remembered (`GetBackoffKey`).

use k8s_openapi::api::core::v1::{Container, Pod};
use std::fmt::Write as _;
use types::hash::Fnv1a128;
use types::resources::{self, ResourceList};

/// A key that changes with everything that shall start a container's back-off anew: the pod, the container's name,
/// its image and its resources. Upstream keeps its own in memory alone, so that the values need not be the same.
pub fn backoff_key(pod: &Pod, container: &Container) -> String {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let metadata = &pod.metadata;
    let mut hash = Fnv1a128::default();
    let parts = [
        text(&metadata.name),
        text(&metadata.namespace),
        text(&metadata.uid),
        container.name.clone(),
        text(&container.image),
        list(&resources::container_requests(container)),
        list(&resources::container_limits(container)),
    ];
    hash.write(parts.join("/").as_bytes());
    hash.finish_hex()
}

fn list(resources: &ResourceList) -> String {
    let mut list = String::new();
    for (name, amount) in resources {
        let _ = write!(list, "{name}: {amount},");
    }
    list
}

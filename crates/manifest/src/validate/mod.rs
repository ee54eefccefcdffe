//! What the API server would refuse.

use k8s_openapi::api::core::v1::Pod;

use crate::error::Finding;
use crate::path::Path;
use crate::source::Node;

/// Everything that is wrong with a defaulted pod.
pub(crate) fn pod(pod: &Pod, node: &Node) -> Vec<Finding> {
    let path = Path::root("spec");
    let path = path.child("containers");
    let has_containers = pod.spec.as_ref().is_some_and(|spec| !spec.containers.is_empty());
    let position = Some(node.locate(&path.steps()));
    let missing = || Finding { position, field: path.to_string(), message: "Required value".to_owned() };
    if has_containers { Vec::new() } else { vec![missing()] }
}

//! The operating system that a pod is for, and what the runtime must know for it.
//!
//! Source: `pkg/kubelet/lifecycle/predicate.go`, the checks before the scheduler's.

use super::node::NodeView;
use super::rejection::Rejection;
use k8s_openapi::api::core::v1::Pod;

/// Label with the operating system, on nodes and pods.
const OS_LABEL: &str = "kubernetes.io/os";

/// This kubelet's.
const OS: &str = "linux";

/// Rejects pods for other systems, and strict groups on a runtime that does not know them.
pub(super) fn check(node: &NodeView, pod: &Pod) -> Result<(), Rejection> {
    let spec = types::pod::spec(pod);
    // The node's own label counts as right whatever it says.
    if pod.metadata.labels.iter().flatten().any(|(key, value)| key == OS_LABEL && value != OS) {
        return Err(Rejection::new(
            "PodOSSelectorNodeLabelDoesNotMatch",
            "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label",
        ));
    }
    if spec.os.as_ref().is_some_and(|os| os.name != OS) {
        return Err(Rejection::new(
            "PodOSNotSupported",
            "Failed to admit pod as the OS field doesn't match node OS",
        ));
    }
    let policy =
        spec.security_context.as_ref().and_then(|context| context.supplemental_groups_policy.as_deref());
    if policy == Some("Strict") && !node.supplemental_groups_policy {
        return Err(Rejection::new(
            "SupplementalGroupsPolicyNotSupported",
            "SupplementalGroupsPolicy=Strict is not supported in this node",
        ));
    }
    Ok(())
}

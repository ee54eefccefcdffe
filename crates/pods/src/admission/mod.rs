//! Admission at the node: whether a pod may start here.
//!
//! Owns nothing. Input: what the node is ([`NodeView`], and [`FreshNode`] where that may be behind), the pod, and the pods admitted before it. Output: yes, with the
//! pods that must give way first, or a [`Rejection`] that becomes the pod's status and event. Pure functions; the
//! supervisor asks once for each pod, before its first start. A pod that runs already when the kubelet starts is not
//! asked again.
//!
//! The checks, in upstream's order; the first that fails rejects:
//!
//! | module | rejects with |
//! |---|---|
//! | [`sysctls`] | `SysctlForbidden` |
//! | [`system`] | `PodOSSelectorNodeLabelDoesNotMatch`, `PodOSNotSupported`, `SupplementalGroupsPolicyNotSupported` |
//! | [`fit`], [`affinity`], [`ports`], [`taints`] | `OutOf…`, `NodeAffinity`, `NodeName`, `NodePorts`, `TaintToleration`; see [`preemption`] for critical pods |
//! | [`apparmor`] | `AppArmor` |
//! | [`features`] | `PodLevelResourcesNotSupported`, `PodFeatureUnsupported` |
//!
//! Source: `pkg/kubelet/lifecycle/{predicate,handlers}.go`, `kubelet.go` `NewMainKubelet` (the order), release 1.37.

mod affinity;
mod apparmor;
mod features;
mod fit;
mod node;
mod ports;
mod preemption;
mod rejection;
mod sysctls;
mod system;
mod taints;
#[cfg(test)]
mod tests;

pub use features::Features;
pub use node::{Allocatable, FreshNode, NodeView};
pub use rejection::Rejection;
pub use sysctls::{SysctlPatterns, UnknownSysctl};

use types::{PodSource, PodUid, WantedPod};

/// Pods that end so that another one may start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preemption {
    /// Which; most often none.
    pub victims: Vec<PodUid>,
    /// The resource of which too little was left, for the metric.
    pub resource: String,
}

/// Whether `wanted` may start, beside `others`: the pods that were admitted and are not done.
///
/// # Errors
/// [`Rejection`]: the pod is not started.
pub fn admit(node: &NodeView, wanted: &WantedPod, others: &[&WantedPod]) -> Result<Preemption, Rejection> {
    let pod = &wanted.pod;
    sysctls::check(node, wanted.spec())?;
    system::check(node, pod)?;
    let preemption = check_place(node, wanted, others)?;
    apparmor::check(node, pod)?;
    features::check(node, wanted.spec())?;
    Ok(preemption)
}

/// Resources, node affinity, node name, host ports and taints. A critical pod is not rejected for want of resources alone: others
/// give way, if there are any.
fn check_place(node: &NodeView, wanted: &WantedPod, others: &[&WantedPod]) -> Result<Preemption, Rejection> {
    let insufficient = fit::insufficient(node, wanted, others);
    let predicate = affinity::check(node, wanted.spec())
        .and_then(|()| ports::check(wanted.spec(), others))
        .and_then(|()| taints::check(node, wanted));
    match (insufficient.first(), predicate) {
        (None, predicate) => predicate.map(|()| Preemption::default()),
        (Some(_), Err(rejection)) if is_critical(wanted) => Err(rejection),
        (Some(first), Ok(())) if is_critical(wanted) => {
            let victims = preemption::victims(wanted, others, &insufficient)?;
            Ok(Preemption { victims, resource: first.resource.clone() })
        }
        (Some(first), _) => Err(first.rejection()),
    }
}

/// From this priority on a pod is one of the system's (`scheduling.SystemCriticalPriority`).
const SYSTEM_CRITICAL_PRIORITY: i32 = 2_000_000_000;

/// `kubetypes.IsCriticalPod`: static pods all are.
fn is_critical(wanted: &WantedPod) -> bool {
    match wanted.source {
        PodSource::File | PodSource::Http => true,
        PodSource::Api => wanted.spec().priority.is_some_and(|priority| priority >= SYSTEM_CRITICAL_PRIORITY),
    }
}

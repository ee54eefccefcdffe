//! Taints that let no pod stay on the node.
//!
//! Source: `pkg/kubelet/lifecycle/predicate.go` `generalFilter`, `k8s.io/api/core/v1/toleration.go` `ToleratesTaint`. The
//! comparison operators are an alpha feature of the scheduler's.

use super::node::NodeView;
use super::rejection::Rejection;
use k8s_openapi::api::core::v1::{Taint, Toleration};
use types::{PodSource, WantedPod};

/// The effect that concerns a kubelet: the others are the scheduler's.
const NO_EXECUTE: &str = "NoExecute";

/// Rejects a pod of the API server that does not tolerate all of them. Static pods are the node's own.
pub(super) fn check(node: &NodeView, wanted: &WantedPod) -> Result<(), Rejection> {
    if wanted.source != PodSource::Api {
        return Ok(());
    }
    let tolerations = wanted.spec().tolerations.as_deref().unwrap_or_default();
    let mut taints = node.taints.iter().filter(|taint| taint.effect == NO_EXECUTE);
    if taints.any(|taint| !tolerations.iter().any(|toleration| tolerates(toleration, taint))) {
        return Err(Rejection::predicate(
            "TaintToleration",
            "node(s) had taints that the pod didn't tolerate",
        ));
    }
    Ok(())
}

fn tolerates(toleration: &Toleration, taint: &Taint) -> bool {
    let fits = |own: Option<&str>, other: &str| own.is_none_or(|own| own.is_empty() || own == other);
    let is_meant =
        fits(toleration.effect.as_deref(), &taint.effect) && fits(toleration.key.as_deref(), &taint.key);
    let has_value = match toleration.operator.as_deref() {
        None | Some("" | "Equal") => {
            toleration.value.as_deref().unwrap_or_default() == taint.value.as_deref().unwrap_or_default()
        }
        Some("Exists") => true,
        Some(_) => false,
    };
    is_meant && has_value
}

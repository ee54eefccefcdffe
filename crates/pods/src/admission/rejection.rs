//! Why a pod is not started.

/// The predicate that looks at the node's labels.
pub(super) const NODE_AFFINITY: &str = "NodeAffinity";

/// A pod that is not admitted; it stays `Failed` until its manifest changes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Rejection {
    /// `status.reason`, and the event's.
    pub reason: String,
    /// The event's text; `status.message` puts "Pod was rejected: " before it.
    pub message: String,
}

impl Rejection {
    pub(super) fn new(reason: impl Into<String>, message: impl Into<String>) -> Self {
        Self { reason: reason.into(), message: message.into() }
    }

    /// One of the scheduler's predicates said no.
    pub(super) fn predicate(name: &str, description: &str) -> Self {
        Self::new(name, format!("Predicate {name} failed: {description}"))
    }

    /// Whether the node's labels are the reason, which may be younger than what is known of them.
    pub fn is_of_labels(&self) -> bool {
        self.reason == NODE_AFFINITY
    }

    /// `status.message` (`kubelet.go` `rejectPod`).
    pub fn status_message(&self) -> String {
        format!("Pod was rejected: {}", self.message)
    }

    /// The value of the label `reason` of `kubelet_admission_rejections_total`: the known reasons as they are, so that
    /// the metric cannot grow without bound (`kubelet.go` `recordAdmissionRejection`).
    pub fn metric_reason(&self) -> &str {
        const KNOWN: [&str; 21] = [
            "AppArmor",
            "PodOSSelectorNodeLabelDoesNotMatch",
            "PodOSNotSupported",
            "InvalidNodeInfo",
            "InitContainerRestartPolicyForbidden",
            "SupplementalGroupsPolicyNotSupported",
            "UnexpectedAdmissionError",
            "UnknownReason",
            "UnexpectedPredicateFailureType",
            "OutOfcpu",
            "OutOfmemory",
            "OutOfephemeral-storage",
            "OutOfpods",
            "PodLevelResourcesNotSupported",
            "PodFeatureUnsupported",
            "node(s) had taints that the pod didn't tolerate",
            "Evicted",
            "SysctlForbidden",
            "TopologyAffinityError",
            "NodeShutdown",
            "VolumeAttachmentLimitExceeded",
        ];
        match KNOWN.iter().find(|known| **known == self.reason) {
            Some(known) => known,
            None if self.reason.starts_with("OutOf") => "OutOfExtendedResources",
            None => "Other",
        }
    }
}

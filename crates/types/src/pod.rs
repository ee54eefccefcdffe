//! A pod that somebody wants, and the few questions that everybody asks of its specification.

use crate::ids::{PodName, PodUid};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Container, Pod, PodSpec};
use std::sync::Arc;

/// Where a pod was asked for. Upstream's annotation `kubernetes.io/config.source` holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PodSource {
    /// A manifest file or a directory of them.
    File,
    /// A manifest behind a URL.
    Http,
    /// The API server.
    Api,
}

impl PodSource {
    /// The text of upstream's `pkg/kubelet/types/pod_update.go`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Http => "http",
            Self::Api => "api",
        }
    }
}

/// One pod as a source delivered it: defaulted, validated, shared, never changed in place.
#[derive(Clone, Debug)]
pub struct WantedPod {
    /// `metadata.uid`.
    pub uid: PodUid,
    /// Namespace and name.
    pub name: PodName,
    /// Who wants it.
    pub source: PodSource,
    /// When this kubelet first saw it (`kubernetes.io/config.seen`).
    pub seen: Timestamp,
    /// The whole object.
    pub pod: Arc<Pod>,
}

impl WantedPod {
    /// The pod's specification; a pod without one cannot pass validation.
    pub fn spec(&self) -> &PodSpec {
        spec(&self.pod)
    }
}

/// What happens to a container that ended. `spec.restartPolicy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestartPolicy {
    /// Started again whatever its exit code.
    Always,
    /// Started again after a non-zero exit code.
    OnFailure,
    /// Never started again.
    Never,
}

/// The specification of a validated pod; an empty one for an object that has none.
pub fn spec(pod: &Pod) -> &PodSpec {
    static EMPTY: std::sync::LazyLock<PodSpec> = std::sync::LazyLock::new(PodSpec::default);
    pod.spec.as_ref().unwrap_or(&EMPTY)
}

/// The pod's restart policy; the API's default is `Always`.
pub fn restart_policy(spec: &PodSpec) -> RestartPolicy {
    match spec.restart_policy.as_deref() {
        Some("Never") => RestartPolicy::Never,
        Some("OnFailure") => RestartPolicy::OnFailure,
        _ => RestartPolicy::Always,
    }
}

/// Whether the pod is over for whoever keeps its status: its phase is `Succeeded` or `Failed`.
pub fn is_terminal(pod: &Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    matches!(phase, Some("Succeeded" | "Failed"))
}

/// Whether the pod lives in the node's network namespace.
pub fn is_host_network(spec: &PodSpec) -> bool {
    spec.host_network.unwrap_or(false)
}

/// Whether an init container is a sidecar: `restartPolicy: Always` on an init container (KEP-753).
pub fn is_sidecar(init_container: &Container) -> bool {
    init_container.restart_policy.as_deref() == Some("Always")
}

/// Seconds a container of this pod gets between SIGTERM and SIGKILL; the API's default is 30.
pub fn termination_grace_period_seconds(spec: &PodSpec) -> i64 {
    spec.termination_grace_period_seconds.unwrap_or(30)
}

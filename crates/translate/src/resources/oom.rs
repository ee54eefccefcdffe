//! Whom the kernel ends first when the node's memory is exhausted (`pkg/kubelet/qos/policy.go`).

use k8s_openapi::api::core::v1::{Container, Pod, PodSpec};
use types::qos::QosClass;
use types::resources::{self, MEMORY, Overhead, Side};

const GUARANTEED: i64 = -997;
const BEST_EFFORT: i64 = 1000;
/// Priority from which on a pod is critical (`scheduling.SystemCriticalPriority`).
const SYSTEM_CRITICAL_PRIORITY: i32 = 2_000_000_000;

/// `oom_score_adj` of a container: the more memory it requests, the safer it is.
pub(super) fn score_adjustment(pod: &Pod, container: &Container, memory_capacity_bytes: i64) -> i64 {
    let spec = types::pod::spec(pod);
    if is_critical(pod) && spec.priority_class_name.as_deref() == Some("system-node-critical") {
        return GUARANTEED;
    }
    match QosClass::of_pod(pod) {
        QosClass::Guaranteed => GUARANTEED,
        QosClass::BestEffort => BEST_EFFORT,
        QosClass::Burstable => burstable(spec, container, memory_capacity_bytes),
    }
}

fn burstable(spec: &PodSpec, container: &Container, memory_capacity_bytes: i64) -> i64 {
    let shared = share_of_pod_level_request(spec);
    let score = |request: i64| {
        let capacity = i128::from(memory_capacity_bytes.max(1));
        1000 - 1000 * (i128::from(request) + i128::from(shared)) / capacity
    };
    let mut adjustment = score(memory_request(container));
    if is_sidecar_of(spec, container)
        && let Some(least) = spec.containers.iter().map(memory_request).min()
    {
        // A sidecar is as safe as the least safe app container, or safer.
        adjustment = adjustment.min(score(least));
    }
    let (safest, least_safe) = (1000 + GUARANTEED, BEST_EFFORT - 1);
    i64::try_from(adjustment).unwrap_or(safest).clamp(safest, least_safe)
}

/// What the pod as a whole requests beyond its containers' sum, divided among them.
fn share_of_pod_level_request(spec: &PodSpec) -> i64 {
    let pod_level = resources::resource_list(spec.resources.as_ref(), Side::Requests);
    let Some(request) = pod_level.get(MEMORY).filter(|request| !request.is_zero()) else {
        return 0;
    };
    let containers_alone = PodSpec {
        containers: spec.containers.clone(),
        init_containers: spec.init_containers.clone(),
        ..PodSpec::default()
    };
    let sum = resources::pod_requests(&containers_alone, Overhead::Excluded);
    let rest = request.value() - sum.get(MEMORY).map_or(0, types::quantity::Quantity::value);
    let containers = spec.containers.len() + spec.init_containers.as_ref().map_or(0, Vec::len);
    rest.max(0) / i64::try_from(containers).unwrap_or(i64::MAX).max(1)
}

fn memory_request(container: &Container) -> i64 {
    resources::container_requests(container).get(MEMORY).map_or(0, types::quantity::Quantity::value)
}

fn is_sidecar_of(spec: &PodSpec, container: &Container) -> bool {
    types::pod::is_sidecar(container)
        && spec.init_containers.iter().flatten().any(|init| init.name == container.name)
}

/// Static, mirror and high-priority pods (`types.IsCriticalPod`).
pub(super) fn is_critical(pod: &Pod) -> bool {
    let annotation = |name| pod.metadata.annotations.as_ref().and_then(|annotations| annotations.get(name));
    annotation("kubernetes.io/config.source").is_some_and(|source| source != "api")
        || annotation("kubernetes.io/config.mirror").is_some()
        || types::pod::spec(pod).priority.is_some_and(|priority| priority >= SYSTEM_CRITICAL_PRIORITY)
}

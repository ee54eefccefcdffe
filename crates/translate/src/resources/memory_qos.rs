//! Protection and throttling of memory on cgroup v2 (`MemoryQoS`, KEP-2570).

use super::amount;
use crate::{CgroupVersion, MemoryReservation, NodeFacts};
use cri::v1;
use k8s_openapi::api::core::v1::{Container, Pod};
use types::qos::QosClass;
use types::quantity::Quantity;
use types::resources::{self, MEMORY, Side};

const MIN: &str = "memory.min";
const LOW: &str = "memory.low";
const HIGH: &str = "memory.high";

/// Adds the container's `memory.min`, `memory.low` and `memory.high`.
pub(super) fn apply(
    linux: &mut v1::LinuxContainerResources,
    pod: &Pod,
    container: &Container,
    facts: &NodeFacts,
) {
    if facts.cgroup_version != CgroupVersion::V2 {
        return;
    }
    let mut set = |file: &str, value: String| linux.unified.insert(file.to_owned(), value);
    if !facts.memory_qos.enabled {
        // Takes back what an earlier kubelet with the feature on may have set.
        set(HIGH, "max".to_owned());
        return;
    }
    let request = amount(&resources::container_requests(container), MEMORY).value();
    if request != 0 && facts.memory_qos.reservation == MemoryReservation::TieredReservation {
        let file = if QosClass::of_pod(pod) == QosClass::Guaranteed { MIN } else { LOW };
        set(file, request.to_string());
    } else {
        set(MIN, "0".to_owned());
        set(LOW, "0".to_owned());
    }
    if let Some(high) = high_bytes(pod, container, request, facts) {
        set(HIGH, high.to_string());
    }
}

/// Where throttling starts: between the request and the limit (or all that pods may use), by the configured factor.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "upstream's arithmetic, bit for bit"
)]
fn high_bytes(pod: &Pod, container: &Container, request: i64, facts: &NodeFacts) -> Option<i64> {
    let factor = facts.memory_qos.throttling_factor?;
    let limit = amount(&resources::container_limits(container), MEMORY).value();
    let pod_resources = types::pod::spec(pod).resources.as_ref();
    // The pod's own memory.high, set on its cgroup, then throttles the container.
    let pod_throttles =
        limit == 0 && !amount(&resources::resource_list(pod_resources, Side::Limits), MEMORY).is_zero();
    if pod_throttles || (request == limit && request != 0) {
        return None;
    }
    let ceiling = match limit {
        0 => facts.allocatable.get(MEMORY).and_then(Quantity::from_api).map_or(0, |memory| memory.value()),
        limit => limit,
    };
    if ceiling <= 0 {
        return None;
    }
    let page = facts.page_size_bytes;
    let exact = request as f64 + (ceiling as f64 - request as f64) * factor;
    let high = (exact.floor() / page as f64) as i64 * page;
    (high > request).then_some(high)
}

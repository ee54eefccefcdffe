//! How much swap a container may use (`configureContainerSwapResources`, KEP-2400).

use super::{amount, oom};
use crate::{CgroupVersion, NodeFacts, SwapBehavior};
use cri::v1;
use k8s_openapi::api::core::v1::{Container, Pod};
use types::qos::QosClass;
use types::resources::{self, MEMORY};

/// Sets the limit where the kernel has the controller; on cgroup v1 it can only be none.
pub(super) fn apply(
    linux: &mut v1::LinuxContainerResources,
    pod: &Pod,
    container: &Container,
    facts: &NodeFacts,
) {
    if !facts.swap_controller_available {
        return;
    }
    match facts.cgroup_version {
        // Memory and swap together: equal to the memory limit means no swap.
        CgroupVersion::V1 => linux.memory_swap_limit_in_bytes = linux.memory_limit_in_bytes,
        CgroupVersion::V2 => {
            let limit = limit_bytes(pod, container, facts);
            linux.unified.insert("memory.swap.max".to_owned(), limit.to_string());
        }
    }
}

fn limit_bytes(pod: &Pod, container: &Container, facts: &NodeFacts) -> i64 {
    let requests = resources::container_requests(container);
    let limits = resources::container_limits(container);
    let (request, limit) = (amount(&requests, MEMORY), amount(&limits, MEMORY));
    let may_swap = facts.swap_behavior == SwapBehavior::LimitedSwap
        && !oom::is_critical(pod)
        && QosClass::of_pod(pod) == QosClass::Burstable
        && request != limit;
    if may_swap {
        proportional(request.value(), facts.memory_capacity_bytes, facts.swap_capacity_bytes)
    } else {
        0
    }
}

/// The node's swap in proportion to the container's part of the node's memory; none for a request beyond the node.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "upstream's arithmetic, bit for bit"
)]
fn proportional(request: i64, memory_capacity: i64, swap_capacity: i64) -> i64 {
    if memory_capacity <= 0 || request > memory_capacity {
        return 0;
    }
    (request as f64 / memory_capacity as f64 * swap_capacity as f64) as i64
}

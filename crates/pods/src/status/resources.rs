//! Resources: what a pod is promised, what a container has.
//!
//! Upstream reads a running pod's CPU request back from its control group, where it has lost precision; here the status says
//! what was asked for, and the control group is made from.

use crate::observe::{SeenContainer, SeenResources, SeenState};
use k8s_openapi::api::core::v1::{Container, ContainerStatus, PodSpec, ResourceRequirements};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;
use std::collections::BTreeMap;
use types::quantity::{Format, Quantity};
use types::resources::{CPU, MEMORY, Overhead, ResourceList, pod_limits, pod_requests};

type Amounts = BTreeMap<String, ApiQuantity>;

/// Shares below which a request is not told apart (`cm.MinShares`).
const MIN_SHARES: i64 = 2;

/// No CPU limit is enforced below it (`cm.MinMilliCPULimit`).
const MIN_MILLI_CPU_LIMIT: i64 = 10;

/// `status.resources`.
pub(super) fn of_pod(pod_spec: &PodSpec) -> ResourceRequirements {
    let own = pod_spec.resources.clone().unwrap_or_default();
    ResourceRequirements {
        requests: amounts(pod_requests(pod_spec, Overhead::Included)),
        limits: amounts(pod_limits(pod_spec, Overhead::Included)),
        ..own
    }
}

/// `status.allocatedResources`.
pub(super) fn allocated(pod_spec: &PodSpec) -> Option<Amounts> {
    amounts(pod_requests(pod_spec, Overhead::Included))
}

/// `resources` of a container's status: what the runtime enforces where it says so, else what was told of the same instance
/// before, else what was asked for.
pub(super) fn of_container(
    container: &Container,
    seen: &SeenContainer,
    container_id: &str,
    old: Option<&ContainerStatus>,
) -> ResourceRequirements {
    let mut resources = container.resources.clone().unwrap_or_default();
    if !matches!(seen.state, SeenState::Running { .. }) {
        return resources;
    }
    let was_running = |old: &&ContainerStatus| {
        old.container_id.as_deref() == Some(container_id)
            && old.state.as_ref().is_some_and(|state| state.running.is_some())
    };
    let old = old.filter(was_running).and_then(|old| old.resources.as_ref());
    let SeenResources { cpu_limit_milli, cpu_request_milli, memory_limit_bytes } = seen.resources;
    if let Some(limits) = &mut resources.limits {
        let old = old.and_then(|old| old.limits.as_ref());
        replace(limits, CPU, cpu_limit_milli.map(milli), MIN_MILLI_CPU_LIMIT, old);
        replace(limits, MEMORY, memory_limit_bytes.map(bytes), 0, old);
    }
    if let Some(requests) = &mut resources.requests {
        let old = old.and_then(|old| old.requests.as_ref());
        replace(requests, CPU, cpu_request_milli.map(milli), MIN_SHARES, old);
        // The runtime does not know about memory that is only promised.
        replace(requests, MEMORY, None, 0, old);
    }
    resources
}

/// Puts in what is enforced. Amounts at or below `floor_milli` on both sides are all the same to the kernel.
fn replace(
    amounts: &mut Amounts,
    name: &str,
    enforced: Option<Quantity>,
    floor_milli: i64,
    old: Option<&Amounts>,
) {
    match enforced {
        Some(enforced) => {
            let wanted = amounts.get(name).and_then(Quantity::from_api);
            let wanted_milli = wanted.as_ref().map_or(0, Quantity::milli_value);
            let is_same = wanted.is_some_and(|wanted| wanted == enforced);
            if !is_same && (enforced.milli_value() > floor_milli || wanted_milli > floor_milli) {
                amounts.insert(name.to_owned(), enforced.to_api());
            }
        }
        None => {
            if let Some(told) = old.and_then(|old| old.get(name)) {
                amounts.insert(name.to_owned(), told.clone());
            }
        }
    }
}

fn milli(milli: i64) -> Quantity {
    Quantity::from_milli(milli, Format::DecimalSi)
}

fn bytes(bytes: i64) -> Quantity {
    Quantity::from_units(bytes, Format::BinarySi)
}

fn amounts(list: ResourceList) -> Option<Amounts> {
    let amounts: Amounts = list.into_iter().map(|(name, amount)| (name, amount.to_api())).collect();
    (!amounts.is_empty()).then_some(amounts)
}

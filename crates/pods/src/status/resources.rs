//! Resources: what a pod is promised, what a container has.
//!
//! Upstream reads a running pod's CPU request back from its control group, where it has lost precision; here the status says
//! what was asked for, and the control group is made from.

use super::phase::Phase;
use crate::observe::{SeenContainer, SeenResources, SeenState};
use host::cgroups::resources::PodAmounts;
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

/// `status.resources`: what the pod's control group holds it to while it runs, what it asks for in all before and after.
pub(super) fn of_pod(pod_spec: &PodSpec, phase: Phase) -> ResourceRequirements {
    let own = pod_spec.resources.clone().unwrap_or_default();
    if phase == Phase::Running {
        return of_control_group(pod_spec, own);
    }
    ResourceRequirements {
        requests: amounts(pod_requests(pod_spec, Overhead::Included)),
        limits: amounts(pod_limits(pod_spec, Overhead::Included)),
        ..own
    }
}

/// A control group holds CPU and memory, and limits only where every container has one (`ResourceConfigForPod`).
fn of_control_group(pod_spec: &PodSpec, own: ResourceRequirements) -> ResourceRequirements {
    let group = PodAmounts::of_spec(pod_spec);
    let all_requests = pod_requests(pod_spec, Overhead::Included);
    let all_limits = pod_limits(pod_spec, Overhead::Included);
    let (mut requests, mut limits) = (own.requests.unwrap_or_default(), own.limits.unwrap_or_default());
    let insert = |list: &mut Amounts, name: &str, amount: Option<&Quantity>| {
        if let Some(amount) = amount {
            list.insert(name.to_owned(), amount.to_api());
        }
    };
    let is_told = |milli: u64, floor: i64| i64::try_from(milli).is_ok_and(|milli| milli > floor);
    insert(
        &mut requests,
        CPU,
        all_requests.get(CPU).filter(|_| is_told(group.cpu_request_milli, MIN_SHARES)),
    );
    insert(&mut requests, MEMORY, all_requests.get(MEMORY));
    let has_cpu_limit = group.cpu_limits_declared && is_told(group.cpu_limit_milli, MIN_MILLI_CPU_LIMIT);
    insert(&mut limits, CPU, all_limits.get(CPU).filter(|_| has_cpu_limit));
    insert(&mut limits, MEMORY, all_limits.get(MEMORY).filter(|_| group.memory_limits_declared));
    let some = |list: Amounts| (!list.is_empty()).then_some(list);
    ResourceRequirements { requests: some(requests), limits: some(limits), ..own }
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

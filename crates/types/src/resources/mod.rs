//! What a pod asks for and what it may use, summed over its containers.
//!
//! The sums follow `component-helpers/resource` of release 1.37: app containers add up; an init container needs its
//! own amount plus that of the sidecars started before it, and the pod needs the largest such amount; amounts given
//! for the pod as a whole replace the sums; overhead comes on top.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, PodSpec, ResourceRequirements};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as ApiQuantity;

use crate::quantity::Quantity;

/// Amounts by resource name (`cpu`, `memory`, `hugepages-2Mi`, `example.com/device`).
pub type ResourceList = BTreeMap<String, Quantity>;

/// Name of the CPU resource, in cores.
pub const CPU: &str = "cpu";
/// Name of the memory resource, in bytes.
pub const MEMORY: &str = "memory";
/// Name of the node's own disk space, in bytes.
pub const EPHEMERAL_STORAGE: &str = "ephemeral-storage";
/// Start of the names of huge page resources; the page size follows (`hugepages-2Mi`).
pub const HUGE_PAGES_PREFIX: &str = "hugepages-";

/// Whether a pod's overhead enters a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overhead {
    /// The pod with what its sandbox needs.
    Included,
    /// The containers alone.
    Excluded,
}

/// Which half of a container's resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What the container is promised.
    Requests,
    /// What the container may use at most.
    Limits,
}

/// The amounts of one half, empty where nothing is set. Texts that are no quantity are left out; in a validated pod
/// there are none.
pub fn resource_list(resources: Option<&ResourceRequirements>, side: Side) -> ResourceList {
    let list = resources.and_then(|resources| match side {
        Side::Requests => resources.requests.as_ref(),
        Side::Limits => resources.limits.as_ref(),
    });
    parse_list(list)
}

/// What a container is promised. The API's defaulting has already set requests from limits.
pub fn container_requests(container: &Container) -> ResourceList {
    resource_list(container.resources.as_ref(), Side::Requests)
}

/// What a container may use at most.
pub fn container_limits(container: &Container) -> ResourceList {
    resource_list(container.resources.as_ref(), Side::Limits)
}

/// What a pod is promised, from its specification.
pub fn pod_requests(spec: &PodSpec, overhead: Overhead) -> ResourceList {
    let mut requests = sum_of_containers(spec, Side::Requests);
    if is_set(spec, Side::Requests) {
        apply_pod_level(&mut requests, spec, Side::Requests);
    }
    if overhead == Overhead::Included {
        add(&mut requests, &parse_list(spec.overhead.as_ref()));
    }
    requests
}

/// What a pod may use at most, from its specification. A resource that some container has no limit for still appears
/// with the sum of the others, as upstream's does; whether that sum binds is for the caller to decide.
pub fn pod_limits(spec: &PodSpec, overhead: Overhead) -> ResourceList {
    let mut limits = sum_of_containers(spec, Side::Limits);
    if pod_level_resources_set(spec) {
        apply_pod_level(&mut limits, spec, Side::Limits);
    }
    if overhead == Overhead::Included {
        for (name, amount) in parse_list(spec.overhead.as_ref()) {
            if let Some(limit) = limits.get_mut(&name)
                && !limit.is_zero()
            {
                *limit += &amount;
            }
        }
    }
    limits
}

/// Whether a resource may be given for the pod as a whole: CPU, memory and huge pages.
pub fn is_supported_pod_level_resource(name: &str) -> bool {
    name == CPU || name == MEMORY || name.starts_with(HUGE_PAGES_PREFIX)
}

/// Whether `spec.resources` names at least one resource that counts for the pod as a whole.
pub fn pod_level_resources_set(spec: &PodSpec) -> bool {
    is_set(spec, Side::Requests) || is_set(spec, Side::Limits)
}

fn is_set(spec: &PodSpec, side: Side) -> bool {
    resource_list(spec.resources.as_ref(), side).keys().any(|name| is_supported_pod_level_resource(name))
}

fn apply_pod_level(list: &mut ResourceList, spec: &PodSpec, side: Side) {
    let pod_level = resource_list(spec.resources.as_ref(), side);
    list.extend(pod_level.into_iter().filter(|(name, _)| is_supported_pod_level_resource(name)));
}

fn sum_of_containers(spec: &PodSpec, side: Side) -> ResourceList {
    let mut sum = ResourceList::new();
    for container in &spec.containers {
        add(&mut sum, &resource_list(container.resources.as_ref(), side));
    }
    let mut sidecars = ResourceList::new();
    let mut peak = ResourceList::new();
    for container in spec.init_containers.iter().flatten() {
        let own = resource_list(container.resources.as_ref(), side);
        if crate::pod::is_sidecar(container) {
            add(&mut sum, &own);
            add(&mut sidecars, &own);
            raise(&mut peak, &sidecars);
        } else {
            let mut during = own;
            add(&mut during, &sidecars);
            raise(&mut peak, &during);
        }
    }
    raise(&mut sum, &peak);
    sum
}

fn parse_list(list: Option<&BTreeMap<String, ApiQuantity>>) -> ResourceList {
    let entries = list.into_iter().flatten();
    entries.filter_map(|(name, amount)| Some((name.clone(), Quantity::from_api(amount)?))).collect()
}

fn add(list: &mut ResourceList, more: &ResourceList) {
    for (name, amount) in more {
        match list.get_mut(name) {
            Some(sum) => *sum += amount,
            None => {
                list.insert(name.clone(), amount.clone());
            }
        }
    }
}

fn raise(list: &mut ResourceList, other: &ResourceList) {
    for (name, amount) in other {
        if list.get(name).is_none_or(|known| amount > known) {
            list.insert(name.clone(), amount.clone());
        }
    }
}

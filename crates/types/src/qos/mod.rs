//! A pod's quality-of-service class, from which follow its place in the cgroup tree, its OOM score and its turn in
//! an eviction. The rule is that of `pkg/apis/core/v1/helper/qos` of release 1.37.

#[cfg(test)]
mod tests;

use k8s_openapi::api::core::v1::{Pod, PodSpec, ResourceRequirements};

use crate::quantity::Quantity;
use crate::resources::{self, CPU, MEMORY, Side};

/// How firmly a pod's resources are promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QosClass {
    /// CPU and memory requested and limited to the same non-zero amounts everywhere.
    Guaranteed,
    /// Something is requested or limited.
    Burstable,
    /// No CPU or memory is requested or limited.
    BestEffort,
}

impl QosClass {
    /// The class computed from a pod's specification. Pod-level resources, where set, decide alone.
    pub fn of_spec(spec: &PodSpec) -> QosClass {
        if resources::pod_level_resources_set(spec) {
            return of_requirements(spec.resources.as_ref());
        }
        let mut class = None;
        for container in spec.init_containers.iter().flatten().chain(&spec.containers) {
            match (class, of_requirements(container.resources.as_ref())) {
                (_, QosClass::Burstable) => return QosClass::Burstable,
                (None, own) => class = Some(own),
                (Some(other), own) if other != own => return QosClass::Burstable,
                (Some(_), QosClass::Guaranteed | QosClass::BestEffort) => {}
            }
        }
        class.unwrap_or(QosClass::BestEffort)
    }

    /// The class written into the pod's status if there is one, else the computed one.
    pub fn of_pod(pod: &Pod) -> QosClass {
        let written = pod.status.as_ref().and_then(|status| status.qos_class.as_deref());
        match written {
            Some("Guaranteed") => QosClass::Guaranteed,
            Some("Burstable") => QosClass::Burstable,
            Some("BestEffort") => QosClass::BestEffort,
            Some(_) | None => QosClass::of_spec(crate::pod::spec(pod)),
        }
    }

    /// The API's word: `Guaranteed`, `Burstable`, `BestEffort`.
    pub fn as_str(self) -> &'static str {
        match self {
            QosClass::Guaranteed => "Guaranteed",
            QosClass::Burstable => "Burstable",
            QosClass::BestEffort => "BestEffort",
        }
    }
}

impl std::fmt::Display for QosClass {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

fn of_requirements(requirements: Option<&ResourceRequirements>) -> QosClass {
    let requests = resources::resource_list(requirements, Side::Requests);
    let limits = resources::resource_list(requirements, Side::Limits);
    let of_resource = |name| {
        let request = requests.get(name).unwrap_or(&Quantity::ZERO);
        let limit = limits.get(name).unwrap_or(&Quantity::ZERO);
        match (request == limit, request.is_zero()) {
            (false, _) => QosClass::Burstable,
            (true, true) => QosClass::BestEffort,
            (true, false) => QosClass::Guaranteed,
        }
    };
    let (cpu, memory) = (of_resource(CPU), of_resource(MEMORY));
    if cpu == memory { cpu } else { QosClass::Burstable }
}

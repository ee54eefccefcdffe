//! Resources of sandboxes and containers (`kuberuntime_container_linux.go`, `kuberuntime_sandbox_linux.go`).

mod cpu;
mod hugepages;
mod memory_qos;
mod oom;
mod swap;

#[cfg(test)]
mod tests;

use crate::{CgroupVersion, NodeFacts};
use cri::v1;
use k8s_openapi::api::core::v1::{Container, Pod, PodSpec};
use types::quantity::Quantity;
use types::resources::{self, CPU, MEMORY, Overhead, ResourceList, Side};

/// What a container gets (`generateLinuxContainerResources`). `container` may be of any kind.
pub fn container_resources(
    pod: &Pod,
    container: &Container,
    facts: &NodeFacts,
) -> v1::LinuxContainerResources {
    let spec = types::pod::spec(pod);
    let requests = resources::container_requests(container);
    let limits = resources::container_limits(container);
    let cpu_limit = effective_limit(spec, &limits, CPU);
    let cpu_request = requests.get(CPU).unwrap_or(&cpu_limit);
    let memory_limit = effective_limit(spec, &limits, MEMORY);

    let mut linux = linux_resources(cpu_request, &cpu_limit, &memory_limit, facts);
    linux.oom_score_adj = oom::score_adjustment(pod, container, facts.memory_capacity_bytes);
    linux.hugepage_limits = hugepages::limits(spec, &limits, &facts.huge_page_sizes);
    swap::apply(&mut linux, pod, container, facts);
    memory_qos::apply(&mut linux, pod, container, facts);
    linux
}

/// What a pod gets apart from its overhead, for runtimes that size a sandbox by it (`calculateSandboxResources`).
pub fn sandbox_resources(pod: &Pod, facts: &NodeFacts) -> v1::LinuxContainerResources {
    let spec = types::pod::spec(pod);
    let requests = resources::pod_requests(spec, Overhead::Excluded);
    let limits = resources::pod_limits(spec, Overhead::Excluded);
    let cpu_limit = amount(&limits, CPU);
    let cpu_request = requests.get(CPU).unwrap_or(cpu_limit);
    linux_resources(cpu_request, cpu_limit, amount(&limits, MEMORY), facts)
}

/// What the sandbox itself costs, as its RuntimeClass says (`convertOverheadToLinuxResources`); request and limit alike.
pub fn sandbox_overhead(pod: &Pod, facts: &NodeFacts) -> v1::LinuxContainerResources {
    let Some(overhead) = &types::pod::spec(pod).overhead else {
        return v1::LinuxContainerResources::default();
    };
    let of = |name| overhead.get(name).and_then(Quantity::from_api).unwrap_or_default();
    let cpu = of(CPU);
    linux_resources(&cpu, &cpu, &of(MEMORY), facts)
}

/// `calculateLinuxResources`.
fn linux_resources(
    cpu_request: &Quantity,
    cpu_limit: &Quantity,
    memory_limit: &Quantity,
    facts: &NodeFacts,
) -> v1::LinuxContainerResources {
    let mut linux = v1::LinuxContainerResources {
        cpu_shares: cpu::shares(cpu_request.milli_value()),
        memory_limit_in_bytes: memory_limit.value(),
        ..Default::default()
    };
    if facts.cpu_cfs_quota {
        linux.cpu_period = facts.cpu_cfs_quota_period_microseconds;
        linux.cpu_quota = cpu::quota(cpu_limit.milli_value(), linux.cpu_period);
    }
    if facts.cgroup_version == CgroupVersion::V2 && !facts.single_process_oom_kill {
        // The kernel then ends all processes of the container when one of them exhausts its memory.
        linux.unified.insert("memory.oom.group".to_owned(), "1".to_owned());
    }
    linux
}

/// A container's limit; the pod's where the container has none.
fn effective_limit(spec: &PodSpec, limits: &ResourceList, name: &str) -> Quantity {
    let own = amount(limits, name);
    if own.is_zero() && resources::pod_level_resources_set(spec) {
        return resources::resource_list(spec.resources.as_ref(), Side::Limits)
            .remove(name)
            .unwrap_or_default();
    }
    own.clone()
}

/// An amount in a list; zero for what is absent.
fn amount<'a>(list: &'a ResourceList, name: &str) -> &'a Quantity {
    list.get(name).unwrap_or(&Quantity::ZERO)
}

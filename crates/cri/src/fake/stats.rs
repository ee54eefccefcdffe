//! Usage in the fake: processes that use nothing.

use async_trait::async_trait;

use super::FakeRuntime;
use super::call::Call;
use super::objects::{Container, Sandbox};
use super::world::World;
use crate::service::{Answer, StatsService};
use crate::v1::{
    ContainerAttributes, ContainerStats, ContainerStatsFilter, CpuUsage, MemoryUsage, MetricDescriptor,
    PodSandboxAttributes, PodSandboxMetrics, PodSandboxStats, PodSandboxStatsFilter, UInt64Value,
};
use crate::{CriError, Operation};

#[async_trait]
impl StatsService for FakeRuntime {
    async fn container_stats(&self, container_id: &str) -> Answer<ContainerStats> {
        let call = Call::new(Operation::ContainerStats, container_id);
        self.serve(&call, async {
            let world = self.world();
            let found =
                world.containers.get(container_id).map(|container| container_stats(&world, container));
            found.ok_or_else(|| CriError::not_found(call.operation, "failed to find container: not found"))
        })
        .await
    }

    async fn list_container_stats(
        &self,
        filter: Option<ContainerStatsFilter>,
    ) -> Answer<Vec<ContainerStats>> {
        let call = Call::new(Operation::ListContainerStats, "");
        let filter = filter.unwrap_or_default();
        self.serve(&call, async {
            let world = self.world();
            let wanted = world.containers.values().filter(|container| {
                let labels = &container.config.labels;
                world.runs(&container.id)
                    && container.id.starts_with(&filter.id)
                    && (filter.pod_sandbox_id.is_empty() || filter.pod_sandbox_id == container.sandbox_id)
                    && filter.label_selector.iter().all(|(key, value)| labels.get(key) == Some(value))
            });
            Ok(wanted.map(|container| container_stats(&world, container)).collect())
        })
        .await
    }

    async fn pod_sandbox_stats(&self, sandbox_id: &str) -> Answer<PodSandboxStats> {
        let call = Call::new(Operation::PodSandboxStats, sandbox_id);
        self.serve(&call, async {
            let found = self.world().sandboxes.get(sandbox_id).map(sandbox_stats);
            found.ok_or_else(|| CriError::not_found(call.operation, "failed to find sandbox: not found"))
        })
        .await
    }

    async fn list_pod_sandbox_stats(
        &self,
        filter: Option<PodSandboxStatsFilter>,
    ) -> Answer<Vec<PodSandboxStats>> {
        let call = Call::new(Operation::ListPodSandboxStats, "");
        let filter = filter.unwrap_or_default();
        self.serve(&call, async {
            let world = self.world();
            let wanted = world.sandboxes.values().filter(|sandbox| {
                let labels = &sandbox.config.labels;
                sandbox.id.starts_with(&filter.id)
                    && filter.label_selector.iter().all(|(key, value)| labels.get(key) == Some(value))
            });
            Ok(wanted.map(sandbox_stats).collect())
        })
        .await
    }

    async fn list_metric_descriptors(&self) -> Answer<Vec<MetricDescriptor>> {
        self.is_not_there(Operation::ListMetricDescriptors).await
    }

    async fn list_pod_sandbox_metrics(&self) -> Answer<Vec<PodSandboxMetrics>> {
        self.is_not_there(Operation::ListPodSandboxMetrics).await
    }
}

fn container_stats(world: &World, container: &Container) -> ContainerStats {
    let timestamp = world.now_nanos();
    let nothing = Some(UInt64Value { value: 0 });
    ContainerStats {
        attributes: Some(ContainerAttributes {
            id: container.id.clone(),
            metadata: container.config.metadata.clone(),
            labels: container.config.labels.clone(),
            annotations: container.config.annotations.clone(),
        }),
        cpu: Some(CpuUsage { timestamp, usage_core_nano_seconds: nothing, ..CpuUsage::default() }),
        memory: Some(MemoryUsage { timestamp, working_set_bytes: nothing, ..MemoryUsage::default() }),
        ..ContainerStats::default()
    }
}

fn sandbox_stats(sandbox: &Sandbox) -> PodSandboxStats {
    PodSandboxStats {
        attributes: Some(PodSandboxAttributes {
            id: sandbox.id.clone(),
            metadata: sandbox.config.metadata.clone(),
            labels: sandbox.config.labels.clone(),
            annotations: sandbox.config.annotations.clone(),
        }),
        ..PodSandboxStats::default()
    }
}

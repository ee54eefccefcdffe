//! Usage, and metrics that the runtime collects.

use async_trait::async_trait;

use super::Answer;
use crate::v1::{
    ContainerStats, ContainerStatsFilter, MetricDescriptor, PodSandboxMetrics, PodSandboxStats,
    PodSandboxStatsFilter,
};

/// Usage of sandboxes and containers.
#[async_trait]
pub trait StatsService: Send + Sync {
    /// Usage of one container. Some runtimes refuse one that does not run.
    async fn container_stats(&self, container_id: &str) -> Answer<ContainerStats>;

    /// Usage of the running containers that match. `None` lists all.
    async fn list_container_stats(&self, filter: Option<ContainerStatsFilter>)
    -> Answer<Vec<ContainerStats>>;

    /// Usage of one sandbox.
    async fn pod_sandbox_stats(&self, sandbox_id: &str) -> Answer<PodSandboxStats>;

    /// Usage of the sandboxes that match. `None` lists all.
    async fn list_pod_sandbox_stats(
        &self,
        filter: Option<PodSandboxStatsFilter>,
    ) -> Answer<Vec<PodSandboxStats>>;

    /// Which metrics [`StatsService::list_pod_sandbox_metrics`] will hold. `Unimplemented` before containerd 2.2.
    async fn list_metric_descriptors(&self) -> Answer<Vec<MetricDescriptor>>;

    /// cAdvisor's metrics as the runtime collects them. `Unimplemented` before containerd 2.2.
    async fn list_pod_sandbox_metrics(&self) -> Answer<Vec<PodSandboxMetrics>>;
}

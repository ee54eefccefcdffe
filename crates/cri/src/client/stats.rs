//! Usage and metrics.

use async_trait::async_trait;

use super::Client;
use crate::Operation;
use crate::service::{Answer, StatsService};
use crate::v1::{
    ContainerStats, ContainerStatsFilter, ContainerStatsRequest, ContainerStatsResponse,
    ListContainerStatsRequest, ListContainerStatsResponse, ListMetricDescriptorsRequest,
    ListMetricDescriptorsResponse, ListPodSandboxMetricsRequest, ListPodSandboxMetricsResponse,
    ListPodSandboxStatsRequest, ListPodSandboxStatsResponse, MetricDescriptor, PodSandboxMetrics,
    PodSandboxStats, PodSandboxStatsFilter, PodSandboxStatsRequest, PodSandboxStatsResponse,
};

#[async_trait]
impl StatsService for Client {
    async fn container_stats(&self, container_id: &str) -> Answer<ContainerStats> {
        self.call(
            Operation::ContainerStats,
            ContainerStatsRequest { container_id: container_id.to_owned() },
            |request| async move { self.runtime().container_stats(request).await },
            |reply: ContainerStatsResponse| reply.stats.ok_or_else(|| "stats is not set".to_owned()),
        )
        .await
    }

    async fn list_container_stats(
        &self,
        filter: Option<ContainerStatsFilter>,
    ) -> Answer<Vec<ContainerStats>> {
        self.call(
            Operation::ListContainerStats,
            ListContainerStatsRequest { filter },
            |request| async move { self.runtime().list_container_stats(request).await },
            |reply: ListContainerStatsResponse| Ok(reply.stats),
        )
        .await
    }

    async fn pod_sandbox_stats(&self, sandbox_id: &str) -> Answer<PodSandboxStats> {
        self.call(
            Operation::PodSandboxStats,
            PodSandboxStatsRequest { pod_sandbox_id: sandbox_id.to_owned() },
            |request| async move { self.runtime().pod_sandbox_stats(request).await },
            |reply: PodSandboxStatsResponse| reply.stats.ok_or_else(|| "stats is not set".to_owned()),
        )
        .await
    }

    async fn list_pod_sandbox_stats(
        &self,
        filter: Option<PodSandboxStatsFilter>,
    ) -> Answer<Vec<PodSandboxStats>> {
        self.call(
            Operation::ListPodSandboxStats,
            ListPodSandboxStatsRequest { filter },
            |request| async move { self.runtime().list_pod_sandbox_stats(request).await },
            |reply: ListPodSandboxStatsResponse| Ok(reply.stats),
        )
        .await
    }

    async fn list_metric_descriptors(&self) -> Answer<Vec<MetricDescriptor>> {
        self.call(
            Operation::ListMetricDescriptors,
            ListMetricDescriptorsRequest {},
            |request| async move { self.runtime().list_metric_descriptors(request).await },
            |reply: ListMetricDescriptorsResponse| Ok(reply.descriptors),
        )
        .await
    }

    async fn list_pod_sandbox_metrics(&self) -> Answer<Vec<PodSandboxMetrics>> {
        self.call(
            Operation::ListPodSandboxMetrics,
            ListPodSandboxMetricsRequest {},
            |request| async move { self.runtime().list_pod_sandbox_metrics(request).await },
            |reply: ListPodSandboxMetricsResponse| Ok(reply.pod_metrics),
        )
        .await
    }
}

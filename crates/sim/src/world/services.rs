//! The rest of the door to the runtime: verbs that this kubelet does not use on its own account.

use super::RuntimeDoor;
use async_trait::async_trait;
use cri::{CheckpointService, CriError, StatsService, StreamingService, v1};
use std::time::Duration;

type Answer<T> = Result<T, CriError>;

#[async_trait]
impl StreamingService for RuntimeDoor {
    async fn exec_sync(
        &self,
        id: &str,
        command: &[String],
        timeout: Duration,
    ) -> Answer<v1::ExecSyncResponse> {
        self.world.runtime.exec_sync(id, command, timeout).await
    }

    async fn exec(&self, request: v1::ExecRequest) -> Answer<String> {
        self.world.runtime.exec(request).await
    }

    async fn attach(&self, request: v1::AttachRequest) -> Answer<String> {
        self.world.runtime.attach(request).await
    }

    async fn port_forward(&self, request: v1::PortForwardRequest) -> Answer<String> {
        self.world.runtime.port_forward(request).await
    }
}

#[async_trait]
impl StatsService for RuntimeDoor {
    async fn container_stats(&self, id: &str) -> Answer<v1::ContainerStats> {
        self.world.runtime.container_stats(id).await
    }

    async fn list_container_stats(
        &self,
        filter: Option<v1::ContainerStatsFilter>,
    ) -> Answer<Vec<v1::ContainerStats>> {
        self.world.runtime.list_container_stats(filter).await
    }

    async fn pod_sandbox_stats(&self, id: &str) -> Answer<v1::PodSandboxStats> {
        self.world.runtime.pod_sandbox_stats(id).await
    }

    async fn list_pod_sandbox_stats(
        &self,
        filter: Option<v1::PodSandboxStatsFilter>,
    ) -> Answer<Vec<v1::PodSandboxStats>> {
        self.world.runtime.list_pod_sandbox_stats(filter).await
    }

    async fn list_metric_descriptors(&self) -> Answer<Vec<v1::MetricDescriptor>> {
        self.world.runtime.list_metric_descriptors().await
    }

    async fn list_pod_sandbox_metrics(&self) -> Answer<Vec<v1::PodSandboxMetrics>> {
        self.world.runtime.list_pod_sandbox_metrics().await
    }
}

#[async_trait]
impl CheckpointService for RuntimeDoor {
    async fn checkpoint_container(&self, request: v1::CheckpointContainerRequest) -> Answer<()> {
        self.world.runtime.checkpoint_container(request).await
    }

    async fn checkpoint_pod(&self, request: v1::CheckpointPodRequest) -> Answer<()> {
        self.world.runtime.checkpoint_pod(request).await
    }

    async fn restore_pod(&self, request: v1::RestorePodRequest) -> Answer<v1::RestorePodResponse> {
        self.world.runtime.restore_pod(request).await
    }
}

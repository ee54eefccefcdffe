//! The fake makes no checkpoints.

use async_trait::async_trait;

use super::FakeRuntime;
use crate::Operation;
use crate::service::{Answer, CheckpointService};
use crate::v1::{CheckpointContainerRequest, CheckpointPodRequest, RestorePodRequest, RestorePodResponse};

#[async_trait]
impl CheckpointService for FakeRuntime {
    async fn checkpoint_container(&self, _request: CheckpointContainerRequest) -> Answer<()> {
        self.is_not_there(Operation::CheckpointContainer).await
    }

    async fn checkpoint_pod(&self, _request: CheckpointPodRequest) -> Answer<()> {
        self.is_not_there(Operation::CheckpointPod).await
    }

    async fn restore_pod(&self, _request: RestorePodRequest) -> Answer<RestorePodResponse> {
        self.is_not_there(Operation::RestorePod).await
    }
}

//! Checkpoints.

use async_trait::async_trait;

use super::Client;
use super::call::Terms;
use crate::Operation;
use crate::service::{Answer, CheckpointService};
use crate::v1::{CheckpointContainerRequest, CheckpointPodRequest, RestorePodRequest, RestorePodResponse};

#[async_trait]
impl CheckpointService for Client {
    async fn checkpoint_container(&self, mut request: CheckpointContainerRequest) -> Answer<()> {
        let deadline = self.deadlines.checkpoint_container(request.timeout);
        request.timeout = i64::try_from(deadline.as_secs()).unwrap_or(i64::MAX);
        let terms = Terms {
            operation: Operation::CheckpointContainer,
            deadline: Some(deadline),
            runtime_handler: None,
        };
        self.call_with(
            terms,
            request,
            |request| async move { self.runtime().checkpoint_container(request).await },
            |_| Ok(()),
        )
        .await
    }

    async fn checkpoint_pod(&self, request: CheckpointPodRequest) -> Answer<()> {
        self.call(
            Operation::CheckpointPod,
            request,
            |request| async move { self.runtime().checkpoint_pod(request).await },
            |_| Ok(()),
        )
        .await
    }

    async fn restore_pod(&self, request: RestorePodRequest) -> Answer<RestorePodResponse> {
        self.call(
            Operation::RestorePod,
            request,
            |request| async move { self.runtime().restore_pod(request).await },
            Ok,
        )
        .await
    }
}

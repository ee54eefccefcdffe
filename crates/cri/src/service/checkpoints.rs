//! Checkpoints of containers and pods.

use async_trait::async_trait;

use super::Answer;
use crate::v1::{CheckpointContainerRequest, CheckpointPodRequest, RestorePodRequest, RestorePodResponse};

/// Writing running containers to archives, and pods from them.
#[async_trait]
pub trait CheckpointService: Send + Sync {
    /// Writes a container to an archive at the request's `location`.
    async fn checkpoint_container(&self, request: CheckpointContainerRequest) -> Answer<()>;

    /// Writes a whole pod (alpha in 1.37). `Unimplemented` in all released runtimes.
    async fn checkpoint_pod(&self, request: CheckpointPodRequest) -> Answer<()>;

    /// Makes a pod from such a checkpoint (alpha in 1.37). `Unimplemented` in all released runtimes.
    async fn restore_pod(&self, request: RestorePodRequest) -> Answer<RestorePodResponse>;
}

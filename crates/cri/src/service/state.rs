//! The runtime itself: who it is, how it is, and what happens in it.

use std::pin::Pin;

use async_trait::async_trait;
use futures::Stream;

use super::Answer;
use crate::v1::{
    ContainerEventResponse, RuntimeConfig, RuntimeConfigResponse, StatusResponse, VersionResponse,
};

/// Container events as they happen. An error is the last item; after the end the stream may be polled on.
pub type EventStream = Pin<Box<dyn Stream<Item = Answer<ContainerEventResponse>> + Send>>;

/// Version, readiness, configuration, events.
#[async_trait]
pub trait StateService: Send + Sync {
    /// Name and version of the runtime. The first call a kubelet makes.
    async fn version(&self) -> Answer<VersionResponse>;

    /// Readiness conditions, handlers and features. The answer's `status` is always there, with at least the two
    /// conditions `RuntimeReady` and `NetworkReady`. `verbose` adds the runtime's free-form `info`.
    async fn status(&self, verbose: bool) -> Answer<StatusResponse>;

    /// The cgroup driver. `Unimplemented` in containerd 1.6 and 1.7.
    async fn runtime_config(&self) -> Answer<RuntimeConfigResponse>;

    /// Tells the runtime the node's pod CIDR.
    async fn update_runtime_config(&self, config: RuntimeConfig) -> Answer<()>;

    /// Subscribes to container events.
    ///
    /// The call is made when the stream is first polled, and every failure is an item, `Unimplemented` (containerd 1.6)
    /// included: a Go runtime sends nothing, not even headers, before the first event, so that "established" cannot be
    /// awaited. Events may be lost around a (re)connection: list once after the first poll. containerd keeps events
    /// of the last five minutes for the next subscriber, so that old ones may come first. Read the stream promptly: containerd 2
    /// waits for slow readers with all that makes events (`internal/eventq/eventq.go`, 2.4).
    fn get_container_events(&self) -> EventStream;
}

//! Version, readiness, configuration, events.

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream;
use tonic::{Request, Streaming};

use super::Client;
use crate::Operation;
use crate::error::from_status;
use crate::metrics::Recording;
use crate::service::{Answer, EventStream, StateService};
use crate::v1::{
    ContainerEventResponse, GetEventsRequest, RuntimeConfig, RuntimeConfigRequest, RuntimeConfigResponse,
    StatusRequest, StatusResponse, UpdateRuntimeConfigRequest, VersionRequest, VersionResponse,
};

/// What upstream's client says it speaks.
const API_VERSION: &str = "0.1.0";

#[async_trait]
impl StateService for Client {
    async fn version(&self) -> Answer<VersionResponse> {
        self.call(
            Operation::Version,
            VersionRequest { version: API_VERSION.to_owned() },
            |request| async move { self.runtime().version(request).await },
            |reply: VersionResponse| {
                let complete = !reply.version.is_empty()
                    && !reply.runtime_name.is_empty()
                    && !reply.runtime_version.is_empty()
                    && !reply.runtime_api_version.is_empty();
                complete.then(|| reply.clone()).ok_or_else(|| format!("version is incomplete: {reply:?}"))
            },
        )
        .await
    }

    async fn status(&self, verbose: bool) -> Answer<StatusResponse> {
        self.call(
            Operation::Status,
            StatusRequest { verbose },
            |request| async move { self.runtime().status(request).await },
            |reply: StatusResponse| {
                let conditions = reply.status.as_ref().map_or(0, |status| status.conditions.len());
                if conditions < 2 {
                    return Err("RuntimeReady or NetworkReady condition are not set".to_owned());
                }
                Ok(reply)
            },
        )
        .await
    }

    async fn runtime_config(&self) -> Answer<RuntimeConfigResponse> {
        self.call(
            Operation::RuntimeConfig,
            RuntimeConfigRequest {},
            |request| async move { self.runtime().runtime_config(request).await },
            Ok,
        )
        .await
    }

    async fn update_runtime_config(&self, config: RuntimeConfig) -> Answer<()> {
        self.call(
            Operation::UpdateRuntimeConfig,
            UpdateRuntimeConfigRequest { runtime_config: Some(config) },
            |request| async move { self.runtime().update_runtime_config(request).await },
            |_| Ok(()),
        )
        .await
    }

    fn get_container_events(&self) -> EventStream {
        Box::pin(stream::unfold(Events::NotAsked(self.clone()), Events::next).fuse())
    }
}

/// A subscription: the call is made at the first poll.
enum Events {
    NotAsked(Client),
    Open { client: Client, stream: Box<Streaming<ContainerEventResponse>>, recording: Option<Recording> },
    Over,
}

impl Events {
    async fn next(self) -> Option<(Answer<ContainerEventResponse>, Events)> {
        const OPERATION: Operation = Operation::GetContainerEvents;
        let (client, mut stream, recording) = match self {
            Events::NotAsked(client) => {
                let recording = client.metrics.as_ref().map(|metrics| metrics.start(OPERATION, None));
                match client.runtime().get_container_events(Request::new(GetEventsRequest {})).await {
                    Ok(answer) => (client, Box::new(answer.into_inner()), recording),
                    Err(status) => {
                        return Some((Err(from_status(OPERATION, &client.endpoint, status)), Events::Over));
                    }
                }
            }
            Events::Open { client, stream, recording } => (client, stream, recording),
            Events::Over => return None,
        };
        match stream.next().await {
            Some(Ok(event)) => Some((Ok(event), Events::Open { client, stream, recording })),
            Some(Err(status)) => Some((Err(from_status(OPERATION, &client.endpoint, status)), Events::Over)),
            None => {
                if let Some(recording) = recording {
                    recording.succeed();
                }
                None
            }
        }
    }
}

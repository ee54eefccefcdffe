//! Commands, attaching, ports.

use std::time::Duration;

use async_trait::async_trait;

use super::Client;
use super::call::{Terms, filled};
use crate::Operation;
use crate::service::{Answer, StreamingService};
use crate::v1::{
    AttachRequest, AttachResponse, ExecRequest, ExecResponse, ExecSyncRequest, ExecSyncResponse,
    PortForwardRequest, PortForwardResponse,
};

#[async_trait]
impl StreamingService for Client {
    async fn exec_sync(
        &self,
        container_id: &str,
        command: &[String],
        timeout: Duration,
    ) -> Answer<ExecSyncResponse> {
        let terms = Terms {
            operation: Operation::ExecSync,
            deadline: self.deadlines.exec_sync(timeout),
            runtime_handler: None,
        };
        let request = ExecSyncRequest {
            container_id: container_id.to_owned(),
            cmd: command.to_vec(),
            timeout: i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX),
        };
        self.call_with(terms, request, |request| async move { self.runtime().exec_sync(request).await }, Ok)
            .await
    }

    async fn exec(&self, request: ExecRequest) -> Answer<String> {
        self.call(
            Operation::Exec,
            request,
            |request| async move { self.runtime().exec(request).await },
            |reply: ExecResponse| filled(reply.url, || "URL".to_owned()),
        )
        .await
    }

    async fn attach(&self, request: AttachRequest) -> Answer<String> {
        self.call(
            Operation::Attach,
            request,
            |request| async move { self.runtime().attach(request).await },
            |reply: AttachResponse| filled(reply.url, || "URL".to_owned()),
        )
        .await
    }

    async fn port_forward(&self, request: PortForwardRequest) -> Answer<String> {
        self.call(
            Operation::PortForward,
            request,
            |request| async move { self.runtime().port_forward(request).await },
            |reply: PortForwardResponse| filled(reply.url, || "URL".to_owned()),
        )
        .await
    }
}

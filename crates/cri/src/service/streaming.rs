//! Commands in containers, attaching, forwarding ports.

use std::time::Duration;

use async_trait::async_trait;

use super::Answer;
use crate::v1::{AttachRequest, ExecRequest, ExecSyncResponse, PortForwardRequest};

/// Commands and streams. The streaming calls return a URL, never empty, that the runtime serves once.
#[async_trait]
pub trait StreamingService: Send + Sync {
    /// Runs a command and waits for its output and exit code. A zero `timeout` means none; it is whole seconds at the
    /// runtime. `DeadlineExceeded` when the command outlived it.
    async fn exec_sync(
        &self,
        container_id: &str,
        command: &[String],
        timeout: Duration,
    ) -> Answer<ExecSyncResponse>;

    /// Prepares a command with streams.
    async fn exec(&self, request: ExecRequest) -> Answer<String>;

    /// Prepares to attach to the first process.
    async fn attach(&self, request: AttachRequest) -> Answer<String>;

    /// Prepares to forward ports.
    async fn port_forward(&self, request: PortForwardRequest) -> Answer<String>;
}

//! Commands in the fake's containers. There are no streams.

use std::time::Duration;

use async_trait::async_trait;

use super::FakeRuntime;
use super::call::Call;
use super::objects::Process;
use crate::service::{Answer, StreamingService};
use crate::v1::{AttachRequest, ExecRequest, ExecSyncResponse, PortForwardRequest};
use crate::{CriError, Operation};

#[async_trait]
impl StreamingService for FakeRuntime {
    async fn exec_sync(
        &self,
        container_id: &str,
        command: &[String],
        timeout: Duration,
    ) -> Answer<ExecSyncResponse> {
        let call = Call::new(Operation::ExecSync, container_id);
        self.serve(&call, async {
            let config = {
                let world = self.world();
                let Some(container) = world.containers.get(container_id) else {
                    let message = format!("failed to find container {container_id:?} in store: not found");
                    return Err(CriError::not_found(call.operation, message));
                };
                if !matches!(container.process, Process::Running { .. }) {
                    let state = container.process.state().as_str_name();
                    return Err(CriError::unknown(
                        call.operation,
                        format!("failed to exec in container: container is in {state} state"),
                    ));
                }
                container.config.clone()
            };
            let outcome = (self.shared.options.commands)(&config, command);
            if !timeout.is_zero() && outcome.takes > timeout {
                tokio::time::sleep(timeout).await;
                let seconds = timeout.as_secs_f64();
                let message = format!(
                    "failed to exec in container: timeout {seconds}s exceeded: context deadline exceeded"
                );
                return Err(CriError::DeadlineExceeded { operation: call.operation, message });
            }
            tokio::time::sleep(outcome.takes).await;
            Ok(ExecSyncResponse {
                stdout: outcome.stdout,
                stderr: outcome.stderr,
                exit_code: outcome.exit_code,
            })
        })
        .await
    }

    async fn exec(&self, _request: ExecRequest) -> Answer<String> {
        self.is_not_there(Operation::Exec).await
    }

    async fn attach(&self, _request: AttachRequest) -> Answer<String> {
        self.is_not_there(Operation::Attach).await
    }

    async fn port_forward(&self, _request: PortForwardRequest) -> Answer<String> {
        self.is_not_there(Operation::PortForward).await
    }
}

impl FakeRuntime {
    /// What the fake does not have, as a runtime that does not have it says so. The end-to-end tests use a real one.
    pub(super) async fn is_not_there<T>(&self, operation: Operation) -> Answer<T> {
        let call = Call::new(operation, "");
        self.serve(&call, async {
            let message = format!("unknown method {operation} for service runtime.v1.RuntimeService");
            Err(CriError::Unimplemented { operation, message })
        })
        .await
    }
}

//! What every call of the fake goes through: counted, faulted, cut off when the runtime goes down.

use std::future::Future;

use super::faults::{Fault, Leftover, Stage, Then};
use super::{FakeRuntime, Faults, Manners};
use crate::{Code, CriError, Operation};
use std::sync::{Arc, PoisonError};

/// One call, as faults see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// What was asked.
    pub operation: Operation,
    /// Of which sandbox, container or image; empty for lists and the runtime itself. For a sandbox or container that is
    /// being made: the pod's UID or the container's name.
    pub object: String,
}

impl Call {
    pub(super) fn new(operation: Operation, object: &str) -> Self {
        Call { operation, object: object.to_owned() }
    }
}

/// Where the fake would be if it had a socket.
pub(super) const ENDPOINT: &str = "unix:///run/fake/runtime.sock";

impl FakeRuntime {
    /// Serves one call: faults before, `work`, faults after. Ends with `Unavailable` when the runtime goes down meanwhile.
    pub(super) async fn serve<T>(
        &self,
        call: &Call,
        work: impl Future<Output = Result<T, CriError>>,
    ) -> Result<T, CriError> {
        // No real runtime answers without letting others run.
        tokio::task::yield_now().await;
        let mut went_down = std::pin::pin!(self.shared.went_down.notified());
        went_down.as_mut().enable();
        {
            let mut world = self.world();
            *world.calls.entry(call.operation).or_default() += 1;
            if world.is_down {
                return Err(unavailable(call.operation));
            }
        }
        let served = async {
            self.meet(Stage::Before, call).await?;
            let answer = work.await?;
            self.meet(Stage::After, call).await?;
            Ok(answer)
        };
        tokio::select! {
            biased;
            () = went_down => Err(unavailable(call.operation)),
            answer = served => answer,
        }
    }

    /// Meets whatever the faults have for this stage.
    pub(super) async fn meet(&self, stage: Stage, call: &Call) -> Result<(), CriError> {
        let Fault { delay, then } = self.faults().at(stage, call);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        match then {
            Then::Proceed => Ok(()),
            Then::Fail(error) => Err(error),
            Then::Hang => std::future::pending().await,
        }
    }

    pub(super) fn faults(&self) -> Arc<dyn Faults> {
        Arc::clone(&self.shared.faults.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// containerd's words for a name that is taken (`internal/registrar/registrar.go`).
    pub(super) fn name_reserved(
        &self,
        operation: Operation,
        kind: &str,
        name: &str,
        holder: String,
    ) -> CriError {
        let (code, hint) = match self.shared.options.manners {
            Manners::Containerd1 => (Code::Unknown, ""),
            Manners::Containerd2 if operation == Operation::CreateContainer => {
                (Code::FailedPrecondition, "; check if another CreateContainer request is in progress")
            }
            Manners::Containerd2 => (Code::FailedPrecondition, ""),
        };
        let message =
            format!("failed to reserve {kind} name {name:?}{hint}: name {name:?} is reserved for {holder:?}");
        CriError::AlreadyExists { operation, code, message, holder: Some(holder) }
    }

    /// What a call that ends half done leaves behind: `undo` is told when the guard is dropped before [`HalfDone::complete`].
    pub(super) fn half_done<'a>(
        &'a self,
        call: &'a Call,
        undo: impl FnOnce(Leftover) + Send + 'a,
    ) -> HalfDone<'a> {
        HalfDone { runtime: self, call, undo: Some(Box::new(undo)) }
    }
}

/// A call that is half done. Dropping it is what a cancelled or failed call does.
pub(super) struct HalfDone<'a> {
    runtime: &'a FakeRuntime,
    call: &'a Call,
    undo: Option<Box<dyn FnOnce(Leftover) + Send + 'a>>,
}

impl HalfDone<'_> {
    /// The call goes on; `undo` is forgotten.
    pub(super) fn complete(mut self) {
        self.undo = None;
    }

    /// The call ends with this, whatever the faults would have.
    pub(super) fn finish(mut self, leftover: Leftover) {
        if let Some(undo) = self.undo.take() {
            undo(leftover);
        }
    }
}

impl Drop for HalfDone<'_> {
    fn drop(&mut self) {
        if let Some(undo) = self.undo.take() {
            undo(self.runtime.faults().leftover(self.call));
        }
    }
}

/// The error of a runtime that is away, in the words of the Go client.
pub(super) fn unavailable(operation: Operation) -> CriError {
    CriError::Unavailable {
        operation,
        endpoint: ENDPOINT.to_owned(),
        message: "connection error: desc = \"transport: Error while dialing: dial unix /run/fake/runtime.sock: connect: connection refused\"".to_owned(),
    }
}

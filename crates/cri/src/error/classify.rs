//! From a gRPC status to the variant that tells the caller what to do.

use std::error::Error;

use tonic::{Code, Status};

use super::CriError;
use crate::Operation;
use crate::client::ConnectionFailed;

/// What the Go client says.
const GO_DEADLINE: &str = "context deadline exceeded";
/// What containerd 1.x says while it starts (later ones send `Unavailable`).
const NOT_INITIALIZED: &str = "server is not initialized yet";
/// How tonic begins when an answer is above our limit, with a code that grpc-go does not use for it.
const TONIC_TOO_LARGE: &str = "Error, decoded message length too large";

/// Turns the status that `operation` got from the runtime at `endpoint` into an error.
pub fn from_status(operation: Operation, endpoint: &str, status: Status) -> CriError {
    if let Some(message) = connection_failure(&status) {
        return CriError::Unavailable { operation, endpoint: endpoint.to_owned(), message };
    }
    let code = status.code();
    let message = status.message().to_owned();
    match code {
        Code::NotFound => CriError::NotFound { operation, message },
        Code::Unimplemented => CriError::Unimplemented { operation, message },
        Code::DeadlineExceeded => CriError::DeadlineExceeded { operation, message },
        Code::Cancelled => CriError::Cancelled { operation, message },
        Code::ResourceExhausted => CriError::ResourceExhausted { operation, message },
        Code::OutOfRange if message.starts_with(TONIC_TOO_LARGE) => {
            CriError::ResourceExhausted { operation, message }
        }
        Code::Unavailable => CriError::Unavailable { operation, endpoint: endpoint.to_owned(), message },
        Code::AlreadyExists => {
            CriError::AlreadyExists { operation, code, holder: name_holder(&message), message }
        }
        Code::Unknown if message == NOT_INITIALIZED => {
            CriError::Unavailable { operation, endpoint: endpoint.to_owned(), message }
        }
        Code::Unknown | Code::FailedPrecondition if makes_a_name(operation) && is_name_conflict(&message) => {
            CriError::AlreadyExists { operation, code, holder: name_holder(&message), message }
        }
        Code::Ok
        | Code::Unknown
        | Code::InvalidArgument
        | Code::PermissionDenied
        | Code::FailedPrecondition
        | Code::Aborted
        | Code::OutOfRange
        | Code::Internal
        | Code::DataLoss
        | Code::Unauthenticated => CriError::Runtime { operation, code, message },
    }
}

/// The error of a call whose own deadline passed, in the words of the Go client.
pub(crate) fn deadline(operation: Operation) -> CriError {
    CriError::DeadlineExceeded { operation, message: GO_DEADLINE.to_owned() }
}

/// The words of a broken or refused connection, if that is what this status is about. tonic makes such a status itself,
/// with the transport's error as its source; one sent by a runtime never has a source.
fn connection_failure(status: &Status) -> Option<String> {
    let mut source: Option<&(dyn Error + 'static)> = status.source();
    source?;
    let mut deepest = None;
    while let Some(error) = source {
        if let Some(refused) = error.downcast_ref::<ConnectionFailed>() {
            return Some(refused.to_string());
        }
        deepest = Some(error);
        source = error.source();
    }
    // A cancelled or too large message also has a source, but leaves the connection alive.
    match status.code() {
        Code::Unknown | Code::Unavailable | Code::Internal | Code::Cancelled => {
            deepest.map(|error| format!("error reading from server: {error}"))
        }
        Code::Ok
        | Code::InvalidArgument
        | Code::DeadlineExceeded
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::ResourceExhausted
        | Code::FailedPrecondition
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unimplemented
        | Code::DataLoss
        | Code::Unauthenticated => None,
    }
}

fn makes_a_name(operation: Operation) -> bool {
    matches!(operation, Operation::RunPodSandbox | Operation::CreateContainer)
}

/// containerd: `failed to reserve sandbox name "n": name "n" is reserved for "id"` (`internal/registrar/registrar.go`),
/// `Unknown` in 1.6, `FailedPrecondition` in 2.4.
/// CRI-O: `name is reserved`, and `pod sandbox with name "n" already exists` (`internal/registrar`, `server/sandbox_run.go`).
fn is_name_conflict(message: &str) -> bool {
    message.contains(" is reserved for \"")
        || message.contains("name is reserved")
        || message.contains("already exists")
}

/// The id in containerd's `… is reserved for "id"`.
fn name_holder(message: &str) -> Option<String> {
    let (_, rest) = message.split_once(" is reserved for \"")?;
    let (id, _) = rest.split_once('"')?;
    (!id.is_empty()).then(|| id.to_owned())
}

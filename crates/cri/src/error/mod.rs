//! What can go wrong with a runtime call: one variant per different reaction of the caller.
//!
//! The runtime's own words are kept verbatim in every variant, because upstream shows them to users (events, pod status)
//! and tools match on them. [`CriError::grpc`] renders them exactly as upstream does.

mod classify;
#[cfg(test)]
mod tests;

pub(crate) use classify::deadline;
pub use classify::from_status;
pub use tonic::Code;

use crate::Operation;

/// A failed runtime call. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CriError {
    /// The sandbox, container or image is not there. For a stop or removal that is success.
    #[error("{operation}: {message}")]
    NotFound {
        /// What was asked.
        operation: Operation,
        /// The runtime's words.
        message: String,
    },
    /// The name is taken: an earlier attempt to make the same sandbox or container is under way or left something behind.
    /// List again, and take over or remove what is found.
    #[error("{operation}: {message}")]
    AlreadyExists {
        /// What was asked.
        operation: Operation,
        /// As the runtime sent it: containerd 1.6 and CRI-O say `Unknown`, containerd 2.4 `FailedPrecondition`.
        code: Code,
        /// The runtime's words.
        message: String,
        /// Id of the sandbox or container that has the name, where the runtime tells it.
        holder: Option<String>,
    },
    /// This runtime does not have the RPC. Do without; asking again is useless until it is replaced.
    #[error("{operation}: {message}")]
    Unimplemented {
        /// What was asked.
        operation: Operation,
        /// The runtime's words.
        message: String,
    },
    /// No answer in time. The operation may still take effect: observe before trying again.
    #[error("{operation}: {message}")]
    DeadlineExceeded {
        /// What was asked.
        operation: Operation,
        /// The runtime's words, or `context deadline exceeded` when our own deadline passed.
        message: String,
    },
    /// The runtime is down, restarting, or its socket is missing. The same call may succeed later.
    #[error("{operation}: container runtime at {endpoint} is not available: {message}")]
    Unavailable {
        /// What was asked.
        operation: Operation,
        /// Where the runtime was expected, as configured.
        endpoint: String,
        /// What the connection said.
        message: String,
    },
    /// The runtime gave up because it was told to: it is being stopped, or the call was cancelled.
    #[error("{operation}: {message}")]
    Cancelled {
        /// What was asked.
        operation: Operation,
        /// The runtime's words.
        message: String,
    },
    /// Too large or too many: a message above 16 MiB, or a limit of the runtime.
    #[error("{operation}: {message}")]
    ResourceExhausted {
        /// What was asked.
        operation: Operation,
        /// The runtime's words.
        message: String,
    },
    /// Everything else: the runtime tried and failed. Show it to the user, and try again with back-off.
    #[error("{operation}: {message}")]
    Runtime {
        /// What was asked.
        operation: Operation,
        /// As the runtime sent it. `Unknown` for most failures.
        code: Code,
        /// The runtime's words.
        message: String,
    },
}

impl CriError {
    /// What was asked.
    pub fn operation(&self) -> Operation {
        match self {
            CriError::NotFound { operation, .. }
            | CriError::AlreadyExists { operation, .. }
            | CriError::Unimplemented { operation, .. }
            | CriError::DeadlineExceeded { operation, .. }
            | CriError::Unavailable { operation, .. }
            | CriError::Cancelled { operation, .. }
            | CriError::ResourceExhausted { operation, .. }
            | CriError::Runtime { operation, .. } => *operation,
        }
    }

    /// The runtime's own words, without anything added.
    pub fn message(&self) -> &str {
        match self {
            CriError::NotFound { message, .. }
            | CriError::AlreadyExists { message, .. }
            | CriError::Unimplemented { message, .. }
            | CriError::DeadlineExceeded { message, .. }
            | CriError::Unavailable { message, .. }
            | CriError::Cancelled { message, .. }
            | CriError::ResourceExhausted { message, .. }
            | CriError::Runtime { message, .. } => message,
        }
    }

    /// The gRPC status code.
    pub fn code(&self) -> Code {
        match self {
            CriError::NotFound { .. } => Code::NotFound,
            CriError::AlreadyExists { code, .. } | CriError::Runtime { code, .. } => *code,
            CriError::Unimplemented { .. } => Code::Unimplemented,
            CriError::DeadlineExceeded { .. } => Code::DeadlineExceeded,
            CriError::Unavailable { .. } => Code::Unavailable,
            CriError::Cancelled { .. } => Code::Cancelled,
            CriError::ResourceExhausted { .. } => Code::ResourceExhausted,
        }
    }

    /// The text that upstream's events and statuses show: `rpc error: code = Unknown desc = …`, exactly as Go's
    /// `status.Error()` writes it (grpc-go `internal/status/status.go`).
    pub fn grpc(&self) -> String {
        format!("rpc error: code = {} desc = {}", go_code_name(self.code()), self.message())
    }

    /// What upstream tells its users: [`CriError::grpc`], except that an unclassified failure of a pull is shown without the
    /// code (`cri-client/pkg/remote_image.go`), so that its prefix (`RegistryUnavailable: …`) can be recognised.
    pub fn shown(&self) -> String {
        if self.operation() == Operation::PullImage && self.code() == Code::Unknown {
            return self.message().to_owned();
        }
        self.grpc()
    }

    /// Whether the object is gone, which is what a stop or a removal wants.
    pub fn is_not_found(&self) -> bool {
        matches!(self, CriError::NotFound { .. })
    }

    /// Whether this runtime lacks the RPC.
    pub fn is_unimplemented(&self) -> bool {
        matches!(self, CriError::Unimplemented { .. })
    }

    /// Whether the runtime could not be reached.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, CriError::Unavailable { .. })
    }

    /// A `NotFound`, for implementations of the traits.
    pub fn not_found(operation: Operation, message: impl Into<String>) -> Self {
        CriError::NotFound { operation, message: message.into() }
    }

    /// A `Runtime` error with code `Unknown`, which most runtimes send for most failures.
    pub fn unknown(operation: Operation, message: impl Into<String>) -> Self {
        CriError::Runtime { operation, code: Code::Unknown, message: message.into() }
    }
}

/// How grpc-go spells a code (`codes/code_string.go`). It differs from tonic in `Canceled`.
fn go_code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "Canceled",
        Code::Unknown => "Unknown",
        Code::InvalidArgument => "InvalidArgument",
        Code::DeadlineExceeded => "DeadlineExceeded",
        Code::NotFound => "NotFound",
        Code::AlreadyExists => "AlreadyExists",
        Code::PermissionDenied => "PermissionDenied",
        Code::ResourceExhausted => "ResourceExhausted",
        Code::FailedPrecondition => "FailedPrecondition",
        Code::Aborted => "Aborted",
        Code::OutOfRange => "OutOfRange",
        Code::Unimplemented => "Unimplemented",
        Code::Internal => "Internal",
        Code::Unavailable => "Unavailable",
        Code::DataLoss => "DataLoss",
        Code::Unauthenticated => "Unauthenticated",
    }
}

//! What can come back instead of an object: one variant per reaction of a caller.

use crate::call::Call;
use kube::core::Status;
use std::error::Error;
use std::fmt::{self, Write};
use std::sync::Arc;
use std::time::Duration;

/// Why a call gave no object. Cheap to clone, because all who wait for one object are told the same.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ApiError {
    /// The object, or the namespace it should be in, does not exist (404).
    #[error("{0}")]
    NotFound(Failure),
    /// An object of that name exists (409, reason `AlreadyExists`).
    #[error("{0}")]
    AlreadyExists(Failure),
    /// The object changed since it was read, or a precondition does not hold (409).
    #[error("{0}")]
    Conflict(Failure),
    /// These credentials may not do that (403). The node authorizer says so too while it has not yet
    /// seen the pod that gives the right.
    #[error("{0}")]
    Forbidden(Failure),
    /// The server does not know these credentials (401).
    #[error("{0}")]
    Unauthorized(Failure),
    /// The server will not take this, however often it is asked (400, 422).
    #[error("{0}")]
    Invalid(Failure),
    /// The resource version asked for is not there any more (410), or not yet (504 after a restore of an
    /// older state): list anew.
    #[error("{0}")]
    Expired(Failure),
    /// The server is overloaded, or the object is protected for now, as by a disruption budget (429).
    #[error("{failure}")]
    TooManyRequests {
        /// What was said.
        failure: Failure,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
    },
    /// No answer, or one that says nothing about the object: no connection, time-out, 5xx. What was asked
    /// for may have happened.
    #[error("{0}")]
    Unavailable(Failure),
    /// Any other answer.
    #[error("{0}")]
    Other(Failure),
}

/// The call, and what was said.
#[derive(Clone, Debug)]
pub struct Failure(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    call: Call,
    code: u16,
    message: String,
}

impl Failure {
    /// A failure of `call`; `code` is the HTTP status, 0 without an answer.
    pub(crate) fn new(call: &Call, code: u16, message: String) -> Self {
        Self(Arc::new(Inner { call: call.clone(), code, message }))
    }

    /// Which call failed.
    pub fn call(&self) -> &Call {
        &self.0.call
    }

    /// The HTTP status, 0 when there was no answer.
    pub fn code(&self) -> u16 {
        self.0.code
    }

    /// The server's words alone, as upstream's events show them (`secrets "x" not found`).
    pub fn message(&self) -> &str {
        &self.0.message
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.0.call, self.0.message)
    }
}

impl ApiError {
    /// Whether the same call may succeed later without anybody changing anything.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::TooManyRequests { .. } | Self::Unavailable(_) => true,
            Self::NotFound(_)
            | Self::AlreadyExists(_)
            | Self::Conflict(_)
            | Self::Forbidden(_)
            | Self::Unauthorized(_)
            | Self::Invalid(_)
            | Self::Expired(_)
            | Self::Other(_) => false,
        }
    }

    /// Whether the object does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound(_))
    }

    /// Whether an object of that name exists.
    pub fn is_already_exists(&self) -> bool {
        matches!(self, Self::AlreadyExists(_))
    }

    /// Whether the object changed meanwhile, or a precondition does not hold.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict(_))
    }

    /// Whether these credentials may not do that.
    pub fn is_forbidden(&self) -> bool {
        matches!(self, Self::Forbidden(_))
    }

    /// How long the server asks to be left alone; `None` when it does not.
    pub fn asked_pause(&self) -> Option<Duration> {
        if let Self::TooManyRequests { retry_after, .. } = self { *retry_after } else { None }
    }

    /// The call, and what was said.
    pub fn failure(&self) -> &Failure {
        match self {
            Self::NotFound(failure)
            | Self::AlreadyExists(failure)
            | Self::Conflict(failure)
            | Self::Forbidden(failure)
            | Self::Unauthorized(failure)
            | Self::Invalid(failure)
            | Self::Expired(failure)
            | Self::TooManyRequests { failure, .. }
            | Self::Unavailable(failure)
            | Self::Other(failure) => failure,
        }
    }

    /// The server's words alone (`secrets "x" not found`).
    pub fn message(&self) -> &str {
        self.failure().message()
    }

    /// No answer: `cause` with everything below it, because transport errors say little themselves.
    pub(crate) fn no_answer(call: &Call, cause: &(dyn Error + 'static)) -> Self {
        let told = cause.to_string();
        // That it came from the service below says nothing to a person.
        let words = told.strip_prefix("ServiceError: ").unwrap_or(&told);
        let mut message = format!("no answer from the API server: {words}");
        let mut source = cause.source();
        while let Some(error) = source {
            let text = error.to_string();
            if !message.contains(&text) {
                // Writing to a string cannot fail.
                let _ = write!(message, ": {text}");
            }
            source = error.source();
        }
        Self::Unavailable(Failure::new(call, 0, message))
    }

    /// No answer in time.
    pub(crate) fn timed_out(call: &Call, deadline: Duration) -> Self {
        let message = format!("no answer from the API server within {} s", deadline.as_secs_f32());
        Self::Unavailable(Failure::new(call, 0, message))
    }

    /// A list at the beginning of a watch that ended before it was complete.
    pub(crate) fn ended_early(call: &Call) -> Self {
        Self::Unavailable(Failure::new(call, 0, "the list ended before it was complete".to_owned()))
    }

    /// An answer that cannot be read.
    pub(crate) fn malformed(call: &Call, cause: &dyn fmt::Display) -> Self {
        Self::Other(Failure::new(call, 0, format!("the answer cannot be read: {cause}")))
    }

    /// A request that cannot be made: a name with a slash in it, say.
    pub(crate) fn unsendable(call: &Call, cause: &dyn fmt::Display) -> Self {
        Self::Invalid(Failure::new(call, 0, cause.to_string()))
    }

    /// What an answer with `code` means. `body` is a `Status` when an API server wrote it, anything when a
    /// proxy did; `header` is the answer's `Retry-After`, in seconds.
    pub(crate) fn from_answer(call: &Call, code: u16, header: Option<u64>, body: &[u8]) -> Self {
        let status: Status = serde_json::from_slice(body).unwrap_or_else(|_| {
            let text: String = String::from_utf8_lossy(body).trim().chars().take(MAX_FOREIGN_TEXT).collect();
            Status { code, message: text, ..Status::default() }
        });
        Self::from_status(call, code, header, status)
    }

    /// What a `Status` means; an error inside a watch comes as one.
    pub(crate) fn from_status(call: &Call, code: u16, header: Option<u64>, status: Status) -> Self {
        let Status { message, reason, details, .. } = status;
        let message = match message.is_empty() {
            true => format!("the server answered {code} {reason}").trim_end().to_owned(),
            false => message,
        };
        let failure = Failure::new(call, code, message);
        let is_version_of_the_future = details
            .iter()
            .any(|details| details.causes.iter().any(|cause| cause.reason == VERSION_TOO_LARGE));
        match (code, reason.as_str()) {
            (409, "AlreadyExists") => Self::AlreadyExists(failure),
            (409, _) => Self::Conflict(failure),
            (404, _) => Self::NotFound(failure),
            (403, _) => Self::Forbidden(failure),
            (401, _) => Self::Unauthorized(failure),
            (400 | 422, _) => Self::Invalid(failure),
            (410, _) => Self::Expired(failure),
            (504, _) if is_version_of_the_future => Self::Expired(failure),
            (429, _) => {
                let asked = details.map_or(0, |details| details.retry_after_seconds);
                let seconds = header.or((asked > 0).then_some(u64::from(asked)));
                Self::TooManyRequests { failure, retry_after: seconds.map(Duration::from_secs) }
            }
            (408 | 500..=599, _) => Self::Unavailable(failure),
            _ => Self::Other(failure),
        }
    }
}

/// `apimachinery/pkg/apis/meta/v1`, `CauseTypeResourceVersionTooLarge`.
const VERSION_TOO_LARGE: &str = "ResourceVersionTooLarge";

/// Of an answer that is no `Status`, such as a proxy's page, so many characters are kept.
const MAX_FOREIGN_TEXT: usize = 512;

#[cfg(test)]
#[path = "error_tests.rs"]
mod tests;

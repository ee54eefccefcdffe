//! Errors on the wire: the shape of `meta/v1` `Status`, so that clients of the Kubernetes API need no second parser.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// An answer other than success.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: StatusCode,
    /// A word of `metav1.StatusReason`.
    pub(crate) reason: &'static str,
    pub(crate) message: String,
    /// Names the caller may have meant.
    pub(crate) candidates: Vec<String>,
}

impl Failure {
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self {
            code: StatusCode::BAD_REQUEST,
            reason: "BadRequest",
            message: message.into(),
            candidates: Vec::new(),
        }
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self {
            code: StatusCode::NOT_FOUND,
            reason: "NotFound",
            message: message.into(),
            candidates: Vec::new(),
        }
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self {
            code: StatusCode::INTERNAL_SERVER_ERROR,
            reason: "InternalError",
            message: message.into(),
            candidates: Vec::new(),
        }
    }

    pub(crate) fn too_many(message: impl Into<String>) -> Self {
        Self {
            code: StatusCode::TOO_MANY_REQUESTS,
            reason: "TooManyRequests",
            message: message.into(),
            candidates: Vec::new(),
        }
    }

    pub(crate) fn with_candidates(mut self, candidates: Vec<String>) -> Self {
        self.candidates = candidates;
        self
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    kind: &'static str,
    api_version: &'static str,
    status: &'static str,
    message: &'a str,
    reason: &'static str,
    code: u16,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    candidates: &'a [String],
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = Body {
            kind: "Status",
            api_version: "v1",
            status: "Failure",
            message: &self.message,
            reason: self.reason,
            code: self.code.as_u16(),
            candidates: &self.candidates,
        };
        (self.code, Json(body)).into_response()
    }
}

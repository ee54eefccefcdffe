//! Why a request fails, in the words of the real server (apimachinery `pkg/api/errors/errors.go`).

use serde_json::{Value, json};

use super::resources::Resource;

/// A request that fails: what goes into a `Status`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// HTTP status.
    pub code: u16,
    /// `reason` of the `Status`.
    pub reason: &'static str,
    /// `message` of the `Status`.
    pub message: String,
    /// Of which object.
    pub object: Option<Box<FailedObject>>,
    /// `Retry-After`, in seconds.
    pub retry_after_seconds: Option<u32>,
}

/// The object that a failure is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedObject {
    group: String,
    kind: String,
    name: String,
}

impl Failure {
    /// A failure with nothing but a code, a reason and a message.
    pub fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Failure { code, reason, message: message.into(), object: None, retry_after_seconds: None }
    }

    fn of(self, resource: &Resource, kind: &str, name: &str) -> Self {
        let object =
            FailedObject { group: resource.group.to_owned(), kind: kind.to_owned(), name: name.to_owned() };
        Failure { object: Some(Box::new(object)), ..self }
    }

    /// 404.
    pub fn not_found(resource: &Resource, name: &str) -> Self {
        let message = format!("{} {name:?} not found", resource.qualified());
        Failure::new(404, "NotFound", message).of(resource, resource.plural, name)
    }

    /// 404 of a path that is not served.
    pub fn no_such_path() -> Self {
        Failure::new(404, "NotFound", "the server could not find the requested resource")
    }

    /// 409: it is there already.
    pub fn already_exists(resource: &Resource, name: &str) -> Self {
        let message = format!("{} {name:?} already exists", resource.qualified());
        Failure::new(409, "AlreadyExists", message).of(resource, resource.plural, name)
    }

    /// 409: it is not the object, or the version of it, that the writer thought.
    pub fn conflict(resource: &Resource, name: &str, why: impl std::fmt::Display) -> Self {
        let message = format!("Operation cannot be fulfilled on {} {name:?}: {why}", resource.qualified());
        Failure::new(409, "Conflict", message).of(resource, resource.plural, name)
    }

    /// 409 of a write with an old `resourceVersion`.
    pub fn modified(resource: &Resource, name: &str) -> Self {
        const WHY: &str =
            "the object has been modified; please apply your changes to the latest version and try again";
        Failure::conflict(resource, name, WHY)
    }

    /// 403.
    pub fn forbidden(resource: &Resource, name: Option<&str>, why: impl std::fmt::Display) -> Self {
        let message = match name {
            Some(name) => format!("{} {name:?} is forbidden: {why}", resource.qualified()),
            None => format!("{} is forbidden: {why}", resource.qualified()),
        };
        Failure::new(403, "Forbidden", message).of(resource, resource.plural, name.unwrap_or_default())
    }

    /// 422: a field has a value that it may not have.
    pub fn invalid(resource: &Resource, name: &str, why: impl std::fmt::Display) -> Self {
        let message = format!("{} {name:?} is invalid: {why}", resource.qualified_kind());
        Failure::new(422, "Invalid", message).of(resource, resource.kind, name)
    }

    /// 400.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Failure::new(400, "BadRequest", message)
    }

    /// 410 of a resource version that history does not reach back to.
    pub fn expired(revision: u64, oldest: u64) -> Self {
        Failure::new(410, "Expired", format!("too old resource version: {revision} ({oldest})"))
    }

    /// 504 of a read that asks for a version that is still to come (apiserver `pkg/storage/errors.go`).
    pub fn too_large_version(revision: u64, head: u64) -> Self {
        let message = format!("Too large resource version: {revision}, current: {head}");
        Failure { retry_after_seconds: Some(1), ..Failure::new(504, "Timeout", message) }
    }

    /// 500.
    pub fn internal(why: impl std::fmt::Display) -> Self {
        Failure::new(500, "InternalError", format!("Internal error occurred: {why}"))
    }

    /// 429.
    pub fn too_many_requests(retry_after_seconds: u32) -> Self {
        let message = "Too many requests, please try again later.";
        Failure {
            retry_after_seconds: Some(retry_after_seconds),
            ..Failure::new(429, "TooManyRequests", message)
        }
    }

    /// 503.
    pub fn unavailable() -> Self {
        Failure::new(503, "ServiceUnavailable", "the server is currently unable to handle the request")
    }

    /// 401.
    pub fn unauthorized() -> Self {
        Failure::new(401, "Unauthorized", "Unauthorized")
    }

    /// The `Status` object.
    pub(super) fn status(&self) -> Value {
        let mut status = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "code": self.code,
        });
        if self.object.is_none() && self.retry_after_seconds.is_none() {
            return status;
        }
        let mut details = serde_json::Map::new();
        if let Some(FailedObject { group, kind, name }) = self.object.as_deref() {
            let fields = [("name", name), ("group", group), ("kind", kind)];
            for (field, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
                details.insert(field.to_owned(), json!(value));
            }
        }
        if let Some(seconds) = self.retry_after_seconds {
            details.insert("retryAfterSeconds".to_owned(), json!(seconds));
        }
        status["details"] = Value::Object(details);
        status
    }
}

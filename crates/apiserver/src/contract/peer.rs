//! Plain requests of one user.

use http::Method;
use kube::Client;
use kube::core::WatchEvent;
use serde_json::Value;

use super::{Failure, Outcome};

/// One user of the server.
#[derive(Clone)]
pub(super) struct Peer(Client);

/// What a patch is.
const STRATEGIC: &str = "application/strategic-merge-patch+json";

/// A watch under way.
pub(super) type Events = futures::stream::BoxStream<'static, Result<WatchEvent<Value>, kube::Error>>;

impl Peer {
    pub(super) fn new(client: Client) -> Self {
        Peer(client)
    }

    pub(super) async fn get(&self, path: &str) -> Result<Value, kube::Error> {
        self.request(Method::GET, path, &Value::Null).await
    }

    pub(super) async fn create(&self, path: &str, object: &Value) -> Result<Value, kube::Error> {
        self.request(Method::POST, path, object).await
    }

    pub(super) async fn replace(&self, path: &str, object: &Value) -> Result<Value, kube::Error> {
        self.request(Method::PUT, path, object).await
    }

    /// A strategic merge patch.
    pub(super) async fn patch(&self, path: &str, patch: &Value) -> Result<Value, kube::Error> {
        self.request(Method::PATCH, path, patch).await
    }

    pub(super) async fn delete(&self, path: &str, options: &Value) -> Result<Value, kube::Error> {
        self.request(Method::DELETE, path, options).await
    }

    pub(super) async fn watch(&self, path: &str) -> Result<Events, kube::Error> {
        let request = http::Request::get(path).body(Vec::new()).map_err(kube::Error::HttpError)?;
        Ok(Box::pin(self.0.request_events(request).await?))
    }

    async fn request(&self, method: Method, path: &str, body: &Value) -> Result<Value, kube::Error> {
        let content_type = if method == Method::PATCH { STRATEGIC } else { "application/json" };
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header(http::header::CONTENT_TYPE, content_type)
            .header(http::header::ACCEPT, "application/json");
        self.0.request(request.body(body).map_err(kube::Error::HttpError)?).await
    }
}

/// The request must have been refused with this code and reason.
pub(super) fn refused<T: std::fmt::Debug>(
    what: &str,
    result: Result<T, kube::Error>,
    code: u16,
    reason: &str,
) -> Outcome {
    match result {
        Err(kube::Error::Api(status)) if status.code == code && status.reason == reason => Ok(()),
        other => Err(Failure::new(format!("{what}: {other:?} instead of {code} {reason}"))),
    }
}

/// The reason of a refusal; empty for anything else.
pub(super) fn reason(error: &kube::Error) -> &str {
    match error {
        kube::Error::Api(status) => &status.reason,
        _ => "",
    }
}

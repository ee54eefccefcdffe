//! Asking the running kubelet over its local socket.

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Incoming;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use k8s_openapi::api::core::v1::Pod;
use serde::Deserialize;
use serde_json::Value;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UnixStream;
use types::Event;

/// How long the kubelet may take to begin an answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// An answer held in memory is at most this long; hundreds of pods are a few megabytes.
const MAX_ANSWER_BYTES: usize = 256 * 1024 * 1024;

/// The kubelet could not be asked, or said no.
#[derive(Debug, thiserror::Error)]
pub(super) enum ClientError {
    #[error("there is no kubelet's socket at {}: is the kubelet running, and with this --root-dir?", path.display())]
    NoSocket { path: PathBuf },
    #[error("nobody answers at {}: the kubelet that made this socket has ended", path.display())]
    NobodyThere { path: PathBuf },
    #[error("permission denied for {}: only root may ask the kubelet (try sudo)", path.display())]
    Denied { path: PathBuf },
    #[error("cannot connect to {}", path.display())]
    Connect {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the kubelet did not answer within {} s", ANSWER_TIMEOUT.as_secs())]
    TimedOut,
    #[error("the kubelet ended the conversation")]
    Protocol(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the kubelet's answer cannot be read")]
    Parse(#[source] serde_json::Error),
    /// The kubelet's own words.
    #[error("{message}")]
    Api { message: String },
}

/// What the kubelet says when it cannot do what was asked.
#[derive(Deserialize)]
struct Status {
    message: String,
}

#[derive(Deserialize)]
struct List<T> {
    items: Vec<T>,
}

/// Where to ask; one connection per question.
#[derive(Debug)]
pub(super) struct Client {
    socket: PathBuf,
}

impl Client {
    pub(super) fn new(root_dir: &Path) -> Self {
        Self { socket: root_dir.join(server::local::SOCKET_NAME) }
    }

    /// All pods, in the directory's order.
    pub(super) async fn pods(&self) -> Result<Vec<Arc<Pod>>, ClientError> {
        let list: List<Pod> = self.get("/v1/pods").await?;
        Ok(list.items.into_iter().map(Arc::new).collect())
    }

    /// Recent events, oldest first.
    pub(super) async fn events(&self) -> Result<Vec<Event>, ClientError> {
        let list: List<Event> = self.get("/v1/events").await?;
        Ok(list.items)
    }

    /// One JSON answer, as it is.
    pub(super) async fn json(&self, path: &str) -> Result<Value, ClientError> {
        self.get(path).await
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        let body = self.open(path).await?.into_body();
        let body = tokio::time::timeout(ANSWER_TIMEOUT, Limited::new(body, MAX_ANSWER_BYTES).collect());
        let body = body.await.map_err(|_| ClientError::TimedOut)?.map_err(ClientError::Protocol)?;
        serde_json::from_slice(&body.to_bytes()).map_err(ClientError::Parse)
    }

    /// The beginning of a successful answer, its body still to be read.
    pub(super) async fn open(&self, path: &str) -> Result<Response<Incoming>, ClientError> {
        let response = tokio::time::timeout(ANSWER_TIMEOUT, self.send(path));
        let response = response.await.map_err(|_| ClientError::TimedOut)??;
        if response.status().is_success() {
            return Ok(response);
        }
        let code = response.status();
        let body = Limited::new(response.into_body(), MAX_ANSWER_BYTES).collect();
        let body = body.await.map_err(ClientError::Protocol)?.to_bytes();
        let message = serde_json::from_slice(&body)
            .map(|status: Status| status.message)
            .unwrap_or_else(|_| format!("the kubelet answered {code}"));
        Err(ClientError::Api { message })
    }

    async fn send(&self, path: &str) -> Result<Response<Incoming>, ClientError> {
        let stream = UnixStream::connect(&self.socket).await.map_err(|error| self.cannot_connect(error))?;
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = handshake.map_err(protocol)?;
        // Ends with the connection; its error is also the sender's or the body's.
        tokio::spawn(connection);
        let request = Request::get(path)
            .header(hyper::header::HOST, "kubelet")
            .body(Empty::<Bytes>::new())
            .map_err(protocol)?;
        sender.send_request(request).await.map_err(protocol)
    }

    fn cannot_connect(&self, source: io::Error) -> ClientError {
        let path = self.socket.clone();
        match source.kind() {
            io::ErrorKind::NotFound => ClientError::NoSocket { path },
            io::ErrorKind::ConnectionRefused => ClientError::NobodyThere { path },
            io::ErrorKind::PermissionDenied => ClientError::Denied { path },
            _ => ClientError::Connect { path, source },
        }
    }
}

fn protocol(error: impl std::error::Error + Send + Sync + 'static) -> ClientError {
    ClientError::Protocol(Box::new(error))
}

/// One segment of a path; pod and namespace names need no escaping, but what a user types may.
pub(super) fn segment(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_') {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

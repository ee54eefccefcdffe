//! The read-only API for the node's owner: HTTP/1.1 on a Unix socket that only root may open.
//!
//! | path | answer |
//! |---|---|
//! | `GET /v1/pods` | `core/v1` PodList with full status |
//! | `GET /v1/pods/{namespace}/{name}` | one Pod; a static pod also by the name in its manifest |
//! | `GET /v1/pods/{namespace}/{name}/log` | its log as text ([`LogQuery`]) |
//! | `GET /v1/events` | recent events, `{"items": [...]}`, oldest first |
//! | `GET /metrics` | Prometheus' text format |
//!
//! Errors are `meta/v1` Status objects, with `candidates` where a name was not found. Upstream has no such socket
//! (`docs/differences.md`): users of static pods without an API server had no way to see status, events or logs.

mod events;
mod log;
mod metrics;
mod pods;
mod socket;

pub use log::LogQuery;
pub use socket::{SOCKET_NAME, SocketError};

use crate::connections;
use crate::directory::PodDirectory;
use crate::status::Failure;
use axum::Router;
use axum::routing::get;
use socket::LocalSocket;
use std::path::Path;
use std::sync::Arc;
use tasks::Stop;
use tokio::sync::Semaphore;

/// Log streams served at once. Fewer than connections, so that watchers of logs leave room for `ps`.
const MAX_LOG_STREAMS: usize = 32;

/// What the endpoints share.
#[derive(Clone)]
struct Shared {
    directory: Arc<dyn PodDirectory>,
    registry: prometheus::Registry,
    log_streams: Arc<Semaphore>,
}

/// The local API, its socket open and not served yet.
pub struct LocalApi {
    socket: LocalSocket,
    router: Router,
}

impl LocalApi {
    /// Opens `<root-dir>/kubelet.sock`. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// When the directory is not safe to hold the socket, or another kubelet answers there.
    pub fn bind(
        root_dir: &Path,
        directory: Arc<dyn PodDirectory>,
        registry: prometheus::Registry,
    ) -> Result<Self, SocketError> {
        let socket = LocalSocket::bind(root_dir)?;
        let log_streams = Arc::new(Semaphore::new(MAX_LOG_STREAMS));
        let router = Router::new()
            .route("/v1/pods", get(pods::list))
            .route("/v1/pods/{namespace}/{name}", get(pods::get))
            .route("/v1/pods/{namespace}/{name}/log", get(log::log))
            .route("/v1/events", get(events::list))
            .route("/metrics", get(metrics::metrics))
            .fallback(|| async {
                Failure::not_found("there is no such path; see /v1/pods, /v1/events, /metrics")
            })
            .with_state(Shared { directory, registry, log_streams });
        Ok(Self { socket, router })
    }

    /// Serves until `stop`, then removes the socket.
    pub async fn run(self, stop: Stop) {
        connections::serve(self.socket, self.router, stop).await;
    }
}

#[cfg(test)]
mod tests;

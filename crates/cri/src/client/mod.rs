//! The gRPC client: one lazy connection to a Unix socket, a deadline for every call, typed errors, metrics.
//!
//! ```text
//! method of a trait ─▶ call: deadline, metrics, error ─▶ generated client ─▶ link: HTTP/2, back-off ─▶ unix socket
//! ```
//!
//! Connecting happens at the first call and again after the connection broke; while the runtime is away calls fail at
//! once with `Unavailable`. Nothing is retried here: the caller knows whether that is right.

mod call;
mod connect;
mod deadlines;
mod endpoint;
mod link;
mod socket;

mod checkpoints;
mod containers;
mod images;
mod sandboxes;
mod state;
mod stats;
mod streaming;

#[cfg(test)]
mod tests;

pub use connect::ConnectionFailed;
pub use deadlines::{DEFAULT_REQUEST_TIMEOUT, Deadlines};
pub use endpoint::EndpointError;

use std::sync::Arc;
use std::time::Duration;

use crate::Metrics;
use link::Link;

/// Largest message in either direction, as upstream's client has it (`cri-client/pkg/utils.go`).
pub const MAX_MESSAGE_BYTES: usize = 16 << 20;

/// How a [`Client`] behaves.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// `runtimeRequestTimeout`: the base of all deadlines.
    pub request_timeout: Duration,
    /// Where calls are counted, if anywhere.
    pub metrics: Option<Metrics>,
}

impl Default for ClientOptions {
    fn default() -> Self {
        ClientOptions { request_timeout: DEFAULT_REQUEST_TIMEOUT, metrics: None }
    }
}

/// A container runtime behind a Unix socket. Clones share one connection.
#[derive(Debug, Clone)]
pub struct Client {
    link: Link,
    endpoint: Arc<str>,
    deadlines: Deadlines,
    metrics: Option<Metrics>,
}

impl Client {
    /// A client for `endpoint`, `unix:///path` or a plain absolute path, with default options. Does not connect yet; must be
    /// called within a tokio runtime.
    pub fn connect(endpoint: &str) -> Result<Self, EndpointError> {
        Self::with_options(endpoint, ClientOptions::default())
    }

    /// The same with options.
    pub fn with_options(endpoint: &str, options: ClientOptions) -> Result<Self, EndpointError> {
        let path = endpoint::socket_path(endpoint)?;
        Ok(Client {
            link: Link::new(path),
            endpoint: endpoint.into(),
            deadlines: Deadlines::new(options.request_timeout),
            metrics: options.metrics,
        })
    }

    /// The endpoint as it was given.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }
}

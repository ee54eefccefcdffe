//! What the generated clients send on: one connection, made when it is needed.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use http_body_util::BodyExt;
use http2::{Connection, Settings, Unanswered};
use tokio::sync::Semaphore;
use tonic::codegen::{Service, StdError, http};

use super::connect::{Backoff, ConnectionFailed, open};
use super::socket::Socket;

/// Error texts travel in headers. A failed pull can be long.
const MAX_HEADER_BYTES: u32 = 1 << 20;

/// Connections that a call is tried on that could not be sent, as the one before had just ended.
const FURTHER_CONNECTIONS: u32 = 1;

/// Sends requests to the socket at a path. Clones share the connection.
#[derive(Debug, Clone)]
pub(super) struct Link(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    backoff: Mutex<Option<Backoff>>,
    /// Held for look-ups only.
    connection: Mutex<Option<Connection>>,
    /// Who holds it may dial.
    turn: Semaphore,
}

impl Link {
    /// Connects at the first request.
    pub(super) fn new(path: PathBuf) -> Self {
        Link(Arc::new(Shared {
            path,
            backoff: Mutex::default(),
            connection: Mutex::default(),
            turn: Semaphore::new(1),
        }))
    }
}

impl Shared {
    fn live(&self) -> Option<Connection> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        connection.as_ref().filter(|connection| !connection.is_over()).cloned()
    }

    /// The connection, a new one if there is none.
    async fn connection(&self) -> Result<Connection, StdError> {
        if let Some(connection) = self.live() {
            return Ok(connection);
        }
        let _turn = self.turn.acquire().await?;
        if let Some(connection) = self.live() {
            return Ok(connection);
        }
        let socket = open(&self.path, &self.backoff).await?;
        let socket = Socket::new(socket).map_err(|error| ConnectionFailed::new(&self.path, &error))?;
        let settings = Settings { max_header_bytes: MAX_HEADER_BYTES, keep_alive: None };
        let (connection, driver) = http2::connect(socket, settings).await?;
        tokio::spawn(async move {
            if let Err(error) = driver.await {
                tracing::debug!(%error, "The connection to the container runtime broke");
            }
        });
        *self.connection.lock().unwrap_or_else(PoisonError::into_inner) = Some(connection.clone());
        Ok(connection)
    }

    async fn send(
        &self,
        request: http::Request<tonic::body::Body>,
    ) -> Result<http::Response<http2::Incoming>, StdError> {
        let (head, body) = request.into_parts();
        // A call has one message, which is written before it is sent.
        let mut request = http::Request::from_parts(head, body.collect().await?.to_bytes());
        let mut attempt = 0;
        loop {
            match self.connection().await?.send(request).await {
                Ok(response) => return Ok(response),
                Err(Unanswered::Unsent(unsent, _)) if attempt < FURTHER_CONNECTIONS => request = *unsent,
                Err(unanswered) => return Err(http2::Error::from(unanswered).into()),
            }
            attempt += 1;
        }
    }
}

impl Service<http::Request<tonic::body::Body>> for Link {
    type Response = http::Response<http2::Incoming>;
    type Error = StdError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, StdError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), StdError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<tonic::body::Body>) -> Self::Future {
        let shared = Arc::clone(&self.0);
        Box::pin(async move { shared.send(request).await })
    }
}

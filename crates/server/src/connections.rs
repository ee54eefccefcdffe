//! Accepting connections and serving HTTP/1.1 on them, with every bound in one place.

use axum::Router;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tasks::Stop;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tower::ServiceExt;

/// Connections served at once by one server; further ones wait in the kernel's accept queue.
pub(crate) const MAX_CONNECTIONS: usize = 64;
/// Bytes of a request's head, and of what is buffered of a connection. hyper's smallest is 8 KiB.
const MAX_BUFFER_BYTES: usize = 16 * 1024;
/// How long a client may take for a request's head, and how long an idle connection is kept.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection may live in all, unless an endpoint lifts the bound (a followed log).
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(60);
/// The pause after a failed `accept` (out of descriptors), so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A listening socket of either kind.
pub(crate) trait Listener: Send + 'static {
    /// A connection.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// The next connection; `None` for one that was turned away.
    fn accept(&mut self) -> impl Future<Output = io::Result<Option<Self::Stream>>> + Send;
}

/// Given to each request as an extension: lets an endpoint that answers for as long as its client listens lift
/// [`CONNECTION_TIMEOUT`].
#[derive(Clone, Debug, Default)]
pub(crate) struct ConnectionBound(Arc<AtomicBool>);

impl ConnectionBound {
    /// This connection may last.
    pub(crate) fn lift(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_lifted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Serves `router` until `stop`; connections under way are then dropped (nothing here changes anything).
pub(crate) async fn serve<L: Listener>(mut listener: L, router: Router, stop: Stop) {
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let slot = tokio::select! {
            biased;
            () = stop.requested() => return,
            Some(_) = connections.join_next() => continue,
            slot = Arc::clone(&slots).acquire_owned() => slot.expect("the semaphore is never closed"),
        };
        let stream = tokio::select! {
            biased;
            () = stop.requested() => return,
            accepted = listener.accept() => accepted,
        };
        match stream {
            Ok(Some(stream)) => {
                let router = router.clone();
                connections.spawn(async move {
                    serve_connection(stream, router).await;
                    drop(slot);
                });
            }
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(error = %error, "A connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn serve_connection<S>(stream: S, router: Router)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let bound = ConnectionBound::default();
    let for_requests = bound.clone();
    let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(for_requests.clone());
        router.clone().oneshot(request)
    });
    let mut connection = std::pin::pin!(
        http1::Builder::new()
            .max_buf_size(MAX_BUFFER_BYTES)
            .header_read_timeout(HEAD_TIMEOUT)
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(stream), service)
    );
    let in_time = tokio::time::timeout(CONNECTION_TIMEOUT, connection.as_mut()).await;
    let outcome = match in_time {
        Ok(outcome) => outcome,
        Err(_) if bound.is_lifted() => connection.await,
        Err(_) => return,
    };
    if let Err(error) = outcome {
        tracing::debug!(error = %error, "A connection ended early");
    }
}

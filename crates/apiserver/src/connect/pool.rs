//! HTTP/2 connections to one server.
//!
//! Go's transport opens a further connection when the server's limit of streams (100 in kube-apiserver) is
//! reached, and so does this: a node with a hundred watches would otherwise never send a heartbeat again.
//! One connection is dialled at a time, so that an outage does not end in a hundred handshakes. A server without
//! HTTP/2 (an HTTP/1.1 load balancer, plain http) is served by hyper's own pool.

use super::answer::Answer;
use super::protocol::Protocol;
use super::tls::Connector;
use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use http2::{Connection as Http2, KeepAlive, Settings, Unanswered};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::Connection as _;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use kube::client::Body;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower::{BoxError, Service};

/// Headers of an answer are few and short.
const MAX_HEADER_BYTES: u32 = 16 * 1024;
/// TCP and TLS together, and what comes before the first request.
const DIAL_DEADLINE: Duration = Duration::from_secs(20);
/// An HTTP/1.1 connection that nobody used for so long is closed, as Go's are.
const IDLE_HTTP1: Duration = Duration::from_secs(90);
/// A request that was never sent, because its connection had just ended, is tried on so many more.
const FURTHER_CONNECTIONS: u32 = 2;

/// The connections, and how to make more.
pub(super) struct Pool {
    server: Uri,
    /// Signs of life that HTTP/2 connections are asked for.
    keep_alive: Option<KeepAlive>,
    /// Held for look-ups only.
    state: Mutex<State>,
    /// Who holds it may dial.
    turn: Semaphore,
}

struct State {
    connector: Connector,
    /// Counts renewals: what was dialled before one is not kept after it.
    generation: u64,
    connections: Vec<Connection>,
    /// Set once the server turned out not to speak HTTP/2.
    http1: Option<Http1>,
}

type Http1 = Arc<legacy::Client<Connector, Full<Bytes>>>;

struct Connection {
    http2: Http2,
    /// As many clones are out as streams are taken.
    streams: Arc<()>,
    left: CancellationToken,
    /// Whatever is under way on it ends when this does.
    broken: CancellationToken,
}

/// What a request is sent on.
enum Lease {
    Http2 { connection: Http2, stream: Arc<()>, left: CancellationToken },
    Http1(Http1),
}

/// Whether an answer ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It ends soon.
    Ordinary,
    /// It goes on until the connection is left.
    Watch,
}

impl Pool {
    /// No connection yet; they are made to `server` as they are needed.
    pub(super) fn new(server: &Uri, connector: Connector, protocol: Protocol) -> Self {
        let state = State { connector, generation: 0, connections: Vec::new(), http1: None };
        let keep_alive = match protocol {
            Protocol::Http1 => None,
            Protocol::Http2(keep_alive) => keep_alive,
        };
        Self { server: server.clone(), keep_alive, state: Mutex::new(state), turn: Semaphore::new(1) }
    }

    /// Leaves all connections, and makes the next ones with `connector`. Watches end as if the server had ended
    /// them; other requests are answered on the old connection.
    pub(super) fn renew(&self, connector: Connector) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.connector = connector;
        state.generation += 1;
        state.http1 = None;
        for connection in state.connections.drain(..) {
            connection.left.cancel();
        }
    }

    /// Closes all connections, whatever is under way on them: nobody answers there any more. Returns how many there were.
    pub(super) fn abandon(&self) -> usize {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.generation += 1;
        let count = state.connections.len() + usize::from(state.http1.take().is_some());
        for connection in state.connections.drain(..) {
            connection.left.cancel();
            connection.broken.cancel();
        }
        count
    }

    /// Sends a request whose URI is absolute.
    pub(super) async fn send(
        &self,
        request: Request<Body>,
        kind: Kind,
    ) -> Result<Response<Answer>, BoxError> {
        let (head, body) = request.into_parts();
        // Bodies of requests are written before they are sent.
        let mut request = Request::from_parts(head, body.collect().await?.to_bytes());
        let mut attempt = 0;
        loop {
            match self.lease().await? {
                Lease::Http1(client) => {
                    let response = client.request(request.map(Full::new)).await?;
                    return Ok(response.map(|body| Answer::new(body.into(), None, None)));
                }
                Lease::Http2 { connection, stream, left } => match connection.send(request).await {
                    Ok(response) => {
                        let left = (kind == Kind::Watch).then(|| left.cancelled_owned());
                        return Ok(response.map(|body| Answer::new(body.into(), Some(stream), left)));
                    }
                    Err(Unanswered::Unsent(unsent, _)) if attempt < FURTHER_CONNECTIONS => {
                        request = *unsent;
                        attempt += 1;
                    }
                    Err(unanswered) => return Err(http2::Error::from(unanswered).into()),
                },
            }
        }
    }

    /// A free stream, on a new connection if there is none.
    async fn lease(&self) -> Result<Lease, BoxError> {
        loop {
            if let Some(lease) = self.free() {
                return Ok(lease);
            }
            let _turn = self.turn.acquire().await?;
            if let Some(lease) = self.free() {
                return Ok(lease);
            }
            match tokio::time::timeout(DIAL_DEADLINE, self.dial()).await {
                Ok(dialled) => dialled?,
                Err(_) => return Err(format!("no connection to {} in time", self.server).into()),
            }
        }
    }

    fn free(&self) -> Option<Lease> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = &state.http1 {
            return Some(Lease::Http1(client.clone()));
        }
        state.connections.retain(|connection| !connection.http2.is_over());
        // The server tells its limit at the beginning, and may change it at any time.
        let is_free = |connection: &&Connection| {
            Arc::strong_count(&connection.streams) <= connection.http2.max_streams()
        };
        let free = state.connections.iter().find(is_free)?;
        Some(Lease::Http2 {
            connection: free.http2.clone(),
            stream: free.streams.clone(),
            left: free.left.clone(),
        })
    }

    /// Makes a connection, or finds that the server does not speak HTTP/2.
    async fn dial(&self) -> Result<(), BoxError> {
        let (mut connector, generation) = {
            let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            (state.connector.clone(), state.generation)
        };
        std::future::poll_fn(|context| connector.poll_ready(context)).await?;
        let stream = connector.call(self.server.clone()).await?;
        if !stream.connected().is_negotiated_h2() {
            let client = legacy::Client::builder(TokioExecutor::new())
                .timer(TokioTimer::new())
                .pool_timer(TokioTimer::new())
                .pool_idle_timeout(IDLE_HTTP1)
                .build(connector);
            self.keep(generation, |state| state.http1 = Some(Arc::new(client)));
            return Ok(());
        }
        let settings = Settings { max_header_bytes: MAX_HEADER_BYTES, keep_alive: self.keep_alive };
        let (http2, driver) = http2::connect(TokioIo::new(stream), settings).await?;
        let (left, broken) = (CancellationToken::new(), CancellationToken::new());
        let until = broken.clone();
        tokio::spawn(async move {
            if let Some(Err(error)) = until.run_until_cancelled(driver).await {
                tracing::debug!(error = %types::error::chain(&error), "A connection to the API server broke");
            }
        });
        let connection = Connection { http2, streams: Arc::new(()), left, broken };
        self.keep(generation, |state| state.connections.push(connection));
        Ok(())
    }

    /// Keeps what was dialled, unless the connections were renewed meanwhile.
    fn keep(&self, generation: u64, keep: impl FnOnce(&mut State)) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.generation == generation {
            keep(&mut state);
        }
    }
}

//! Making a connection, and sending requests on it.

use crate::keep_alive::until_silent;
use crate::{Error, Incoming, KeepAlive, Unanswered};
use bytes::Bytes;
use futures::future::pending;
use h2::client::{Builder, SendRequest};
use http::header::CONTENT_LENGTH;
use http::{HeaderValue, Method, Request, Response};
use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::{AsyncRead, AsyncWrite};

/// What the server may send before it waits for us, of one answer and of all: a list of many pods comes without a pause.
const STREAM_WINDOW: u32 = 2 * 1024 * 1024;
const CONNECTION_WINDOW: u32 = 5 * 1024 * 1024;

/// Streams that are opened before the server has told its own limit.
const FIRST_STREAMS: usize = 100;

/// How a connection behaves.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The headers of an answer may be so large, all together.
    pub max_header_bytes: u32,
    /// Signs of life, if any.
    pub keep_alive: Option<KeepAlive>,
}

/// A connection. Clones share it.
#[derive(Clone, Debug)]
pub struct Connection {
    sender: SendRequest<Bytes>,
    is_over: Arc<AtomicBool>,
}

/// Notes that the driver is gone.
struct Over(Arc<AtomicBool>);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Speaks HTTP/2 on `stream`. Returns the connection and its driver.
///
/// # Errors
/// [`Error`] when the stream is closed meanwhile.
pub async fn connect<Stream>(
    stream: Stream,
    settings: Settings,
) -> Result<(Connection, impl Future<Output = Result<(), Error>>), Error>
where
    Stream: AsyncRead + AsyncWrite + Unpin,
{
    let mut builder = Builder::new();
    builder
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .initial_max_send_streams(FIRST_STREAMS)
        .max_header_list_size(settings.max_header_bytes)
        .enable_push(false);
    let (sender, mut connection) = builder.handshake::<_, Bytes>(stream).await?;
    let signs = connection.ping_pong().zip(settings.keep_alive);
    let is_over = Arc::new(AtomicBool::new(false));
    let over = Over(is_over.clone());
    let driver = async move {
        let _over = over;
        let silence = async {
            match signs {
                Some((signs, keep_alive)) => until_silent(signs, keep_alive).await,
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            ended = connection => ended.map_err(Error::from),
            error = silence => Err(error),
        }
    };
    Ok((Connection { sender, is_over }, driver))
}

impl Connection {
    /// Whether nothing can be sent any more.
    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// How many requests the server answers at a time. Beyond it they wait.
    pub fn max_streams(&self) -> usize {
        self.sender.current_max_send_streams()
    }

    /// Sends a request with an absolute URI. Its stream is given up when this is dropped.
    ///
    /// # Errors
    /// [`Unanswered`].
    pub async fn send(&self, request: Request<Bytes>) -> Result<Response<Incoming>, Unanswered> {
        let mut sender = self.sender.clone();
        if let Err(error) = poll_fn(|context| sender.poll_ready(context)).await {
            return Err(Unanswered::Unsent(Box::new(request), error.into()));
        }
        let (mut head, body) = request.into_parts();
        // As Go does: what has a body tells its size, if that is none as well.
        if !body.is_empty() || matches!(head.method, Method::POST | Method::PUT | Method::PATCH) {
            head.headers.entry(CONTENT_LENGTH).or_insert_with(|| HeaderValue::from(body.len()));
        }
        let sent = sender.send_request(Request::from_parts(head, ()), body.is_empty());
        let (answer, mut stream) = sent.map_err(|error| Unanswered::Sent(error.into()))?;
        if !body.is_empty() {
            // Kept by `h2` until the server takes it; with the headers, if it does so at once.
            stream.send_data(body, true).map_err(|error| Unanswered::Sent(error.into()))?;
        }
        let answer = answer.await.map_err(|error| Unanswered::Sent(error.into()))?;
        Ok(answer.map(Incoming::new))
    }
}

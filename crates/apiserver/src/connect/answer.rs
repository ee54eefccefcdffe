//! The body of an answer, which holds its place on the connection until it is read.

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio_util::sync::WaitForCancellationFutureOwned;
use tower::BoxError;

/// A body, by the protocol that it comes with.
pub(super) enum Incoming {
    /// On a stream of a connection.
    Http2(http2::Incoming),
    /// On a connection of its own.
    Http1(hyper::body::Incoming),
}

impl From<http2::Incoming> for Incoming {
    fn from(body: http2::Incoming) -> Self {
        Self::Http2(body)
    }
}

impl From<hyper::body::Incoming> for Incoming {
    fn from(body: hyper::body::Incoming) -> Self {
        Self::Http1(body)
    }
}

/// A body that comes from a connection.
pub(super) struct Answer {
    body: Incoming,
    /// Counts the stream as taken.
    _stream: Option<Arc<()>>,
    /// Ends the body, as if the server had, when the connection is to be left: for watches, which would hold
    /// it for ever.
    left: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
}

impl Answer {
    pub(super) fn new(
        body: Incoming,
        stream: Option<Arc<()>>,
        left: Option<WaitForCancellationFutureOwned>,
    ) -> Self {
        Self { body, _stream: stream, left: left.map(Box::pin) }
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Some(left) = &mut self.left
            && left.as_mut().poll(context).is_ready()
        {
            return Poll::Ready(None);
        }
        match &mut self.body {
            Incoming::Http2(body) => Pin::new(body).poll_frame(context).map_err(Into::into),
            Incoming::Http1(body) => Pin::new(body).poll_frame(context).map_err(Into::into),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.body {
            Incoming::Http2(body) => body.is_end_stream(),
            Incoming::Http1(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.body {
            Incoming::Http2(body) => body.size_hint(),
            Incoming::Http1(body) => body.size_hint(),
        }
    }
}

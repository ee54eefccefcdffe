//! The body of an answer, which holds its place on the connection until it is read.

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio_util::sync::WaitForCancellationFutureOwned;

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
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        if let Some(left) = &mut self.left
            && left.as_mut().poll(context).is_ready()
        {
            return Poll::Ready(None);
        }
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

//! What can go wrong on a connection.

use bytes::Bytes;
use http::Request;

/// The connection, or a stream on it, is of no use any more.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// HTTP/2 itself, or the socket below.
    #[error(transparent)]
    Protocol(#[from] h2::Error),
    /// The server did not answer a sign of life.
    #[error("the server is silent")]
    Silent,
}

/// Why a request has no answer.
#[derive(Debug)]
pub enum Unanswered {
    /// It was not sent: another connection may take it.
    Unsent(Box<Request<Bytes>>, Error),
    /// It was sent, or begun.
    Sent(Error),
}

impl From<Unanswered> for Error {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::Unsent(_, error) | Unanswered::Sent(error) => error,
        }
    }
}

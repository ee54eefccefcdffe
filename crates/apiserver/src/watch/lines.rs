//! The body of a watch, cut into lines.

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use kube::client::Body;
use std::time::Duration;
use tokio::time::Instant;

/// One event may be so long. etcd refuses objects above 1.5 MiB; as JSON they can be a few times larger.
const MAX_LINE_BYTES: usize = 16 * 1024 * 1024;
/// How much longer than promised the server may keep a watch open before its connection counts as dead.
const GRACE: Duration = Duration::from_secs(30);

/// Lines of one watch.
pub(crate) struct Lines {
    body: Body,
    buffer: BytesMut,
    /// Up to here the buffer has no line end.
    scanned: usize,
    end: Instant,
}

/// Why there are no more lines.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LineError {
    /// The connection broke.
    #[error("{0}")]
    Broken(#[from] kube::Error),
    /// Longer than anything an API server sends.
    #[error("an event is longer than {MAX_LINE_BYTES} bytes")]
    TooLong,
    /// The server did not end the watch when it had promised.
    #[error("the server did not end the watch in time")]
    Overdue,
}

impl Lines {
    /// Lines of `body`, which the server ends after `seconds`.
    pub(crate) fn new(body: Body, seconds: u32) -> Self {
        let end = Instant::now() + Duration::from_secs(u64::from(seconds)) + GRACE;
        Self { body, buffer: BytesMut::new(), scanned: 0, end }
    }

    /// The next line without its end, or `None` when the server ended the watch. Nothing is lost when this
    /// is dropped.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, LineError> {
        loop {
            if let Some(position) = self.buffer[self.scanned..].iter().position(|byte| *byte == b'\n') {
                let length = self.scanned + position;
                let line = self.buffer.split_to(length + 1);
                self.scanned = 0;
                if self.buffer.is_empty() {
                    // The memory goes with the line, instead of being kept for the next one.
                    self.buffer = BytesMut::new();
                }
                return Ok(Some(line.freeze().slice(..length)));
            }
            self.scanned = self.buffer.len();
            if self.buffer.len() > MAX_LINE_BYTES {
                return Err(LineError::TooLong);
            }
            match tokio::time::timeout_at(self.end, self.body.frame()).await {
                Err(_) => return Err(LineError::Overdue),
                // A line without an end was cut off, and will be sent again.
                Ok(None) => return Ok(None),
                Ok(Some(frame)) => {
                    if let Ok(data) = frame?.into_data() {
                        self.buffer.extend_from_slice(&data);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
#[path = "lines_tests.rs"]
mod tests;

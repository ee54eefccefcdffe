//! The connection: a Unix socket, opened when needed, with back-off while the runtime is away.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::net::UnixStream;
use tokio::time::Instant;

/// Bounds of the back-off and of one attempt, as upstream's client has them.
const BACKOFF_FIRST: Duration = Duration::from_millis(100);
const BACKOFF_LAST: Duration = Duration::from_secs(3);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The socket could not be opened. In the words of the Go client, because they reach users.
#[derive(Debug, Clone, thiserror::Error)]
#[error("connection error: desc = \"transport: Error while dialing: dial unix {}: {reason}\"", path.display())]
pub struct ConnectionFailed {
    path: PathBuf,
    reason: String,
}

/// When the next attempt may be made, and why the last one failed.
#[derive(Debug)]
pub(super) struct Backoff {
    delay: Duration,
    until: Instant,
    failure: ConnectionFailed,
}

impl ConnectionFailed {
    pub(super) fn new(path: &Path, error: &io::Error) -> Self {
        ConnectionFailed { path: path.to_owned(), reason: format!("connect: {}", reason(error)) }
    }
}

/// Opens the socket, or fails at once with the last failure while its back-off lasts.
pub(super) async fn open(
    path: &Path,
    backoff: &Mutex<Option<Backoff>>,
) -> Result<UnixStream, ConnectionFailed> {
    let last = lock(backoff).take();
    let delay = match last {
        Some(last) if Instant::now() < last.until => {
            let failure = last.failure.clone();
            *lock(backoff) = Some(last);
            return Err(failure);
        }
        Some(last) => (last.delay * 2).min(BACKOFF_LAST),
        None => BACKOFF_FIRST,
    };
    let reason = match tokio::time::timeout(CONNECT_TIMEOUT, UnixStream::connect(path)).await {
        Ok(Ok(stream)) => return Ok(stream),
        Ok(Err(error)) => reason(&error),
        Err(_elapsed) => "i/o timeout".to_owned(),
    };
    let failure = ConnectionFailed { path: path.to_owned(), reason: format!("connect: {reason}") };
    *lock(backoff) = Some(Backoff { delay, until: Instant::now() + delay, failure: failure.clone() });
    Err(failure)
}

fn lock(backoff: &Mutex<Option<Backoff>>) -> std::sync::MutexGuard<'_, Option<Backoff>> {
    backoff.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The system's words, as Go has them: lower case, without a number.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

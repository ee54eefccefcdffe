//! A token in a file, which is read again every minute: `client-go/transport/token_source.go`, release 1.37.

use super::bearer;
use http::HeaderValue;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long what was read is believed: the file is good for a minute, and given up 10 s before.
const FRESH: Duration = Duration::from_secs(50);

/// The file, and what was last in it.
pub(in super::super) struct TokenFile {
    path: PathBuf,
    /// Held for a look, and for reading a small file.
    known: Mutex<Known>,
}

struct Known {
    header: Option<HeaderValue>,
    read_at: Instant,
}

impl TokenFile {
    /// Reads it for the first time. `token` stands in for a file that cannot be read.
    pub(super) fn new(path: PathBuf, token: &str) -> io::Result<Self> {
        let header = match read(&path) {
            Ok(header) => Some(header),
            Err(error) if token.is_empty() => return Err(error),
            Err(_) => bearer(token),
        };
        Ok(Self { path, known: Mutex::new(Known { header, read_at: Instant::now() }) })
    }

    /// The header. A file that cannot be read any more is tried again with the next request; what was in it is used on, for
    /// those who take it away once the kubelet runs.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.read_at.elapsed() >= FRESH {
            match read(&self.path) {
                Ok(header) => *known = Known { header: Some(header), read_at: Instant::now() },
                Err(error) => {
                    tracing::error!(path = %self.path.display(), err = %error, "Unable to rotate token");
                }
            }
        }
        known.header.clone()
    }
}

fn read(path: &std::path::Path) -> io::Result<HeaderValue> {
    let token = std::fs::read_to_string(path)?;
    let token = token.trim();
    if token.is_empty() {
        return Err(io::Error::other("the file is empty"));
    }
    bearer(token).ok_or_else(|| io::Error::other("the token has characters that cannot be sent"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_is_read_again_every_minute() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("token");
        assert!(TokenFile::new(path.clone(), "").is_err(), "no file, no token");
        std::fs::write(&path, "  \n").expect("written");
        assert!(TokenFile::new(path.clone(), "").is_err(), "an empty file");
        let fixed = TokenFile::new(path.clone(), "inline").expect("a token of its own");
        assert_eq!(fixed.header().expect("a header"), "Bearer inline");

        std::fs::write(&path, "one\n").expect("written");
        let file = TokenFile::new(path.clone(), "inline").expect("a token");
        assert_eq!(file.header().expect("a header"), "Bearer one", "the file wins");
        std::fs::write(&path, "two\n").expect("written");
        tokio::time::advance(Duration::from_secs(49)).await;
        assert_eq!(file.header().expect("a header"), "Bearer one");
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(file.header().expect("a header"), "Bearer two");
        std::fs::remove_file(&path).expect("removed");
        tokio::time::advance(Duration::from_secs(600)).await;
        assert_eq!(file.header().expect("a header"), "Bearer two", "used on");
        std::fs::write(&path, "three").expect("written");
        assert_eq!(file.header().expect("a header"), "Bearer three", "as soon as it is there");
    }
}

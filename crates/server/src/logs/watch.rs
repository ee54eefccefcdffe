//! Waiting until a log's directory changes.

use futures::StreamExt;
use inotify::{EventStream, Inotify, WatchMask};
use std::path::Path;
use std::time::Duration;

/// Look this often even when nothing was heard (upstream's `logForceCheckPeriod`).
const FORCED_CHECK: Duration = Duration::from_secs(1);

/// Bytes of events read at once.
const EVENT_BUFFER_BYTES: usize = 4096;

/// A watch on a directory, or just a clock where inotify cannot be had (its instances are limited per user).
pub(super) struct Watch(Option<EventStream<Vec<u8>>>);

impl Watch {
    pub(super) fn new(directory: &Path) -> Self {
        let mask = WatchMask::MODIFY
            | WatchMask::CREATE
            | WatchMask::MOVED_FROM
            | WatchMask::MOVED_TO
            | WatchMask::DELETE;
        let stream = Inotify::init().and_then(|inotify| {
            inotify.watches().add(directory, mask)?;
            inotify.into_event_stream(vec![0; EVENT_BUFFER_BYTES])
        });
        match stream {
            Ok(stream) => Self(Some(stream)),
            Err(error) => {
                tracing::debug!(path = %directory.display(), error = %error, "No inotify for a log; polling");
                Self(None)
            }
        }
    }

    /// Resolves when something changed, or after a second.
    pub(super) async fn changed(&mut self) {
        let Some(stream) = &mut self.0 else {
            return tokio::time::sleep(FORCED_CHECK).await;
        };
        // An end or an error of the stream leaves the clock.
        if let Ok(None | Some(Err(_))) = tokio::time::timeout(FORCED_CHECK, stream.next()).await {
            self.0 = None;
        }
    }
}

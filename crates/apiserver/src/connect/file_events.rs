//! inotify on the directories that hold certificates, and on those that their links lead to.

use super::renewal::Hints;
use futures::StreamExt;
use inotify::{EventStream, Inotify, WatchMask};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Room for a burst of events; what does not fit stays in the kernel's queue.
const BUFFER_BYTES: usize = 4 * 1024;

/// Tells of changes in directories. Without inotify (no instance left) it never does, and the slow look has to do.
pub(super) struct FileEvents(Option<EventStream<Vec<u8>>>);

impl FileEvents {
    /// Watches nothing yet.
    pub(super) fn new() -> Self {
        let stream = Inotify::init().and_then(|inotify| inotify.into_event_stream(vec![0; BUFFER_BYTES]));
        let stream = stream.inspect_err(|error| {
            tracing::warn!(
                err = %error,
                "No inotify for the certificates: changes are found within a minute. Raise fs.inotify.max_user_instances"
            );
        });
        Self(stream.ok())
    }
}

impl Hints for FileEvents {
    async fn changed(&mut self, files: &[PathBuf]) {
        let Some(stream) = &mut self.0 else { return std::future::pending().await };
        let mask = WatchMask::CLOSE_WRITE
            | WatchMask::CREATE
            | WatchMask::MOVED_TO
            | WatchMask::DELETE
            | WatchMask::MOVE_SELF
            | WatchMask::ONLYDIR;
        for directory in directories(files) {
            // Adding a watch that is there already changes nothing; a directory that is gone is found by the slow look.
            let _ = stream.watches().add(directory, mask);
        }
        if stream.next().await.is_none() {
            std::future::pending().await
        }
    }
}

/// Where the files are, and where links lead: a link may be set anew, or the file that it leads to.
fn directories(files: &[PathBuf]) -> BTreeSet<PathBuf> {
    let targets = files.iter().filter_map(|file| file.canonicalize().ok());
    let all: Vec<PathBuf> = files.iter().cloned().chain(targets).collect();
    all.iter().filter_map(|file| file.parent()).map(Path::to_owned).collect()
}

//! inotify on the manifest path, whatever it is at the moment: a directory, a file, or not there yet.

use futures::StreamExt;
use inotify::{EventMask, EventStream, Inotify, WatchMask};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Room for a burst of events; what does not fit stays in the kernel's queue.
const BUFFER_BYTES: usize = 16 * 1024;

/// What to look at again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// One entry of the directory.
    Name(OsString),
    /// A new entry: a link is complete at once, a file only when its writer closes it.
    Created(OsString),
    /// All of it: the kernel lost events, or the path itself came or went.
    Everything,
}

/// The watch. Without inotify (no instance left) it never reports anything, and the rescan has to do.
pub(super) struct Watch {
    path: Option<PathBuf>,
    stream: Option<EventStream<Vec<u8>>>,
    /// The watched directory: the path itself, or its nearest ancestor that exists.
    directory: Option<PathBuf>,
}

impl Watch {
    pub(super) fn open(path: Option<&Path>) -> Self {
        let Some(path) = path else { return Self { path: None, stream: None, directory: None } };
        let stream = Inotify::init().and_then(|inotify| inotify.into_event_stream(vec![0; BUFFER_BYTES]));
        let stream = stream
            .inspect_err(|error| {
                tracing::warn!(
                    err = %error, path = %path.display(),
                    "No inotify for the manifest path: changes are found by the periodic rescan alone. Raise fs.inotify.max_user_instances"
                );
            })
            .ok();
        Self { path: Some(path.to_owned()), stream, directory: None }
    }

    /// Sees to it that what is there now is what is watched.
    pub(super) fn refresh(&mut self) {
        let (Some(stream), Some(path)) = (&self.stream, &self.path) else { return };
        let directory = if path.is_dir() {
            Some(path.clone())
        } else {
            path.ancestors().skip(1).find(|ancestor| ancestor.is_dir()).map(Path::to_owned)
        };
        let Some(directory) = directory else { return };
        let mask = WatchMask::CLOSE_WRITE
            | WatchMask::CREATE
            | WatchMask::MOVED_TO
            | WatchMask::MOVED_FROM
            | WatchMask::DELETE
            | WatchMask::ATTRIB
            | WatchMask::DELETE_SELF
            | WatchMask::MOVE_SELF
            | WatchMask::ONLYDIR;
        // Adding a watch that is there already changes nothing.
        match stream.watches().add(&directory, mask) {
            Ok(_) => self.directory = Some(directory),
            Err(error) => {
                tracing::warn!(err = %error, path = %directory.display(), "Unable to watch the manifest path");
                self.directory = None;
            }
        }
    }

    /// What changed since the last call; waits until something did.
    pub(super) async fn changes(&mut self) -> Vec<Change> {
        let Some(stream) = &mut self.stream else { return std::future::pending().await };
        let is_path_itself = self.directory == self.path;
        loop {
            let mut changes = Vec::new();
            let first = stream.next().await;
            let mut next = Some(first);
            while let Some(event) = next {
                match event {
                    Some(Ok(event)) => changes.extend(change(&event, is_path_itself)),
                    Some(Err(error)) => {
                        tracing::warn!(err = %error, "Reading inotify events failed");
                        changes.push(Change::Everything);
                    }
                    None => return std::future::pending().await,
                }
                next = futures::FutureExt::now_or_never(stream.next());
            }
            if !changes.is_empty() {
                return changes;
            }
        }
    }
}

fn change(event: &inotify::Event<OsString>, is_path_itself: bool) -> Option<Change> {
    let everything = EventMask::Q_OVERFLOW
        | EventMask::DELETE_SELF
        | EventMask::MOVE_SELF
        | EventMask::IGNORED
        | EventMask::UNMOUNT;
    if event.mask.intersects(everything) || !is_path_itself {
        return Some(Change::Everything);
    }
    let name = event.name.as_ref()?;
    if event.mask.contains(EventMask::CREATE) && !event.mask.contains(EventMask::ISDIR) {
        return Some(Change::Created(name.clone()));
    }
    Some(Change::Name(name.clone()))
}

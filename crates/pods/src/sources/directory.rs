//! Manifests in a directory, or in one file.
//!
//! inotify tells of finished writes, renames and removals; a full rescan every `fileCheckFrequency` finds what
//! was missed. A file is read again only when its identity, size or times changed. A file that turned bad keeps
//! the pods of its last good content running. Upstream: `pkg/kubelet/config/file.go`, `file_linux.go`.

mod scan;
#[cfg(test)]
mod tests;
mod watcher;

use super::{NodeIdentity, SourceEvent};
use scan::{REPLACEMENT, Scanner};
use std::path::PathBuf;
use std::time::Duration;
use tasks::{Clock, Stop, watch};
use tokio::sync::mpsc;
use types::PodSource;
use watcher::{Change, Watch};

/// What this source is configured with; may change while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectorySettings {
    /// A directory of manifests, or one manifest, which need not exist yet; `None`: no pods from files.
    pub path: Option<PathBuf>,
    /// Pause between two full rescans.
    pub rescan: Duration,
}

/// The source, before its loop.
#[derive(Clone, Debug)]
pub struct DirectorySource {
    /// Its settings.
    pub settings: watch::Receiver<DirectorySettings>,
    /// Identity of the node.
    pub node: NodeIdentity,
    /// Wall time.
    pub clock: Clock,
}

impl DirectorySource {
    /// Reports until `stop`, or until nobody listens any more.
    pub async fn run(mut self, events: mpsc::Sender<SourceEvent>, stop: Stop) {
        let mut settings = self.settings.borrow_and_update().clone();
        let mut scanner = Scanner::new(settings.path.clone(), self.node.clone(), self.clock);
        let mut watcher = Watch::open(settings.path.as_deref());
        let mut is_synced = false;
        let mut changes = vec![Change::Everything];
        loop {
            watcher.refresh();
            let (back, found) = scan(scanner, std::mem::take(&mut changes)).await;
            scanner = back;
            for event in found {
                if events.send(event).await.is_err() {
                    return;
                }
            }
            if !is_synced {
                is_synced = true;
                if events.send(SourceEvent::Synced(PodSource::File)).await.is_err() {
                    return;
                }
            }
            let pause = if scanner.is_in_doubt() { REPLACEMENT } else { settings.rescan };
            tokio::select! {
                biased;
                () = stop.requested() => return,
                next = watcher.changes() => changes = next,
                Ok(()) = self.settings.changed() => {
                    settings = self.settings.borrow_and_update().clone();
                    scanner.set_path(settings.path.clone());
                    watcher = Watch::open(settings.path.as_deref());
                    changes.push(Change::Everything);
                }
                () = tokio::time::sleep(pause) => changes.push(Change::Everything),
            }
        }
    }
}

/// Reads on the blocking pool: a manifest on a dead network file system holds up this source alone.
async fn scan(mut scanner: Scanner, changes: Vec<Change>) -> (Scanner, Vec<SourceEvent>) {
    tokio::task::spawn_blocking(move || {
        let events = scanner.apply(&changes);
        (scanner, events)
    })
    .await
    .expect("a scan does not panic")
}

//! The last known pods of the API server, for a node that starts while no server can be reached (`--offline-pods`, ours).
//!
//! ```text
//! ApiSource ─▶ OfflinePods ─▶ supervisor
//!                 │  ▲
//!                 ▼  │ nothing heard of the server for a while after the start
//!   <root-dir>/offline_pods/<uid>.json
//! ```
//!
//! Owns the record. Everything that the source tells passes through and is noted down. When the server is not heard of within
//! [`PATIENCE`] of the start, the pods of the record are wanted, each marked with [`OFFLINE_SINCE`]; what the server says later
//! counts, and what it does not have any more is taken down. Pods that need secrets, config maps or tokens still wait for the
//! server. One task.

use super::SourceEvent;
use super::decode::CONFIG_SEEN;
use crate::mirror::identity::{name_of, uid_of};
use host::files::{FileError, Files};
use k8s_openapi::api::core::v1::Pod;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tasks::{Clock, Stop};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use types::error::chain;
use types::{PodSource, PodUid, WantedPod};

/// So long after the start the server is waited for. A list of pods from a server that is there takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// The API server takes no object larger than three mebibytes.
const MAX_POD_BYTES: u64 = 3 * 1024 * 1024;

/// The mark of a pod that was started from the record: since when.
pub const OFFLINE_SINCE: &str = "kubelet-rs.io/offline-since";

/// Readable for the owner alone: specifications hold variables.
const FILE_MODE: u32 = 0o600;
const DIRECTORY_MODE: u32 = 0o700;

/// The record, between the source and the supervisor.
pub struct OfflinePods {
    /// Files.
    pub files: Arc<dyn Files>,
    /// `<root-dir>/offline_pods`.
    pub directory: PathBuf,
    /// Wall time.
    pub clock: Clock,
}

impl OfflinePods {
    /// Passes on what the source tells, until it ends or `stop`.
    pub async fn run(
        self,
        mut source: mpsc::Receiver<SourceEvent>,
        supervisor: mpsc::Sender<SourceEvent>,
        stop: Stop,
    ) {
        if let Err(error) = self.files.make_dir(&self.directory, DIRECTORY_MODE).await {
            tracing::error!(path = %self.directory.display(), err = %chain(&error), "The last known pods cannot be recorded");
        }
        let mut state = State { unconfirmed: self.recorded().await, is_offline: false };
        let mut give_up_at = Some(Instant::now() + PATIENCE);
        loop {
            let events = tokio::select! {
                biased;
                () = stop.requested() => return,
                event = source.recv() => match event {
                    Some(event) => {
                        if matches!(event, SourceEvent::Synced(_)) {
                            give_up_at = None;
                        }
                        self.note(event, &mut state).await
                    }
                    None => return,
                },
                () = sleep_until(give_up_at.unwrap_or_else(Instant::now)), if give_up_at.is_some() => {
                    give_up_at = None;
                    self.start_offline(&mut state)
                }
            };
            for event in events {
                if supervisor.send(event).await.is_err() {
                    return;
                }
            }
        }
    }

    /// Wants what the record has and the server has not told of.
    fn start_offline(&self, state: &mut State) -> Vec<SourceEvent> {
        state.is_offline = true;
        let count = state.unconfirmed.len();
        if count > 0 {
            tracing::warn!(count, "The API server cannot be reached; starting the last known pods");
        }
        state.unconfirmed.values().map(|pod| SourceEvent::Upsert(self.marked(pod))).collect()
    }

    /// Writes down what the source tells; what the supervisor is to be told.
    async fn note(&self, event: SourceEvent, state: &mut State) -> Vec<SourceEvent> {
        let mut events = Vec::new();
        match &event {
            SourceEvent::Upsert(wanted) => {
                state.unconfirmed.remove(&wanted.uid);
                self.keep(wanted).await;
            }
            SourceEvent::Remove(_, uid) => self.forget(uid).await,
            SourceEvent::Synced(_) => {
                for uid in std::mem::take(&mut state.unconfirmed).into_keys() {
                    self.forget(&uid).await;
                    if state.is_offline {
                        events.push(SourceEvent::Remove(PodSource::Api, uid));
                    }
                }
            }
        }
        events.push(event);
        events
    }

    /// The pod of the record, marked as such.
    fn marked(&self, pod: &Pod) -> Arc<WantedPod> {
        let seen = self.clock.now();
        let mut pod = pod.clone();
        let annotations = pod.metadata.annotations.get_or_insert_default();
        annotations.insert(OFFLINE_SINCE.to_owned(), seen.to_string());
        annotations.insert(CONFIG_SEEN.to_owned(), seen.to_string());
        Arc::new(WantedPod {
            uid: uid_of(&pod),
            name: name_of(&pod),
            source: PodSource::Api,
            seen,
            pod: Arc::new(pod),
        })
    }

    /// All recorded pods. A file that cannot be read costs that pod alone.
    async fn recorded(&self) -> BTreeMap<PodUid, Pod> {
        let entries = match self.files.list_dir(&self.directory).await {
            Ok(entries) => entries.unwrap_or_default(),
            Err(error) => {
                tracing::error!(path = %self.directory.display(), err = %chain(&error), "The last known pods cannot be read");
                return BTreeMap::new();
            }
        };
        let mut recorded = BTreeMap::new();
        for entry in entries {
            let path = self.directory.join(&entry.name);
            match self.files.read(&path, MAX_POD_BYTES).await {
                Ok(Some(bytes)) => match serde_json::from_slice::<Pod>(&bytes) {
                    Ok(pod) => {
                        recorded.insert(uid_of(&pod), pod);
                    }
                    Err(error) => {
                        tracing::error!(path = %path.display(), err = %error, "The record of a pod cannot be read");
                    }
                },
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(path = %path.display(), err = %chain(&error), "The record of a pod cannot be read");
                }
            }
        }
        recorded
    }

    async fn keep(&self, wanted: &WantedPod) {
        let bytes = serde_json::to_vec(wanted.pod.as_ref()).expect("a pod that came as JSON has a JSON form");
        if let Err(error) = self.files.write_atomic(&self.path(&wanted.uid), &bytes, FILE_MODE).await {
            tracing::error!(pod = %wanted.name, podUID = %wanted.uid, err = %chain(&error), "A pod cannot be recorded");
        }
    }

    async fn forget(&self, uid: &PodUid) {
        match self.files.remove(&self.path(uid)).await {
            Ok(()) | Err(FileError::NotFound { .. }) => {}
            Err(error) => {
                tracing::error!(podUID = %uid, err = %chain(&error), "The record of a pod cannot be removed");
            }
        }
    }

    /// The server makes UIDs: none of them leads out of the directory.
    fn path(&self, uid: &PodUid) -> PathBuf {
        self.directory.join(format!("{uid}.json"))
    }
}

/// What is known of the record's pods.
struct State {
    /// Those that the server has not told of since the start.
    unconfirmed: BTreeMap<PodUid, Pod>,
    /// Whether they were started without it.
    is_offline: bool,
}

#[cfg(test)]
mod tests;

//! Where pods are asked for.
//!
//! ```text
//! manifest directory or file ─ inotify, rescan every fileCheckFrequency ─┐
//! manifest URL ─ GET every httpCheckFrequency ───────────────────────────┼─▶ SourceEvent ─▶ supervisor
//! API server ─ watch of the node's pods ─────────────────────────────────┘
//!                        └─ ServerPod ─▶ the writer of statuses, and of mirror pods
//! ```
//!
//! A source reports differences: one event touches one pod. It reports [`SourceEvent::Synced`] once it has
//! told everything it knows for the first time; before all sources have, nothing is deleted.

pub mod api;
mod decode;
pub mod directory;
pub mod offline;
mod snapshot;
pub mod url;

use std::sync::Arc;
use types::{PodSource, PodUid, WantedPod};

/// How many events may wait for the supervisor. A source that is faster waits: nothing is lost.
pub const EVENT_QUEUE: usize = 256;

/// One change in what is wanted.
#[derive(Clone, Debug)]
pub enum SourceEvent {
    /// A pod is wanted, or wanted differently.
    Upsert(Arc<WantedPod>),
    /// A pod is not wanted any more.
    Remove(PodSource, PodUid),
    /// All that this source knows at its start has been told.
    Synced(PodSource),
}

pub use decode::NodeIdentity;

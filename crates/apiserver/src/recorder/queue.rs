//! Where events are handed in: never waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use types::Event;

/// Events that wait to be written, as upstream (`maxQueuedEvents`).
const QUEUED_EVENTS: usize = 1000;

/// Takes events for the API server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct EventQueue {
    events: mpsc::Sender<Event>,
    dropped: Arc<AtomicU64>,
}

/// The queue's two ends.
pub(super) fn queue() -> (EventQueue, mpsc::Receiver<Event>) {
    let (events, receiver) = mpsc::channel(QUEUED_EVENTS);
    (EventQueue { events, dropped: Arc::default() }, receiver)
}

impl EventQueue {
    /// Hands an event in. When too many wait it is lost, which is counted and told: the first time, and whenever the count has
    /// doubled.
    pub fn offer(&self, event: Event) {
        let event = match self.events.try_send(event) {
            Err(TrySendError::Full(event)) => event,
            // The kubelet is stopping.
            Ok(()) | Err(TrySendError::Closed(_)) => return,
        };
        let dropped = self.dropped.fetch_add(1, Ordering::Relaxed) + 1;
        if dropped.is_power_of_two() {
            tracing::warn!(
                dropped, object = %format_args!("{}/{}", event.object.namespace, event.object.name), reason = event.reason,
                "Unable to record event: too many queued events, dropped event"
            );
        }
    }

    /// Whether the recorder has ended.
    pub fn is_closed(&self) -> bool {
        self.events.is_closed()
    }

    /// How many were lost.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

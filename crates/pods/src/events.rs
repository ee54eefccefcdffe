//! What is told to users: a bounded ring of recent events.

use std::sync::{Arc, Mutex, PoisonError};
use tasks::Clock;
use types::{Event, EventKind, EventObject, EventRing};

/// Takes events in; cheap to clone. The ring is behind a lock that is held for one insertion or one copy.
#[derive(Clone)]
pub struct EventSink {
    clock: Clock,
    ring: Arc<Mutex<EventRing>>,
}

impl EventSink {
    /// An empty ring.
    pub fn new(clock: Clock) -> Self {
        Self { clock, ring: Arc::default() }
    }

    /// Notes that something happened, and logs it as upstream does.
    pub fn tell(&self, kind: EventKind, object: EventObject, reason: &str, message: impl Into<String>) {
        let message = message.into();
        let slash = if object.namespace.is_empty() { "" } else { "/" };
        tracing::info!(
            object = %format_args!("{}{slash}{}", object.namespace, object.name), fieldPath = %object.field_path,
            kind = %object.kind, r#type = kind.as_str(), reason, note = %message, "Event occurred"
        );
        let event = Event::new(kind, object, reason, message, self.clock.now());
        self.ring.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }

    /// The recent events, oldest first.
    pub fn recent(&self) -> Vec<Event> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner).to_vec()
    }
}

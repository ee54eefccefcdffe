//! What is told to users: a bounded ring of recent events, the log, and the API server.

use apiserver::recorder::EventQueue;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tasks::Clock;
use types::{Event, EventKind, EventObject, EventRing};

/// Takes events in; cheap to clone. The ring is behind a lock that is held for one insertion or one copy.
#[derive(Clone)]
pub struct EventSink {
    clock: Clock,
    ring: Arc<Mutex<EventRing>>,
    queue: Option<EventQueue>,
    node_uid: Arc<OnceLock<String>>,
}

impl EventSink {
    /// An empty ring, and no API server.
    pub fn new(clock: Clock) -> Self {
        Self { clock, ring: Arc::default(), queue: None, node_uid: Arc::default() }
    }

    /// The same, with an API server that is told everything from now on.
    #[must_use]
    pub fn with_api_server(self, queue: EventQueue) -> Self {
        Self { queue: Some(queue), ..self }
    }

    /// The node's UID, once it is known: events about the node carry it from then on. The first one counts.
    pub fn know_node(&self, uid: &str) {
        if !uid.is_empty() {
            self.node_uid.get_or_init(|| uid.to_owned());
        }
    }

    /// Notes that something happened, logs it as upstream does, and hands it on. Never waits.
    pub fn tell(&self, kind: EventKind, object: EventObject, reason: &str, message: impl Into<String>) {
        self.tell_annotated(kind, object, reason, message, BTreeMap::new());
    }

    /// The same, with annotations for programs (`AnnotatedEventf`).
    pub fn tell_annotated(
        &self,
        kind: EventKind,
        mut object: EventObject,
        reason: &str,
        message: impl Into<String>,
        annotations: BTreeMap<String, String>,
    ) {
        if object.is_implicit() {
            // Nobody asked for such a container (`container/helpers.go` `FilterEventRecorder`).
            return;
        }
        let message = message.into();
        let slash = if object.namespace.is_empty() { "" } else { "/" };
        tracing::info!(
            object = %format_args!("{}{slash}{}", object.namespace, object.name), fieldPath = %object.field_path,
            kind = %object.kind, r#type = kind.as_str(), reason, note = %message, "Event occurred"
        );
        if object.kind == "Node" && object.uid.is_empty() {
            object.uid = self.node_uid.get().cloned().unwrap_or_default();
        }
        let event = Event { annotations, ..Event::new(kind, object, reason, message, self.clock.now()) };
        if let Some(queue) = &self.queue {
            queue.offer(event.clone());
        }
        self.ring.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }

    /// The recent events, oldest first.
    pub fn recent(&self) -> Vec<Event> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_told_of_containers_that_no_specification_has() {
        let sink = EventSink::new(Clock::simulated(jiff::Timestamp::UNIX_EPOCH));
        let wanted = crate::testing::wanted("web", crate::testing::PodOptions::default());
        let pod = EventObject::of_pod(&wanted);
        for name in ["x", "web"] {
            let object = pod.any_container(Some(&wanted), name);
            sink.tell(EventKind::Normal, object, "Killing", format!("Stopping container {name}"));
        }
        let told: Vec<String> = sink.recent().into_iter().map(|event| event.message).collect();
        assert_eq!(told, ["Stopping container web"]);
    }
}

//! The same once more is counted (`eventLogger`).

use super::{CACHE_ENTRIES, Record, key, lru::Lru};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Event;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde_json::json;

#[derive(Debug)]
struct Seen {
    count: i32,
    first: Option<Time>,
    name: Option<String>,
}

/// What was told already.
#[derive(Debug)]
pub(super) struct Observer(Lru<Seen>);

impl Observer {
    pub(super) fn new() -> Self {
        Self(Lru::new(CACHE_ENTRIES))
    }

    /// What to write: a new event, or one more of a known one.
    pub(super) fn observe(&mut self, mut event: Event, key: u128) -> Record {
        let mut patch = None;
        if let Some(seen) = self.0.get_mut(key).filter(|seen| seen.count > 0) {
            event.metadata.name.clone_from(&seen.name);
            event.first_timestamp.clone_from(&seen.first);
            event.count = Some(seen.count.saturating_add(1));
            patch = Some(json!({
                "count": event.count,
                "lastTimestamp": event.last_timestamp.as_ref().map(|time| seconds(time.0)),
                "message": event.message,
            }));
        }
        self.note(&event, key);
        Record { event, patch }
    }

    /// Takes in what the server made of it.
    pub(super) fn update(&mut self, event: &Event) {
        self.note(event, key::of_event(event));
    }

    fn note(&mut self, event: &Event, key: u128) {
        let seen = Seen {
            count: event.count.unwrap_or(0),
            first: event.first_timestamp.clone(),
            name: event.metadata.name.clone(),
        };
        self.0.put(key, seen);
    }
}

/// Times of this kind have no fractions.
fn seconds(time: Timestamp) -> String {
    Timestamp::from_second(time.as_second()).unwrap_or(time).to_string()
}

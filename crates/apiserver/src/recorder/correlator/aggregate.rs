//! Many alike in a short time become one (`EventAggregator`).

use super::{CACHE_ENTRIES, key, lru::Lru};
use crate::recorder::name::event_name;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Event;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use std::collections::BTreeSet;

/// From the tenth different message on, a group's events are combined.
const MAX_MESSAGES: usize = 10;

/// Without an event of the group for so long, it begins anew.
const INTERVAL: SignedDuration = SignedDuration::from_secs(600);

/// What combined events say first.
const PREFIX: &str = "(combined from similar events): ";

#[derive(Debug)]
struct Group {
    messages: BTreeSet<u128>,
    last: Timestamp,
}

/// The groups.
#[derive(Debug)]
pub(super) struct Aggregator(Lru<Group>);

impl Aggregator {
    pub(super) fn new() -> Self {
        Self(Lru::new(CACHE_ENTRIES))
    }

    /// The event itself, or the one that stands for its group; and the key under which it is counted. `random` names the latter
    /// when its object's name is too long.
    pub(super) fn take_in(&mut self, event: Event, now: Timestamp, random: u128) -> (Event, u128) {
        let group_key = key::of_group(&event);
        let fresh = Group { messages: BTreeSet::new(), last: now };
        match self.0.get_mut(group_key) {
            Some(group) if now.duration_since(group.last) > INTERVAL => *group = fresh,
            Some(_) => {}
            None => self.0.put(group_key, fresh),
        }
        let own_key = key::of_event(&event);
        let Some(group) = self.0.get_mut(group_key) else { return (event, own_key) };
        group.messages.insert(key::of_message(&event));
        group.last = now;
        if group.messages.len() < MAX_MESSAGES {
            return (event, own_key);
        }
        group.messages.pop_first();
        (combined(event, now, random), group_key)
    }
}

/// Upstream's has neither the reporting controller nor annotations.
fn combined(event: Event, now: Timestamp, random: u128) -> Event {
    let object_name = event.involved_object.name.as_deref().unwrap_or_default();
    let mut combined = Event {
        count: Some(1),
        first_timestamp: Some(Time(now)),
        last_timestamp: Some(Time(now)),
        message: Some(format!("{PREFIX}{}", event.message.as_deref().unwrap_or_default())),
        ..Event::default()
    };
    combined.metadata.name = Some(event_name(object_name, now, random));
    combined.metadata.namespace = event.metadata.namespace;
    combined.involved_object = event.involved_object;
    combined.type_ = event.type_;
    combined.reason = event.reason;
    combined.source = event.source;
    combined
}

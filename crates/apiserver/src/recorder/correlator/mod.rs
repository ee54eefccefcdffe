//! Which events are written, and how: pure, with time and chance from outside.
//!
//! ```text
//! event ─▶ aggregate: ten alike in ten minutes become one ─▶ observe: the same again is a patch ─▶ spam: 25 per object ─▶ write
//! ```
//!
//! The order, the keys and the numbers are those of `client-go/tools/record/events_cache.go`, v0.37. Each step remembers 4096
//! entries at most.

mod aggregate;
mod key;
mod lru;
mod observe;
mod spam;
#[cfg(test)]
mod tests;

use aggregate::Aggregator;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Event;
use observe::Observer;
use spam::SpamFilter;

/// What each step remembers (`maxLruCacheEntries`).
const CACHE_ENTRIES: usize = 4096;

/// What to write.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Record {
    /// The event as it should be.
    pub(super) event: Event,
    /// If it is known to exist: what is new about it.
    pub(super) patch: Option<serde_json::Value>,
}

/// The memory of what was told.
#[derive(Debug)]
pub(super) struct Correlator {
    aggregator: Aggregator,
    observer: Observer,
    spam_filter: SpamFilter,
}

impl Correlator {
    pub(super) fn new() -> Self {
        Self { aggregator: Aggregator::new(), observer: Observer::new(), spam_filter: SpamFilter::new() }
    }

    /// What to write for `event`; `None` when it is one too many.
    pub(super) fn correlate(&mut self, event: Event, now: Timestamp, random: u128) -> Option<Record> {
        let (event, key) = self.aggregator.take_in(event, now, random);
        let record = self.observer.observe(event, key);
        (!self.spam_filter.rejects(&record.event, now)).then_some(record)
    }

    /// Takes in the server's object.
    pub(super) fn update(&mut self, event: &Event) {
        self.observer.update(event);
    }
}

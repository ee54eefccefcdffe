//! A bucket of tokens per object: 25 events at once, then one in five minutes (`EventSourceObjectSpamFilter`).

use super::{CACHE_ENTRIES, key, lru::Lru};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Event;

/// Events that may come at once.
const BURST: f64 = 25.0;

/// Tokens that come back: one in five minutes.
const PER_SECOND: f64 = 1.0 / 300.0;

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    counted_at: Timestamp,
}

/// Keeps one talkative object from filling the server.
#[derive(Debug)]
pub(super) struct SpamFilter(Lru<Bucket>);

impl SpamFilter {
    pub(super) fn new() -> Self {
        Self(Lru::new(CACHE_ENTRIES))
    }

    /// Whether the event is one too many.
    pub(super) fn rejects(&mut self, event: &Event, now: Timestamp) -> bool {
        let key = key::of_object(event);
        if self.0.get_mut(key).is_none() {
            self.0.put(key, Bucket { tokens: BURST, counted_at: now });
        }
        let Some(bucket) = self.0.get_mut(key) else { return false };
        let passed = now.duration_since(bucket.counted_at).as_secs_f64().max(0.0);
        bucket.tokens = (bucket.tokens + passed * PER_SECOND).min(BURST);
        bucket.counted_at = now;
        // Five minutes bring a whole token, also in floating point.
        let is_accepted = bucket.tokens > 1.0 - 1e-9;
        if is_accepted {
            bucket.tokens -= 1.0;
        }
        !is_accepted
    }
}

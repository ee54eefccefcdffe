//! The memory of failed pulls: 10 s doubling to 300 s, per pod and image.

use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const INITIAL: Duration = Duration::from_secs(10);
const MAX: Duration = Duration::from_secs(300);

/// Failed pulls that are remembered. Beyond it the oldest is forgotten: it may be pulled again a little early.
const MAX_RECORDS: usize = 4096;

#[derive(Clone, Debug)]
struct Record {
    delay: Duration,
    updated_at: Timestamp,
    /// Reason and message of the last failure, shown while waiting.
    words: String,
}

/// Failed pulls.
#[derive(Debug, Default)]
pub(crate) struct PullBackoff(Mutex<BTreeMap<String, Record>>);

impl PullBackoff {
    /// The end of the wait that is in force and the last failure's words.
    pub(crate) fn blocked_until(&self, key: &str, now: Timestamp) -> Option<(Timestamp, String)> {
        let records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let record = records.get(key)?;
        let until = record.updated_at.checked_add(record.delay).unwrap_or(Timestamp::MAX);
        // A clock that was set back must not lengthen the wait.
        (until > now && record.updated_at <= now).then(|| (until, record.words.clone()))
    }

    /// Notes a failure; returns the end of the wait.
    pub(crate) fn failed(&self, key: String, words: String, now: Timestamp) -> Timestamp {
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let forget_after = SignedDuration::try_from(MAX * 2).unwrap_or(SignedDuration::MAX);
        records.retain(|_, record| now.duration_since(record.updated_at) <= forget_after);
        if records.len() >= MAX_RECORDS {
            let oldest = records.iter().min_by_key(|(_, record)| record.updated_at);
            let oldest = oldest.map(|(key, _)| key.clone());
            oldest.and_then(|oldest| records.remove(&oldest));
        }
        let delay = records.get(&key).map_or(INITIAL, |record| (record.delay * 2).min(MAX));
        records.insert(key, Record { delay, updated_at: now, words });
        now.checked_add(delay).unwrap_or(Timestamp::MAX)
    }
}

//! The restart back-off, counted a second time.

use std::collections::BTreeMap;
use std::time::Duration;

const FIRST: Duration = Duration::from_secs(10);
const LONGEST: Duration = Duration::from_secs(300);
const FORGOTTEN_AFTER: Duration = Duration::from_secs(600);

/// Of one pod: by container name.
#[derive(Clone, Debug, Default)]
pub struct Restarts(BTreeMap<String, Record>);

#[derive(Clone, Debug)]
struct Record {
    hash: String,
    delay: Duration,
    updated_at: Duration,
}

impl Restarts {
    /// Before when a container that ended at `ended_at` must not be made again.
    pub fn blocked_until(&self, name: &str, hash: &str, ended_at: Duration) -> Duration {
        self.current(name, hash, ended_at).map_or(Duration::ZERO, |record| ended_at + record.delay)
    }

    /// It was made again.
    pub fn restarted(&mut self, name: &str, hash: &str, ended_at: Duration, now: Duration) {
        let delay =
            self.current(name, hash, ended_at).map_or(FIRST, |record| (record.delay * 2).min(LONGEST));
        self.0.insert(name.to_owned(), Record { hash: hash.to_owned(), delay, updated_at: now });
    }

    fn current(&self, name: &str, hash: &str, ended_at: Duration) -> Option<&Record> {
        let record = self.0.get(name)?;
        (record.hash == hash && ended_at.saturating_sub(record.updated_at) <= FORGOTTEN_AFTER)
            .then_some(record)
    }
}

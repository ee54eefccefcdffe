//! Back-off as upstream counts it: a delay that doubles with each failure and is forgotten after a quiet time.
//!
//! Source: `k8s.io/client-go/util/flowcontrol/backoff.go` and `kuberuntime_manager.go` `doBackOff` of 1.37.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// First delay, longest delay. A record is forgotten when twice the longest delay has passed.
#[derive(Clone, Copy, Debug)]
pub struct BackoffPolicy {
    /// The delay after the first failure.
    pub initial: Duration,
    /// No delay is longer.
    pub max: Duration,
}

impl BackoffPolicy {
    /// Containers and images: 10 s doubling to 300 s.
    pub const UPSTREAM: Self = Self { initial: Duration::from_secs(10), max: Duration::from_secs(300) };

    /// The policy with another longest delay (`crashLoopBackOff.maxContainerRestartPeriod`); the first
    /// delay is lowered with it.
    pub fn with_max(max: Duration) -> Self {
        Self { initial: Self::UPSTREAM.initial.min(max), max }
    }
}

/// What is remembered of one container's restarts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Backoff {
    /// Hash of what was run; another one starts afresh (`translate::backoff_key`).
    pub key: String,
    /// The delay in force, in milliseconds.
    pub delay_milliseconds: u64,
    /// When it was last lengthened.
    pub updated_at: Timestamp,
}

impl Backoff {
    /// The moment before which a container that ended at `ended_at` may not start again; `None` when
    /// it may start at once.
    pub fn blocked_until(
        record: Option<&Self>,
        key: &str,
        ended_at: Timestamp,
        now: Timestamp,
        policy: BackoffPolicy,
    ) -> Option<Timestamp> {
        let record = record.filter(|record| record.key == key && !record.is_forgotten(ended_at, policy))?;
        let delay = SignedDuration::from_millis(i64::try_from(record.delay_milliseconds).unwrap_or(i64::MAX));
        let until = ended_at.checked_add(delay).unwrap_or(Timestamp::MAX);
        // Of an end that is still to come nobody knows how long ago it was: the clock was set back, and must not lengthen the wait.
        (until > now && ended_at <= now).then_some(until)
    }

    /// The record after one more restart.
    pub fn next(
        record: Option<&Self>,
        key: &str,
        ended_at: Timestamp,
        now: Timestamp,
        policy: BackoffPolicy,
    ) -> Self {
        let delay = match record.filter(|record| record.key == key && !record.is_forgotten(ended_at, policy))
        {
            Some(record) => {
                Duration::from_millis(record.delay_milliseconds).saturating_mul(2).min(policy.max)
            }
            None => policy.initial,
        };
        let delay_milliseconds = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        Self { key: key.to_owned(), delay_milliseconds, updated_at: now }
    }

    fn is_forgotten(&self, event_at: Timestamp, policy: BackoffPolicy) -> bool {
        event_at.duration_since(self.updated_at)
            > SignedDuration::try_from(policy.max.saturating_mul(2)).unwrap_or(SignedDuration::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).expect("in range")
    }

    #[test]
    fn delays_double_to_the_limit_and_are_forgotten() {
        let policy = BackoffPolicy::UPSTREAM;
        let mut record: Option<Backoff> = None;
        let mut now = 0;
        let mut delays = Vec::new();
        for _ in 0..8 {
            let until = Backoff::blocked_until(record.as_ref(), "a", at(now), at(now), policy);
            let delay = until.map_or(0, |until| until.duration_since(at(now)).as_secs());
            delays.push(delay);
            now += delay;
            record = Some(Backoff::next(record.as_ref(), "a", at(now), at(now), policy));
        }
        assert_eq!(delays, [0, 10, 20, 40, 80, 160, 300, 300]);
        // Ten quiet minutes after the last restart all is forgotten.
        let later = now + 601;
        assert_eq!(Backoff::blocked_until(record.as_ref(), "a", at(later), at(later), policy), None);
        assert_eq!(
            Backoff::next(record.as_ref(), "a", at(later), at(later), policy).delay_milliseconds,
            10_000
        );
        // So it is when something else is run.
        assert_eq!(Backoff::blocked_until(record.as_ref(), "b", at(now), at(now), policy), None);
    }

    #[test]
    fn a_clock_set_back_does_not_lengthen_the_wait() {
        let record = Backoff { key: "a".into(), delay_milliseconds: 10_000, updated_at: at(0) };
        let until =
            |now| Backoff::blocked_until(Some(&record), "a", at(500), at(now), BackoffPolicy::UPSTREAM);
        assert_eq!(until(100), None);
        assert_eq!(until(500), Some(at(510)));
    }
}

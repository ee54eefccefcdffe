//! Wall time from outside, so that a test can pause it together with tokio's clock.

use jiff::{SignedDuration, Timestamp};
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::time::Instant;

/// Reads wall time: the machine's, or one that advances with tokio's (pausable) clock.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// `start` plus what tokio's clock has advanced since `origin`, and what somebody has set it forwards or back.
    Simulated {
        /// Wall time at `origin`.
        start: Timestamp,
        /// The moment that `start` belongs to.
        origin: Instant,
        /// In milliseconds. One number for each simulated clock, kept for the rest of the process: copies show the same time.
        set_by: &'static AtomicI64,
    },
}

impl Clock {
    /// A clock for tests that starts at `start` now and moves with tokio's time.
    pub fn simulated(start: Timestamp) -> Self {
        Self::Simulated { start, origin: Instant::now(), set_by: Box::leak(Box::default()) }
    }

    /// Sets a simulated clock forwards or back. The machine's own is left alone.
    pub fn set_by(&self, change: SignedDuration) {
        if let Self::Simulated { set_by, .. } = self {
            let milliseconds = i64::try_from(change.as_millis()).unwrap_or_default();
            set_by.fetch_add(milliseconds, Ordering::SeqCst);
        }
    }

    /// The present wall time.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Simulated { start, origin, set_by } => {
                let elapsed = Instant::now().saturating_duration_since(*origin);
                let set_by = SignedDuration::from_millis(set_by.load(Ordering::SeqCst));
                start.checked_add(elapsed).and_then(|now| now.checked_add(set_by)).unwrap_or(Timestamp::MAX)
            }
        }
    }
}

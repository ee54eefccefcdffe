//! Wall time from outside, so that a test can pause it together with tokio's clock.

use jiff::Timestamp;
use tokio::time::Instant;

/// Reads wall time: the machine's, or one that advances with tokio's (pausable) clock.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// `start` plus what tokio's clock has advanced since `origin`.
    Simulated {
        /// Wall time at `origin`.
        start: Timestamp,
        /// The moment that `start` belongs to.
        origin: Instant,
    },
}

impl Clock {
    /// A clock for tests that starts at `start` now and moves with tokio's time.
    pub fn simulated(start: Timestamp) -> Self {
        Self::Simulated { start, origin: Instant::now() }
    }

    /// The present wall time.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Simulated { start, origin } => {
                let elapsed = Instant::now().saturating_duration_since(*origin);
                start.checked_add(elapsed).unwrap_or(Timestamp::MAX)
            }
        }
    }
}

//! How long to wait after a failure.

use std::time::Duration;
use tokio::time::Instant;
use types::hash::Fnv1a32;

/// The first pause; short, because most failures are one closed connection.
const FIRST: Duration = Duration::from_millis(100);
/// The longest pause, before it is spread. Upstream's is 30 s; a refused connection costs nobody
/// anything, and after an outage the node should be back at once.
const LONGEST: Duration = Duration::from_secs(8);
/// After so long without a failure the next one counts as the first.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(30);

/// A doubling pause. Nodes and objects are spread by their names instead of by chance, so that nobody
/// comes back in one herd and yet each run repeats itself.
#[derive(Debug)]
pub(crate) struct Pause {
    next: Duration,
    /// Between 1 and 2.
    spread: f64,
    last: Option<Instant>,
}

impl Pause {
    /// A pause that is spread by `key`.
    pub(crate) fn new(key: &str) -> Self {
        Self { next: FIRST, spread: 1.0 + share(key), last: None }
    }

    /// How long to wait after the failure that happened now.
    pub(crate) fn after_failure(&mut self) -> Duration {
        let now = Instant::now();
        if self.last.is_some_and(|last| now.saturating_duration_since(last) >= self.next + FORGOTTEN_AFTER) {
            self.next = FIRST;
        }
        self.last = Some(now);
        let pause = self.next.mul_f64(self.spread);
        self.next = (self.next * 2).min(LONGEST);
        pause
    }

    /// The next failure is the first again.
    pub(crate) fn reset(&mut self) {
        self.next = FIRST;
    }
}

/// A number from 0 to 1 that only depends on `key`.
pub(crate) fn share(key: &str) -> f64 {
    let mut hash = Fnv1a32::default();
    hash.write(key.as_bytes());
    f64::from(hash.finish()) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn doubles_up_to_a_bound_and_forgets() {
        let mut pause = Pause { next: FIRST, spread: 1.0, last: None };
        let seen: Vec<u128> = (0..9).map(|_| pause.after_failure().as_millis()).collect();
        assert_eq!(seen, [100, 200, 400, 800, 1600, 3200, 6400, 8000, 8000]);
        tokio::time::sleep(Duration::from_secs(38)).await;
        assert_eq!(pause.after_failure().as_millis(), 100);
        pause.after_failure();
        pause.reset();
        assert_eq!(pause.after_failure().as_millis(), 100);
    }

    #[test]
    fn names_spread_the_herd() {
        let shares: Vec<f64> = (0..100).map(|node| share(&format!("node-{node}"))).collect();
        assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)));
        assert!(shares.iter().filter(|share| **share < 0.5).count().abs_diff(50) < 25);
    }
}

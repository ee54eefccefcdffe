//! How many requests a client may make: client-go's token bucket (`util/flowcontrol`), which delays and never refuses.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// What client-go takes for a rate and a burst of 0.
const DEFAULT_RATE: f64 = 5.0;
const DEFAULT_BURST: u32 = 10;

/// A rate with a burst. Clones share one bucket.
#[derive(Clone, Debug)]
pub struct Budget(Option<Arc<Mutex<Bucket>>>);

#[derive(Debug)]
struct Bucket {
    /// How long one token takes to grow.
    interval: Duration,
    /// How many may be saved up.
    burst: u32,
    /// When the bucket would be full again, were nothing taken any more.
    full_at: Instant,
}

impl Budget {
    /// No limit.
    pub fn unlimited() -> Self {
        Self(None)
    }

    /// `rate` requests a second, `burst` at once. A rate of 0 or less means no limit; a burst below 1 counts as 1.
    pub fn new(rate: f64, burst: u32) -> Self {
        if rate <= 0.0 || !rate.is_finite() {
            return Self::unlimited();
        }
        let bucket = Bucket {
            interval: Duration::from_secs_f64(1.0 / rate),
            burst: burst.max(1),
            full_at: Instant::now(),
        };
        Self(Some(Arc::new(Mutex::new(bucket))))
    }

    /// As client-go reads its configuration (`rest/config.go`): a rate of 0 means 5 a second, a burst of 0 means 10, a
    /// negative rate means no limit.
    pub fn of_client_go(rate: f64, burst: u32) -> Self {
        let rate = if rate == 0.0 { DEFAULT_RATE } else { rate };
        Self::new(rate, if burst == 0 { DEFAULT_BURST } else { burst })
    }

    /// Takes a token, and waits until it has grown. Who asks first, goes first. A caller that gives up while
    /// it waits has used its token all the same.
    pub async fn take(&self) -> Duration {
        let Some(bucket) = &self.0 else { return Duration::ZERO };
        let wait = bucket.lock().unwrap_or_else(PoisonError::into_inner).reserve(Instant::now());
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        wait
    }
}

impl Bucket {
    fn reserve(&mut self, now: Instant) -> Duration {
        self.full_at = self.full_at.max(now) + self.interval;
        let saved = self.interval * self.burst;
        self.full_at.saturating_duration_since(now).saturating_sub(saved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After `requests` at once, how many milliseconds the last one waited.
    async fn check(rate: f64, burst: u32, requests: u32, expected_milliseconds: u128) {
        let budget = Budget::new(rate, burst);
        let start = Instant::now();
        for _ in 0..requests {
            budget.take().await;
        }
        assert_eq!(start.elapsed().as_millis(), expected_milliseconds, "{requests} of {rate}/{burst}");
    }

    #[tokio::test(start_paused = true)]
    async fn delays_what_is_above_the_burst() {
        check(50.0, 100, 100, 0).await;
        check(50.0, 100, 101, 20).await;
        check(50.0, 100, 150, 1000).await;
        check(2.0, 1, 3, 1000).await;
        check(2.0, 0, 3, 1000).await;
        check(0.0, 10, 1000, 0).await;
        check(-1.0, 10, 1000, 0).await;
    }

    #[tokio::test(start_paused = true)]
    async fn zeros_of_the_configuration_mean_what_client_go_says() {
        for (rate, burst, milliseconds) in [(0.0, 0, 200), (0.0, 11, 0), (50.0, 0, 20), (-1.0, 0, 0)] {
            let budget = Budget::of_client_go(rate, burst);
            let start = Instant::now();
            for _ in 0..11 {
                budget.take().await;
            }
            assert_eq!(start.elapsed().as_millis(), milliseconds, "{rate}/{burst}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn saves_up_no_more_than_the_burst() {
        let budget = Budget::new(10.0, 5);
        tokio::time::sleep(Duration::from_secs(60)).await;
        let start = Instant::now();
        for _ in 0..6 {
            budget.take().await;
        }
        assert_eq!(start.elapsed().as_millis(), 100);
    }

    #[tokio::test(start_paused = true)]
    async fn clones_share_one_bucket() {
        let budget = Budget::new(1.0, 1);
        let other = budget.clone();
        assert_eq!(budget.take().await, Duration::ZERO);
        assert_eq!(other.take().await, Duration::from_secs(1));
    }
}

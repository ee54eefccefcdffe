//! A token bucket, as `registryPullQPS` and `registryBurst` describe it.

use std::sync::{Mutex, PoisonError};
use tokio::time::Instant;

/// Tokens that refill with time. Nobody waits for one: upstream refuses the pull, which backs off.
#[derive(Debug)]
pub(crate) struct TokenBucket {
    per_second: f64,
    burst: f64,
    state: Mutex<Option<(f64, Instant)>>,
}

impl TokenBucket {
    /// A full bucket.
    pub(crate) fn new(per_second: u32, burst: u32) -> Self {
        Self { per_second: f64::from(per_second), burst: f64::from(burst), state: Mutex::new(None) }
    }

    /// Takes one token, if there is one.
    pub(crate) fn try_take(&self) -> bool {
        let now = Instant::now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let tokens = match *state {
            Some((tokens, at)) => (tokens + (now - at).as_secs_f64() * self.per_second).min(self.burst),
            None => self.burst,
        };
        let has_one = tokens >= 1.0;
        *state = Some((if has_one { tokens - 1.0 } else { tokens }, now));
        has_one
    }
}

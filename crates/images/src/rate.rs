//! A token bucket, as `registryPullQPS` and `registryBurst` describe it.

use std::sync::{Mutex, PoisonError};
use tokio::time::Instant;

/// Tokens that refill with time. Nobody waits for one: upstream refuses the pull, which backs off.
#[derive(Debug)]
pub(crate) struct TokenBucket(Mutex<State>);

#[derive(Debug)]
struct State {
    per_second: f64,
    burst: f64,
    /// Tokens, and when they were counted; none taken yet.
    tokens: Option<(f64, Instant)>,
}

impl TokenBucket {
    /// A full bucket; it never runs dry with `per_second` 0.
    pub(crate) fn new(per_second: u32, burst: u32) -> Self {
        Self(Mutex::new(State { per_second: f64::from(per_second), burst: f64::from(burst), tokens: None }))
    }

    /// Changes how fast it refills and how much it holds.
    pub(crate) fn set(&self, per_second: u32, burst: u32) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.per_second = f64::from(per_second);
        state.burst = f64::from(burst);
    }

    /// Takes one token, if there is one.
    pub(crate) fn try_take(&self) -> bool {
        let now = Instant::now();
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.per_second == 0.0 {
            return true;
        }
        let tokens = match state.tokens {
            Some((tokens, at)) => (tokens + (now - at).as_secs_f64() * state.per_second).min(state.burst),
            None => state.burst,
        };
        let has_one = tokens >= 1.0;
        state.tokens = Some((if has_one { tokens - 1.0 } else { tokens }, now));
        has_one
    }
}

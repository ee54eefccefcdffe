//! When to try again what failed.
//!
//! Upstream waits 10 to 15 s after any failed sync; a CNI plugin that is not ready yet or a mount that comes a moment
//! later costs that much. Here the pause starts at half a second and doubles to upstream's ten.

use super::memory::Failure;
use crate::world::World;
use jiff::{SignedDuration, Timestamp};

const FIRST_PAUSE_MILLISECONDS: i64 = 500;
const LONGEST_PAUSE_MILLISECONDS: i64 = 10_000;

/// Upstream's longest pause between attempts to mount a volume.
const LONGEST_WAIT_MILLISECONDS: i64 = 122_000;

/// When something that waits for an object of the API is tried again, if that never changes.
pub(super) fn at_the_latest(world: &World) -> Timestamp {
    let wait = SignedDuration::from_millis(LONGEST_WAIT_MILLISECONDS);
    world.clock.now().checked_add(wait).unwrap_or(Timestamp::MAX)
}

/// The next failure after `before`, tried again after a pause, or at `retry_at`.
pub(super) fn next(
    world: &World,
    before: Option<&Failure>,
    reason: &'static str,
    message: impl Into<String>,
    retry_at: Option<Timestamp>,
) -> Failure {
    let attempts = before.map_or(0, |before| before.attempts) + 1;
    let pause = FIRST_PAUSE_MILLISECONDS
        .saturating_mul(1_i64.checked_shl(attempts.min(16) - 1).unwrap_or(i64::MAX))
        .min(LONGEST_PAUSE_MILLISECONDS);
    let failed_at = world.clock.now();
    let usual = failed_at.checked_add(SignedDuration::from_millis(pause)).unwrap_or(Timestamp::MAX);
    Failure { reason, message: message.into(), failed_at, retry_at: retry_at.unwrap_or(usual), attempts }
}

//! Waiting for a moment of wall time.

use std::time::Duration;

use jiff::Timestamp;
use tasks::Clock;

/// The longest sleep at a stretch: the clock that measures it stands still while the machine is suspended.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Resolves at `moment`, at once if it has passed.
pub(crate) async fn until(clock: Clock, moment: Timestamp) {
    while let Ok(rest) = Duration::try_from(moment.duration_since(clock.now()))
        && !rest.is_zero()
    {
        tokio::time::sleep(rest.min(LONGEST_SLEEP)).await;
    }
}

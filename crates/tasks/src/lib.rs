//! How a background loop is run: a name, a stop that reaches it, a restart after a panic, and the time.
//!
//! | part | what it gives |
//! |---|---|
//! | [`Stop`] | one signal that every loop selects on first |
//! | [`supervise`] | a named loop that is started again, with a pause, when it panics |
//! | [`Clock`] | wall time that a simulation can pause |
//!
//! Monotonic time is always `tokio::time`, which tests pause.

mod clock;
mod stop;
mod supervise;

pub use clock::Clock;
pub use stop::Stop;
pub use supervise::supervise;

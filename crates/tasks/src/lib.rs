//! How a background loop is run: a name, a stop that reaches it, a restart after a panic, and the time.
//!
//! | part | what it gives |
//! |---|---|
//! | [`Stop`] | one signal that every loop selects on first |
//! | [`supervise`] | a named loop that is started again, with a pause, when it panics |
//! | [`Clock`] | wall time that a simulation can pause |
//! | [`program`] | a program that is asked something, within bounds |
//! | [`watch`] | a value that many wait for, woken in the order of waiting |
//!
//! Monotonic time is always `tokio::time`, which tests pause.

mod clock;
pub mod program;
mod stop;
mod supervise;
#[cfg(feature = "testing")]
pub mod testing;
pub mod watch;

pub use clock::Clock;
pub use stop::Stop;
pub use supervise::supervise;

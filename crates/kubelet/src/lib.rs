//! The binary: main, wiring, logging, ordered stop.
//!
//! ```text
//! arguments ─▶ startup::configuration ─▶ startup::worlds ─▶ wiring ─▶ running ─▶ stop
//!              flags, files, gates       runtime, host       tasks     signals    ≤ 5 s
//! ```
//!
//! [`wiring`] is the one place that knows all parts; the simulation starts the same wiring on fakes.

mod api_volumes;
mod cluster;
pub mod commands;
pub mod directory;
pub mod logging;
mod ordered_stop;
pub mod reload;
pub mod run;
pub mod sources;
pub mod startup;
pub mod version;
pub mod wiring;

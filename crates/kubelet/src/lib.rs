//! The binary: main, wiring, logging, ordered stop.

pub mod commands;
pub mod logging;

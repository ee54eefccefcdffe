//! Cases and how they are run: what the tests on a node and those on a cluster have in common.
//!
//! ```text
//! case      one behaviour that is tested, and whom it can bear beside it
//! suite     what lies around the cases: what they are given, what must be gone after them
//! runner    the cases that the command line names: side by side, then one after the other
//! spanning  those that begin before all others and end after them
//! outcome   what became of each, and what is said of it
//! log       lines for the person who waits, ends of logs, logs that are kept
//! ```
//!
//! What is printed is counted by `cargo xtask test`: `test NAME ... ok (1.2 s)`, and a closing `test result: …`.

mod case;
mod log;
mod outcome;
mod runner;
mod spanning;
mod suite;

pub use case::{Beginning, Case, Rest, Run, Work};
pub use log::{keep, last_lines, say, tail};
pub use outcome::{Outcome, finish};
pub use runner::main;
pub use suite::Suite;

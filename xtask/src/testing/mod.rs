//! `./test.sh`: every check of the project, one part after the other, with one line each and a table at the end.
//!
//! ```text
//! parts    what there is to run, and what each part needs
//! counts   how many tests a program says it ran
//! runner   runs the parts, keeps their output, sums up
//! ```

pub mod counts;
pub mod parts;
pub mod runner;

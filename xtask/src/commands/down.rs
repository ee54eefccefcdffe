//! `cargo xtask down`: takes down what `run` started.

use std::process::ExitCode;

use super::block_on;
use crate::local;
use crate::setup::machine;

/// Takes everything down.
///
/// # Errors
/// When something cannot be removed.
pub fn run() -> anyhow::Result<ExitCode> {
    machine::check()?;
    block_on(local::down::down())?;
    Ok(ExitCode::SUCCESS)
}

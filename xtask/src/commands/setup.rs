//! `cargo xtask setup`: installs what is missing.

use std::process::ExitCode;

use crate::setup::{self, Purpose};

/// `setup`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// How much is wanted.
    #[arg(long = "for", default_value = "tests")]
    purpose: Purpose,
}

/// Installs what is missing.
///
/// # Errors
/// When something is missing and cannot be installed.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    setup::install(arguments.purpose)?;
    Ok(ExitCode::SUCCESS)
}

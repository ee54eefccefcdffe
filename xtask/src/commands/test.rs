//! `cargo xtask test`: every check of the project.

use std::process::ExitCode;

use crate::setup::{self, Purpose};
use crate::testing::parts::{self, Part};
use crate::testing::runner;

/// `test`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Only the parts whose names contain one of these words.
    parts: Vec<String>,
    /// Print the parts' names and end.
    #[arg(long)]
    list: bool,
    /// Install nothing: what is missing fails.
    #[arg(long)]
    no_setup: bool,
}

/// Runs the parts.
///
/// # Errors
/// When what they need cannot be installed.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if !arguments.list && !arguments.no_setup && rustix::process::geteuid().is_root() {
        setup::install(Purpose::Tests)?;
    }
    let wanted = |part: &Part| {
        arguments.parts.is_empty() || arguments.parts.iter().any(|word| part.name.contains(word.as_str()))
    };
    let mut stages = parts::stages()?;
    for stage in &mut stages {
        stage.retain(wanted);
    }
    if arguments.list {
        for part in stages.iter().flatten() {
            println!("{}", part.name);
        }
        return Ok(ExitCode::SUCCESS);
    }
    runner::run(stages)
}

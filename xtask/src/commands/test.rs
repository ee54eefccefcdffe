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
    warn_of_little_room();
    runner::run(stages)
}

/// What a run from nothing writes below `target` and into caches, in bytes.
const ROOM: u64 = 10 << 30;

/// A compiler that finds the disk full says so of a file that nobody knows.
fn warn_of_little_room() {
    let Ok(found) = rustix::fs::statvfs(crate::places::repository()) else { return };
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    if free < ROOM {
        eprintln!(
            "xtask: {} GiB are free where target/ is; a run from nothing needs {}: make room if it fails",
            free >> 30,
            ROOM >> 30
        );
    }
}

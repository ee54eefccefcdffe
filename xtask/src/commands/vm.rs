//! `cargo xtask vm`: the host's contract tests on control groups v2 and systemd, in a virtual machine.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::Context;
use serde_json::Value;

use crate::vm::{guest, kernel, qemu};
use crate::{places, steps};

/// `vm`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The packages whose unit tests run in it.
    #[arg(default_values = ["host", "volumes"])]
    packages: Vec<String>,
}

/// Builds the tests, starts the guest, runs them there.
///
/// # Errors
/// When something that the guest needs is missing, or it does not get to its end.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let directory = tempfile::tempdir().context("no temporary directory can be made")?;
    let mut tests = Vec::new();
    for package in &arguments.packages {
        let built = steps::step(&format!("building the tests of {package}"), || build(package))?;
        tests.push(strip(&built, directory.path(), package)?);
    }
    let kernel = kernel::image()?;
    let archive = directory.path().join("guest.cpio");
    guest::write(&archive, &tests)?;
    let status = steps::step("running them in a virtual machine with control groups v2 and systemd", || {
        qemu::run(&kernel, &archive)
    })?;
    Ok(if status == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The program with a package's unit tests.
fn build(package: &str) -> anyhow::Result<PathBuf> {
    let told = steps::output(
        Command::new("cargo")
            .args(["test", "--quiet", "--package", package, "--lib", "--no-run", "--message-format=json"])
            .current_dir(places::repository()),
    )?;
    let messages = told.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let executable = messages
        .filter(|message| message["target"]["name"] == package && message["profile"]["test"] == true)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from));
    executable.with_context(|| format!("{package} has no unit tests"))
}

/// A copy without debug information, which the guest would have to hold in memory.
fn strip(program: &Path, directory: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let stripped = directory.join(name);
    steps::output(Command::new("strip").arg("-o").arg(&stripped).arg(program))?;
    Ok(stripped)
}

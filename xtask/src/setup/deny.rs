//! cargo-deny: licences, duplicates and sources of the dependencies.

use std::path::PathBuf;
use std::process::Command;

use crate::{places, steps};

/// The version that `deny.toml` is written for. PyPI's wheel of this name is from 2023 and cannot read what today's
/// Cargo tells, so it is built from its crate, once.
const VERSION: &str = "0.20.2";

/// The program: the machine's, or the installed one.
pub fn find() -> Option<PathBuf> {
    let installed = directory().join("bin/cargo-deny");
    if installed.exists() { Some(installed) } else { places::find_program("cargo-deny") }
}

fn directory() -> PathBuf {
    places::cache().join(format!("cargo-deny-{VERSION}"))
}

/// Builds cargo-deny unless it is there.
///
/// # Errors
/// When crates.io cannot be reached or the build fails.
pub fn install() -> anyhow::Result<()> {
    if find().is_some() {
        return Ok(());
    }
    steps::step(&format!("building cargo-deny {VERSION}"), || {
        steps::output(
            Command::new("cargo")
                .args(["install", "--quiet", "--locked", "--no-default-features", "--root"])
                .arg(directory())
                .arg(format!("cargo-deny@{VERSION}"))
                .env_remove("CARGO_TARGET_DIR"),
        )?;
        Ok(())
    })
}

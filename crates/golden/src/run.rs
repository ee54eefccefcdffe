//! The two entries: record upstream's answers, and compare ours with them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::corpus::{self, Case};
use crate::machine::Machine;
use crate::outcome::Outcome;
use crate::session::{self, Settings};
use crate::{compare, differences};

/// The variable in which the box names its containerd.
const RUNTIME_VARIABLE: &str = "KUBELET_TEST_CONTAINERD";
/// The version that lacks what some cases ask for: user namespaces, image volumes, recursive read-only mounts.
const OLD_RUNTIME: &str = "1.6";

/// Runs upstream's kubelet over the corpus and writes the golden files.
///
/// # Errors
/// When the session fails or a file cannot be written.
pub async fn record(program: &Path, filter: &[String], keep: Option<PathBuf>) -> anyhow::Result<()> {
    let cases = selected(filter)?;
    let settings = Settings { program: program.to_owned(), expected: None, keep };
    let mut outcomes = BTreeMap::new();
    let result = session::run(&cases, &settings, &mut outcomes).await;
    let store = Store::of_this_runtime();
    if filter.is_empty() && result.is_ok() {
        store.clear()?;
        Machine::here()?.write()?;
    }
    for (name, outcome) in &outcomes {
        store.write(name, outcome)?;
    }
    eprintln!("golden: {} outcomes recorded", outcomes.len());
    result
}

/// Runs our kubelet over the corpus and compares. Returns the report and whether there is nothing unexpected in it.
///
/// # Errors
/// When the session fails or the golden files cannot be read.
pub async fn replay(
    program: &Path,
    filter: &[String],
    keep: Option<PathBuf>,
) -> anyhow::Result<(String, bool)> {
    let cases = selected(filter)?;
    let expected = load_expected(&cases)?;
    let same_machine = Machine::here()? == Machine::recorded()?;
    let mut intended = differences::load()?;
    intended.retain(|row| !row.machine || !same_machine);
    let settings = Settings { program: program.to_owned(), expected: Some(expected.clone()), keep };
    let mut outcomes = BTreeMap::new();
    session::run(&cases, &settings, &mut outcomes).await?;
    let report = compare::all(&expected, &outcomes, &intended);
    Ok((report.text(), report.is_clean()))
}

fn selected(filter: &[String]) -> anyhow::Result<Vec<Case>> {
    let mut cases = corpus::load()?;
    cases.retain(|case| filter.is_empty() || filter.iter().any(|wanted| case.name.contains(wanted.as_str())));
    if cases.is_empty() {
        bail!("no case matches");
    }
    Ok(cases)
}

/// Where golden files are kept. Those of the newer runtime are the whole set; an older one has only those that differ.
#[derive(Debug)]
struct Store {
    usual: PathBuf,
    special: Option<PathBuf>,
}

impl Store {
    fn of_this_runtime() -> Self {
        let directory = corpus::directory();
        let old = std::env::var(RUNTIME_VARIABLE).is_ok_and(|version| version == OLD_RUNTIME);
        Self {
            usual: directory.join("expected"),
            special: old.then(|| directory.join(format!("expected-{OLD_RUNTIME}"))),
        }
    }

    fn clear(&self) -> anyhow::Result<()> {
        let directory = self.special.as_ref().unwrap_or(&self.usual);
        for entry in fs::read_dir(directory).into_iter().flatten() {
            let path = entry.context("the golden files cannot be listed")?.path();
            fs::remove_file(&path).with_context(|| format!("{} cannot be removed", path.display()))?;
        }
        Ok(())
    }

    fn write(&self, name: &str, outcome: &Outcome) -> anyhow::Result<()> {
        let file = format!("{name}.json");
        let Some(special) = self.special.as_ref() else { return write(&self.usual.join(&file), outcome) };
        let usual = read(&self.usual.join(&file))?;
        if compare::alike(&usual, outcome) { Ok(()) } else { write(&special.join(&file), outcome) }
    }

    fn read(&self, name: &str) -> anyhow::Result<Outcome> {
        let file = format!("{name}.json");
        let special =
            self.special.as_ref().map(|directory| directory.join(&file)).filter(|path| path.exists());
        let path = special.unwrap_or_else(|| self.usual.join(&file));
        read(&path)
    }
}

fn read(path: &Path) -> anyhow::Result<Outcome> {
    let text =
        fs::read_to_string(path).with_context(|| format!("{} cannot be read: record it", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is no outcome", path.display()))
}

fn write(path: &Path, outcome: &Outcome) -> anyhow::Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).with_context(|| format!("{} cannot be made", directory.display()))?;
    }
    let mut text = serde_json::to_string_pretty(outcome).context("an outcome is no JSON")?;
    text.push('\n');
    fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
}

/// The golden files of the cases.
///
/// # Errors
/// When one is missing or cannot be read.
pub fn load_expected(cases: &[Case]) -> anyhow::Result<BTreeMap<String, Outcome>> {
    let store = Store::of_this_runtime();
    cases.iter().map(|case| Ok((case.name.clone(), store.read(&case.name)?))).collect()
}

#[cfg(test)]
mod tests;

//! The two entries: record upstream's answers, and compare ours with them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::corpus::{self, Case};
use crate::outcome::Outcome;
use crate::session::{self, Settings};
use crate::{compare, differences};

/// Runs upstream's kubelet over the corpus and writes the golden files.
///
/// # Errors
/// When the session fails or a file cannot be written.
pub async fn record(program: &Path, filter: &[String], keep: Option<PathBuf>) -> anyhow::Result<()> {
    let cases = selected(filter)?;
    let settings = Settings { program: program.to_owned(), expected: None, keep };
    let mut outcomes = BTreeMap::new();
    let result = session::run(&cases, &settings, &mut outcomes).await;
    let directory = corpus::directory().join("expected");
    fs::create_dir_all(&directory).with_context(|| format!("{} cannot be made", directory.display()))?;
    if filter.is_empty() && result.is_ok() {
        for entry in fs::read_dir(&directory).context("the golden files cannot be listed")? {
            fs::remove_file(entry.context("the golden files cannot be listed")?.path())
                .context("an old golden file cannot be removed")?;
        }
    }
    for (name, outcome) in &outcomes {
        let mut text = serde_json::to_string_pretty(outcome).context("an outcome is no JSON")?;
        text.push('\n');
        fs::write(directory.join(format!("{name}.json")), text)
            .with_context(|| format!("the golden file of {name} cannot be written"))?;
    }
    eprintln!("golden: {} outcomes recorded", outcomes.len());
    result
}

/// Runs our kubelet over the corpus and compares. Returns the report and whether there is nothing unexpected in it.
///
/// # Errors
/// When the session fails or the golden files cannot be read.
pub async fn replay(program: &Path, filter: &[String], keep: Option<PathBuf>) -> anyhow::Result<(String, bool)> {
    let cases = selected(filter)?;
    let expected = load_expected(&cases)?;
    let intended = differences::load()?;
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

/// The golden files of the cases.
///
/// # Errors
/// When one is missing or cannot be read.
pub fn load_expected(cases: &[Case]) -> anyhow::Result<BTreeMap<String, Outcome>> {
    cases
        .iter()
        .map(|case| {
            let path = corpus::directory().join("expected").join(format!("{}.json", case.name));
            let text = fs::read_to_string(&path)
                .with_context(|| format!("{} cannot be read: record it", path.display()))?;
            let outcome = serde_json::from_str(&text).with_context(|| format!("{} is no outcome", path.display()))?;
            Ok((case.name.clone(), outcome))
        })
        .collect()
}

//! The corpus: one file per question.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// `{{fill N}}` in a manifest stands for N letters: large files need not be committed.
const FILL: &str = "{{fill ";
/// The largest filling that is taken: beyond the 10 MiB that a kubelet reads.
const FILL_LIMIT: usize = 16 << 20;

/// One manifest of the corpus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The file's name without its extension; the pod in it bears the same name when it has one.
    pub name: String,
    /// The file's name, which is part of the pod's UID.
    pub file_name: String,
    /// The manifest as a kubelet sees it.
    pub content: Vec<u8>,
}

/// The directory of the corpus, its expectations and the table of intended differences.
pub fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden")
}

/// Reads the whole corpus, sorted by name.
///
/// # Errors
/// When a file cannot be read or its filling makes no sense.
pub fn load() -> anyhow::Result<Vec<Case>> {
    let directory = directory().join("corpus");
    let mut cases = Vec::new();
    for entry in
        std::fs::read_dir(&directory).with_context(|| format!("{} cannot be read", directory.display()))?
    {
        let path = entry.context("the corpus cannot be listed")?.path();
        let file_name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let bytes = std::fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let content = fill(bytes).with_context(|| format!("{} cannot be filled", path.display()))?;
        cases.push(Case { name: case_name(&file_name).to_owned(), file_name, content });
    }
    cases.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(cases)
}

/// The file's name without `.yaml`, `.json` or another extension that the corpus uses.
pub fn case_name(file_name: &str) -> &str {
    [".yaml", ".json", ".txt", ".yaml~"]
        .iter()
        .find_map(|end| file_name.strip_suffix(end))
        .unwrap_or(file_name)
}

/// Replaces every `{{fill N}}`.
fn fill(bytes: Vec<u8>) -> anyhow::Result<Vec<u8>> {
    let Ok(text) = std::str::from_utf8(&bytes) else { return Ok(bytes) };
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(FILL) {
        let (count, after) = after.split_once("}}").context("a filling has no end")?;
        let count: usize = count.parse().with_context(|| format!("{count:?} is no count"))?;
        if count > FILL_LIMIT {
            bail!("{count} is more than {FILL_LIMIT}");
        }
        filled.push_str(before);
        filled.extend(std::iter::repeat_n('x', count));
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled.into_bytes())
}

#[cfg(test)]
mod tests;

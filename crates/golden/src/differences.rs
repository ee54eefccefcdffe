//! The table of intended differences: `tests/golden/differences.json`, explained in `docs/differences.md`.

use anyhow::Context;
use serde::Deserialize;

use crate::corpus;

/// One intended difference.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intended {
    /// The case, with `*` for any run of characters.
    pub case: String,
    /// The path within the outcome, as the report writes it, with `*` for any run of characters.
    pub path: String,
    /// Why we differ, in words that `docs/differences.md` has too.
    pub reason: String,
    /// Whether this is a difference between machines: it counts only where the machine is not the recorded one.
    #[serde(default)]
    pub machine: bool,
}

impl Intended {
    /// Whether the difference at `path` of `case` is this one.
    pub fn covers(&self, case: &str, path: &str) -> bool {
        matches(&self.case, case) && matches(&self.path, path)
    }
}

/// Reads the table.
///
/// # Errors
/// When it cannot be read.
pub fn load() -> anyhow::Result<Vec<Intended>> {
    let path = corpus::directory().join("differences.json");
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is no table of differences", path.display()))
}

/// Whether `text` has the shape of `pattern`, whose `*` stands for any run of characters.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, after)) => text.strip_prefix(before).is_some_and(|rest| {
            (0..=rest.len())
                .filter(|start| rest.is_char_boundary(*start))
                .any(|start| matches(after, &rest[start..]))
        }),
    }
}

#[cfg(test)]
mod tests;

//! What is wrong with a manifest, and where.

use std::fmt::{Display, Formatter};

/// The most findings that an error writes out; a longer list helps nobody.
const MAX_SHOWN: usize = 50;

/// The most findings of a kind that are kept.
pub(crate) const MAX_FINDINGS: usize = 1000;

/// A place in a manifest, both counted from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line.
    pub line: u32,
    /// Column, in characters.
    pub column: u32,
}

/// One thing wrong, or odd, about a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where in the source; for a field that is missing, the object that lacks it. `None` where the whole source is meant.
    pub position: Option<Position>,
    /// The field's path as upstream writes it (`spec.containers[0].image`); empty where no field is meant.
    pub field: String,
    /// What is wrong and what would be right. Messages of validation are upstream's.
    pub message: String,
}

impl Display for Finding {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        if let Some(Position { line, column }) = self.position {
            write!(formatter, "{line}:{column}: ")?;
        }
        if self.field.is_empty() {
            formatter.write_str(&self.message)
        } else {
            write!(formatter, "{}: {}", self.field, self.message)
        }
    }
}

/// How far a manifest came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It is no YAML or JSON, or too large.
    Syntax,
    /// It is no pod: another kind, or values of the wrong type.
    Decoding,
    /// It is a pod that the API server would refuse, or one that needs what a static pod cannot have.
    Validation,
}

/// A manifest that cannot be used, with everything that is wrong about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestError {
    pub(crate) source: String,
    pub(crate) stage: Stage,
    pub(crate) findings: Vec<Finding>,
}

impl ManifestError {
    /// The file or URL.
    pub fn origin(&self) -> &str {
        &self.source
    }

    /// How far the manifest came.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Everything found, in the order of the source; never empty, and cut at some thousands.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

impl Display for ManifestError {
    /// One line per finding: `/etc/kubernetes/manifests/a.yaml:12:9: spec.containers[0].image: Required value`.
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        for (index, finding) in self.findings.iter().take(MAX_SHOWN).enumerate() {
            if index > 0 {
                formatter.write_str("\n")?;
            }
            let separator = if finding.position.is_some() { ":" } else { ": " };
            write!(formatter, "{}{separator}{finding}", self.source)?;
        }
        if self.findings.len() > MAX_SHOWN {
            write!(formatter, "\n{}: and {} more", self.source, self.findings.len() - MAX_SHOWN)?;
        }
        Ok(())
    }
}

impl std::error::Error for ManifestError {}

//! Where each value of the effective configuration comes from.

use crate::document::Position;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// Who set a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "source", rename_all = "kebab-case")]
pub enum Origin {
    /// Nobody.
    Default,
    /// The file of `--config`.
    File {
        /// Its path.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// A file of `--config-dir`.
    DropIn {
        /// Its path.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// A flag.
    Flag {
        /// Its name, without dashes.
        flag: String,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("default"),
            Self::File { file, line, .. } => write!(formatter, "file {file}:{line}"),
            Self::DropIn { file, line, .. } => write!(formatter, "drop-in {file}:{line}"),
            Self::Flag { flag } => write!(formatter, "flag --{flag}"),
        }
    }
}

/// Origin by path of the field; entries of maps have their own (`evictionHard["memory.available"]`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins {
    by_path: BTreeMap<String, Origin>,
    /// Every place of every file, objects included: where findings point.
    places: BTreeMap<String, (String, Position)>,
}

impl Origins {
    /// Who set the value at `path`: the entry itself, else the nearest thing around it, else nobody.
    pub fn of(&self, path: &str) -> &Origin {
        let mut rest = path;
        loop {
            if let Some(origin) = self.by_path.get(rest) {
                return origin;
            }
            match rest.rfind(['.', '[']) {
                Some(end) => rest = &rest[..end],
                None => return &Origin::Default,
            }
        }
    }

    /// Every value that somebody set.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Origin)> {
        self.by_path.iter().map(|(path, origin)| (path.as_str(), origin))
    }

    /// Records what a file sets. Objects and maps are not values themselves: their entries are.
    pub(crate) fn record_file(
        &mut self,
        file: &str,
        positions: &BTreeMap<String, Position>,
        origin: impl Fn(Position) -> Origin,
    ) {
        for (path, position) in positions {
            self.places.insert(path.clone(), (file.to_owned(), *position));
            let has_parts = |mark: &str| {
                let prefix = format!("{path}{mark}");
                positions.range(prefix.clone()..).next().is_some_and(|(next, _)| next.starts_with(&prefix))
            };
            if !has_parts(".") && !has_parts("[\"") {
                self.by_path.insert(path.clone(), origin(*position));
            }
        }
    }

    /// Records a flag, which replaces whatever set parts of the value before.
    pub(crate) fn record_flag(&mut self, path: &str, flag: &str) {
        let keeps_others = path == "featureGates" || path == "logging.vmodule";
        if !keeps_others {
            let below = |candidate: &str| {
                candidate.strip_prefix(path).is_some_and(|rest| rest.starts_with(['.', '[']))
            };
            self.by_path.retain(|candidate, _| !below(candidate));
        }
        let origin = Origin::Flag { flag: flag.to_owned() };
        self.by_path.insert(path.to_owned(), origin);
    }

    /// Where a finding about `path` belongs, if a file set it.
    pub(crate) fn place(&self, path: &str) -> Option<(&str, Position)> {
        match self.of(path) {
            Origin::Flag { .. } => return None,
            Origin::Default | Origin::File { .. } | Origin::DropIn { .. } => {}
        }
        let (file, position) = self.places.get(path)?;
        Some((file, *position))
    }
}

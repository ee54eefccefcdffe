//! Which events are logged: `--v` and `--vmodule`.

use config::VerbosityRule;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{PoisonError, RwLock};
use tracing::{Level, Metadata, level_filters::LevelFilter};

/// The verbosity that each level needs, in our own code and in dependencies.
const DEBUG: u32 = 4;
const TRACE: u32 = 6;
const FOREIGN_INFO: u32 = 2;
const FOREIGN_DEBUG: u32 = 8;
const FOREIGN_TRACE: u32 = 10;

/// The current settings, shared between the layer and its handles.
#[derive(Debug)]
pub(super) struct Filter {
    verbosity: AtomicU32,
    has_rules: AtomicBool,
    rules: RwLock<Vec<VerbosityRule>>,
}

impl Filter {
    pub(super) fn new(verbosity: u32, rules: &[VerbosityRule]) -> Self {
        Self {
            verbosity: AtomicU32::new(verbosity),
            has_rules: AtomicBool::new(!rules.is_empty()),
            rules: RwLock::new(rules.to_vec()),
        }
    }

    pub(super) fn verbosity(&self) -> u32 {
        self.verbosity.load(Ordering::Relaxed)
    }

    pub(super) fn set_verbosity(&self, verbosity: u32) {
        self.verbosity.store(verbosity, Ordering::Relaxed);
    }

    pub(super) fn set_rules(&self, rules: &[VerbosityRule]) {
        let mut current = self.rules.write().unwrap_or_else(PoisonError::into_inner);
        *current = rules.to_vec();
        self.has_rules.store(!rules.is_empty(), Ordering::Relaxed);
    }

    /// The verbosity that holds at a place of the code: the first rule that names its file, but at least the general one.
    pub(super) fn verbosity_at(&self, metadata: &Metadata<'_>) -> u32 {
        let general = self.verbosity();
        if !self.has_rules.load(Ordering::Relaxed) {
            return general;
        }
        let Some(file) = metadata.file() else {
            return general;
        };
        let rules = self.rules.read().unwrap_or_else(PoisonError::into_inner);
        rules
            .iter()
            .find(|rule| names(&rule.file_pattern, file))
            .map_or(general, |rule| rule.verbosity.max(general))
    }

    /// The most detailed level that any place could log.
    pub(super) fn most_detailed(&self) -> LevelFilter {
        let rules = self.rules.read().unwrap_or_else(PoisonError::into_inner);
        let highest = rules.iter().map(|rule| rule.verbosity).fold(self.verbosity(), u32::max);
        match highest {
            0 => LevelFilter::INFO,
            // An event of any level may name a low verbosity itself.
            1..TRACE => LevelFilter::DEBUG,
            TRACE.. => LevelFilter::TRACE,
        }
    }
}

/// The verbosity that an event needs which names none itself.
pub(super) fn needed(metadata: &Metadata<'_>) -> u32 {
    let foreign = is_foreign(metadata);
    match *metadata.level() {
        Level::ERROR | Level::WARN => 0,
        Level::INFO if foreign => FOREIGN_INFO,
        Level::INFO => 0,
        Level::DEBUG if foreign => FOREIGN_DEBUG,
        Level::DEBUG => DEBUG,
        Level::TRACE if foreign => FOREIGN_TRACE,
        Level::TRACE => TRACE,
    }
}

/// Code of dependencies is compiled from absolute paths, ours from paths relative to the workspace.
fn is_foreign(metadata: &Metadata<'_>) -> bool {
    metadata.file().is_some_and(|file| file.starts_with('/'))
}

/// Whether a pattern names a source file. klog compares the base name without its suffix; since Rust files are often
/// named `mod.rs` or `task.rs`, the directory's name counts too. A pattern with a slash is compared with the path's end.
fn names(pattern: &str, file: &str) -> bool {
    let path = file.strip_suffix(".rs").unwrap_or(file);
    let mut parts = path.rsplit('/');
    if pattern.contains('/') {
        return path.match_indices('/').any(|(slash, _)| matches(pattern, &path[slash + 1..]))
            || matches(pattern, path);
    }
    let base = parts.next().unwrap_or(path);
    matches(pattern, base) || parts.next().is_some_and(|directory| matches(pattern, directory))
}

/// A glob with `*`, `?` and `[a-z]` (Go's `filepath.Match`: neither star nor question mark matches a slash).
fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    matches_from(&pattern, &text)
}

fn matches_from(pattern: &[char], text: &[char]) -> bool {
    match pattern.first() {
        None => text.is_empty(),
        Some('*') => (0..=text.len())
            .take_while(|end| text[..*end].iter().all(|character| *character != '/'))
            .any(|end| matches_from(&pattern[1..], &text[end..])),
        Some('?') => {
            text.first().is_some_and(|character| *character != '/') && matches_from(&pattern[1..], &text[1..])
        }
        Some('[') => {
            let Some(close) = pattern.iter().position(|character| *character == ']') else {
                return false;
            };
            text.first().is_some_and(|character| in_class(&pattern[1..close], *character))
                && matches_from(&pattern[close + 1..], &text[1..])
        }
        Some(literal) => text.first() == Some(literal) && matches_from(&pattern[1..], &text[1..]),
    }
}

fn in_class(class: &[char], character: char) -> bool {
    let (negated, class) = match class.first() {
        Some('^') => (true, &class[1..]),
        _ => (false, class),
    };
    let mut index = 0;
    let mut found = false;
    while index < class.len() {
        if index + 2 < class.len() && class[index + 1] == '-' {
            found |= (class[index]..=class[index + 2]).contains(&character);
            index += 3;
        } else {
            found |= class[index] == character;
            index += 1;
        }
    }
    found != negated
}

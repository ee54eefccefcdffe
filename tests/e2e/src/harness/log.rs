//! Lines for the person who waits, ends of logs, and logs that are kept.

use crate::environment::LOGS_VARIABLE;
use std::fs;
use std::io::Write;
use std::path::Path;

/// One line on standard output, at once.
pub fn say(line: &str) {
    let mut stdout = std::io::stdout().lock();
    // Whoever listened has gone: the tests go on.
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}

/// The last lines of a file; empty when there is none.
pub fn tail(path: &Path, lines: usize) -> String {
    last_lines(&fs::read_to_string(path).unwrap_or_default(), lines)
}

/// The last `count` lines of a text.
pub fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// Copies a log to those of the box's own programs, which `--logs` takes out of it at the end.
pub fn keep(log: &Path, name: &str) {
    let Some(directory) = std::env::var_os(LOGS_VARIABLE) else { return };
    let target = Path::new(&directory).join(format!("{name}.log"));
    if let Err(error) = fs::create_dir_all(&directory).and_then(|()| fs::copy(log, &target)) {
        say(&format!("{} cannot be kept: {error}", log.display()));
    }
}

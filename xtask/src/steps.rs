//! Running programs, and telling the person in front of the terminal what is going on.

use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// How many lines of a failed program's output are shown.
const SHOWN_LINES: usize = 30;

/// One line of progress on standard error, so that standard output stays clean for results.
pub fn say(message: &str) {
    let mut stderr = std::io::stderr().lock();
    // A closed terminal must not end the work.
    let _ = writeln!(stderr, "==> {message}");
}

/// Does `work` and tells how long it took, when it took long enough for a person to wonder.
///
/// # Errors
/// Those of `work`, with the step's name in front.
pub fn step<T>(name: &str, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    say(name);
    let start = Instant::now();
    let result = work().with_context(|| format!("{name}: failed"))?;
    let took = start.elapsed();
    if took > Duration::from_secs(3) {
        say(&format!("{name}: done in {}", duration(took)));
    }
    Ok(result)
}

/// Runs a program to its end and returns what it printed on standard output.
///
/// # Errors
/// When it cannot be started or does not end with status 0; the message holds the end of what it printed.
pub fn output(command: &mut Command) -> anyhow::Result<String> {
    let shown = describe(command);
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("{shown} cannot be started"))?;
    if !output.status.success() {
        let mut printed = String::from_utf8_lossy(&output.stdout).into_owned();
        printed.push_str(&String::from_utf8_lossy(&output.stderr));
        bail!("{shown} ended with {}\n{}", output.status, last_lines(&printed, SHOWN_LINES));
    }
    String::from_utf8(output.stdout).with_context(|| format!("{shown} printed something that is not UTF-8"))
}

/// Runs a program whose input is `input`.
///
/// # Errors
/// As for [`output`].
pub fn output_with_input(command: &mut Command, input: &str) -> anyhow::Result<String> {
    let shown = describe(command);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{shown} cannot be started"))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes()).with_context(|| format!("{shown} takes no input"))?;
    }
    let output = child.wait_with_output().with_context(|| format!("{shown} cannot be waited for"))?;
    if !output.status.success() {
        bail!("{shown} ended with {}\n{}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A command in a session of its own: no Ctrl-C and no closed terminal ends it. The process id stays its own.
pub fn daemon(program: &Path) -> Command {
    let mut command = Command::new("setsid");
    command.arg(program);
    command
}

/// The last `count` lines of a text.
pub fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// The last lines of a file; empty when there is none.
pub fn tail(path: &Path, count: usize) -> String {
    std::fs::read(path).map(|bytes| last_lines(&String::from_utf8_lossy(&bytes), count)).unwrap_or_default()
}

/// A duration as people write it: `850ms`, `12.3s`, `4m05s`.
pub fn duration(value: Duration) -> String {
    let seconds = value.as_secs();
    if seconds >= 60 {
        format!("{}m{:02}s", seconds / 60, seconds % 60)
    } else if seconds >= 1 {
        format!("{:.1}s", value.as_secs_f64())
    } else {
        format!("{}ms", value.as_millis())
    }
}

/// The command line as a person would read it.
pub fn describe(command: &Command) -> String {
    let mut words = vec![command.get_program()];
    words.extend(command.get_args());
    words.join(OsStr::new(" ")).to_string_lossy().into_owned()
}

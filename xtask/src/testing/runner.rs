//! Runs the parts, keeps their output, sums up.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};

use super::counts::{self, Counts};
use super::parts::{self, Part};
use crate::steps;

/// How many lines of a failed part are shown; its log file has the rest.
const SHOWN_LINES: usize = 120;

/// How Cargo's lines begin that say what it does.
const CARGO_WORDS: [&str; 9] = [
    "Blocking ",
    "Checking ",
    "Compiling ",
    "Doc-tests ",
    "Downloaded ",
    "Downloading ",
    "Finished ",
    "Running ",
    "Locking ",
];

/// How a part ended.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Ran { counts: Counts, took: Duration },
    NotRun { why: String },
}

/// Runs the stages one after the other and prints a table and the closing line `N passed, N failed`. The exit code is success only when
/// nothing failed and something ran.
///
/// # Errors
/// When a log cannot be written or a program cannot be started.
pub fn run(stages: Vec<Vec<Part>>) -> anyhow::Result<ExitCode> {
    fs::create_dir_all(parts::logs())
        .with_context(|| format!("{} cannot be made", parts::logs().display()))?;
    let mut outcomes = Vec::new();
    for stage in stages {
        outcomes.extend(run_stage(stage)?);
    }
    let total: Counts = outcomes
        .iter()
        .map(|(_, outcome)| match outcome {
            Outcome::Ran { counts, .. } => *counts,
            Outcome::NotRun { .. } => Counts::default(),
        })
        .sum();
    println!("\n{}", summary(&outcomes));
    println!("{} passed, {} failed", total.passed, total.failed);
    let good = total.failed == 0 && total.passed > 0;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs the parts of a stage side by side.
fn run_stage(stage: Vec<Part>) -> anyhow::Result<Vec<(String, Outcome)>> {
    thread::scope(|scope| {
        let running: Vec<_> = stage
            .into_iter()
            .map(|part| {
                let name = part.name.clone();
                (name, scope.spawn(|| run_part(part)))
            })
            .collect();
        running
            .into_iter()
            .map(|(name, part)| {
                let outcome = part.join().map_err(|_| anyhow!("the part {name} panicked"))?;
                Ok((name, outcome?))
            })
            .collect()
    })
}

fn run_part(part: Part) -> anyhow::Result<Outcome> {
    let Part { name, commands, hindrance } = part;
    if let Some(why) = hindrance {
        steps::say(&format!("{name}: not run: {why}"));
        return Ok(Outcome::NotRun { why });
    }
    steps::say(&name);
    let start = Instant::now();
    let path = parts::log(&name);
    fs::write(&path, "").with_context(|| format!("{} cannot be written", path.display()))?;
    let mut succeeded = true;
    for mut command in commands {
        succeeded = run_command(&mut command, &path)?;
        if !succeeded {
            break;
        }
    }
    let took = start.elapsed();
    let output = fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let output = String::from_utf8_lossy(&output);
    let counts = counted(&output, succeeded);
    if !succeeded {
        println!("{}", steps::last_lines(&without_successes(&output), SHOWN_LINES));
    }
    steps::say(&format!(
        "{name}: {} passed, {} failed in {}{}",
        counts.passed,
        counts.failed,
        steps::duration(took),
        if succeeded { String::new() } else { format!("; all of it is in {}", path.display()) }
    ));
    Ok(Outcome::Ran { counts, took })
}

/// A log without what went well, so that what did not is among its last lines.
fn without_successes(output: &str) -> String {
    let went_well = |line: &&str| {
        (line.starts_with("test ") && (line.ends_with(" ... ok") || line.contains(" ... ok (")))
            || line.starts_with("test result: ok.")
            || line.starts_with("running ")
            || CARGO_WORDS.iter().any(|word| line.trim_start().starts_with(word))
            || line.is_empty()
    };
    output.lines().filter(|line| !went_well(line)).collect::<Vec<_>>().join("\n")
}

/// What a part's tests say; a part without tests of its own is one. A failure that no test accounts for counts too.
fn counted(output: &str, succeeded: bool) -> Counts {
    let told = counts::read(output);
    match (told, succeeded) {
        (Some(counts), true) => counts,
        (Some(counts), false) => Counts { failed: counts.failed.max(1), ..counts },
        (None, true) => Counts { passed: 1, failed: 0 },
        (None, false) => Counts { passed: 0, failed: 1 },
    }
}

/// Runs one command with its output appended to the log. Returns whether it succeeded.
fn run_command(command: &mut Command, log: &Path) -> anyhow::Result<bool> {
    let mut file = File::options()
        .append(true)
        .open(log)
        .with_context(|| format!("{} cannot be opened", log.display()))?;
    let shown = steps::describe(command);
    writeln!(file, "$ {shown}").with_context(|| format!("{} cannot be written", log.display()))?;
    let output = file.try_clone().context("the log's descriptor cannot be copied")?;
    let status = command.stdin(Stdio::null()).stdout(output).stderr(file).status();
    let status = status.with_context(|| format!("{shown} cannot be started"))?;
    Ok(status.success())
}

/// The table of the parts.
fn summary(outcomes: &[(String, Outcome)]) -> String {
    let width = outcomes.iter().map(|(name, _)| name.len()).max().unwrap_or(0).max("part".len());
    let mut lines = vec![format!("{:width$}  {:>6}  {:>6}  {:>8}", "part", "passed", "failed", "time")];
    for (name, outcome) in outcomes {
        lines.push(match outcome {
            Outcome::Ran { counts, took } => format!(
                "{name:width$}  {:>6}  {:>6}  {:>8}",
                counts.passed,
                counts.failed,
                steps::duration(*took)
            ),
            Outcome::NotRun { why } => format!("{name:width$}  not run: {why}"),
        });
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(output: &str, succeeded: bool, expected: (u64, u64)) {
        let counts = counted(output, succeeded);
        assert_eq!((counts.passed, counts.failed), expected, "{output} {succeeded}");
    }

    #[test]
    fn no_failure_goes_uncounted() {
        check("", true, (1, 0));
        check("error: it does not build", false, (0, 1));
        check("test result: ok. 3 passed; 0 failed;", true, (3, 0));
        check("test result: ok. 3 passed; 0 failed;\nerror: no", false, (3, 1));
        check("test result: FAILED. 3 passed; 2 failed;", false, (3, 2));
    }

    #[test]
    fn failures_are_left_of_a_log() {
        let output = "running 2 tests\ntest a ... ok\ntest b ... FAILED\n\nfailures:\n    b: no\n\n\
            test result: FAILED. 1 passed; 1 failed;\n     Running unittests src/lib.rs\ntest result: ok. 3 passed;\n";
        assert_eq!(
            without_successes(output),
            "test b ... FAILED\nfailures:\n    b: no\ntest result: FAILED. 1 passed; 1 failed;"
        );
    }

    #[test]
    fn the_table_names_what_did_not_run() {
        let ran = Outcome::Ran { counts: Counts { passed: 12, failed: 0 }, took: Duration::from_secs(63) };
        let not_run = Outcome::NotRun { why: "it needs root".to_owned() };
        assert_eq!(
            summary(&[("unit".to_owned(), ran), ("e2e-1.6".to_owned(), not_run)]),
            "part     passed  failed      time\nunit         12       0     1m03s\ne2e-1.6  not run: it needs root\n"
        );
    }
}

//! The cases that the command line names: side by side, then one after the other, and around them those that span the others.

use super::case::{Case, Run, Work};
use super::log::say;
use super::outcome::{Outcome, finish, report};
use super::spanning;
use super::suite::Suite;
use anyhow::Context;
use futures::FutureExt;
use futures::stream::{self, StreamExt};
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::time::Instant;

/// Runs the cases whose names hold one of the words on the command line; all of them without words.
pub fn main<S: Suite>(modules: &[&[Case<S::Shared, S::Alone>]]) -> ExitCode {
    // One line: the call stack of a case is the same for all of them.
    std::panic::set_hook(Box::new(|panic| say(&panic.to_string())));
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&String> = arguments.iter().filter(|word| !word.starts_with('-')).collect();
    let is_chosen = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    let chosen: Vec<_> =
        modules.iter().flat_map(|module| module.iter()).filter(|case| is_chosen(case.name)).collect();
    if arguments.iter().any(|word| word == "--list") {
        for case in &chosen {
            say(&format!("{}: test", case.short()));
        }
        return ExitCode::SUCCESS;
    }
    match run::<S>(&chosen) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("{}: {error:#}", S::NAME));
            ExitCode::FAILURE
        }
    }
}

fn run<S: Suite>(chosen: &[&Case<S::Shared, S::Alone>]) -> anyhow::Result<bool> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let Some(mut suite) = S::find().await? else {
            say(&format!(
                "{}: {} cases need surroundings of their own: {} (there are none here; none was run, none passed)",
                S::NAME,
                chosen.len(),
                S::COMMAND
            ));
            return Ok(true);
        };
        say(&format!("running {} tests {}", chosen.len(), suite.surroundings()));
        let start = Instant::now();
        let begun = spanning::begin(&mut suite, chosen).await;
        let mut outcomes = run_shared(&mut suite, chosen).await?;
        for case in chosen {
            if let Run::Alone(work) = case.run {
                outcomes.extend(run_alone(&mut suite, case.short(), work).await?);
            }
        }
        outcomes.extend(spanning::end(&mut suite, begun).await?);
        let names: Vec<&str> = chosen.iter().map(|case| case.short()).collect();
        outcomes.extend(suite.after_all(&names).await?);
        Ok(report(&outcomes, start.elapsed()))
    })
}

async fn run_shared<S: Suite>(
    suite: &mut S,
    chosen: &[&Case<S::Shared, S::Alone>],
) -> anyhow::Result<Vec<Outcome>> {
    let shared: Vec<(&str, Work<S::Shared>)> = chosen
        .iter()
        .filter_map(|case| match case.run {
            Run::Shared(work) => Some((case.short(), work)),
            Run::Alone(_) | Run::Spanning(_) => None,
        })
        .collect();
    if shared.is_empty() {
        return Ok(Vec::new());
    }
    suite.before_shared().await.context("before the first case")?;
    let names: Vec<&str> = shared.iter().map(|(name, _)| *name).collect();
    let lent = &*suite;
    let mut outcomes: Vec<Outcome> = stream::iter(shared)
        .map(|(name, work)| finish(name, run_one_shared(lent, name, work)))
        .buffer_unordered(S::SIDE_BY_SIDE)
        .collect()
        .await;
    outcomes.extend(suite.after_shared(&names).await?);
    Ok(outcomes)
}

/// Runs a case among others. What it was given is taken back even when it panics.
async fn run_one_shared<S: Suite>(suite: &S, name: &str, work: Work<S::Shared>) -> anyhow::Result<()> {
    let given = suite.shared(name).await?;
    let result = AssertUnwindSafe(work(given)).catch_unwind().await;
    let taken_back = suite.after_one_shared(name).await;
    match result {
        Ok(result) => result.and(taken_back),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

async fn run_alone<S: Suite>(
    suite: &mut S,
    name: &str,
    work: Work<S::Alone>,
) -> anyhow::Result<Vec<Outcome>> {
    let given = suite.alone(name).await;
    let outcome = finish(name, async { work(given?).await }).await;
    finished_alone(suite, outcome).await
}

/// Adds the last words of a case that failed, and looks at what a case has left.
pub(super) async fn finished_alone<S: Suite>(
    suite: &mut S,
    mut outcome: Outcome,
) -> anyhow::Result<Vec<Outcome>> {
    if let Some(error) = &mut outcome.error {
        error.push_str(&suite.last_words());
    }
    let looks = suite.after_one_alone(&outcome.name).await?;
    Ok(std::iter::once(outcome).chain(looks).collect())
}

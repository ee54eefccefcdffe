//! What became of each case.

use super::log::say;
use anyhow::anyhow;
use futures::FutureExt;
use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

/// No case takes longer.
const CASE_BOUND: Duration = Duration::from_secs(600);

/// What became of a case, or of a look at what is left after some.
#[derive(Debug)]
pub struct Outcome {
    /// `module::function`.
    pub name: String,
    /// Why it failed, if it did.
    pub error: Option<String>,
}

/// Does the work within the bound, catches panics, and says how it went.
pub async fn finish(name: &str, work: impl Future<Output = anyhow::Result<()>>) -> Outcome {
    finish_since(Instant::now(), name, work).await
}

/// The same for work that began earlier: only the rest of it is bounded.
pub(super) async fn finish_since(
    start: Instant,
    name: &str,
    work: impl Future<Output = anyhow::Result<()>>,
) -> Outcome {
    let error = caught(work).await.err().map(|error| format!("{error:#}"));
    let word = if error.is_none() { "ok" } else { "FAILED" };
    say(&format!("test {name} ... {word} ({:.1} s)", start.elapsed().as_secs_f64()));
    if let Some(error) = &error {
        say(&format!("    {}", error.lines().next().unwrap_or_default()));
    }
    Outcome { name: name.to_owned(), error }
}

/// Does the work within the bound; a panic is an error.
pub(super) async fn caught<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    match AssertUnwindSafe(tokio::time::timeout(CASE_BOUND, work)).catch_unwind().await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(anyhow!("did not end within {} s", CASE_BOUND.as_secs())),
        Err(panic) => Err(anyhow!(panic_text(&*panic))),
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "panicked".to_owned())
}

/// Says how everything went. Whether all went well.
pub(super) fn report(outcomes: &[Outcome], took: Duration) -> bool {
    let failed: Vec<&Outcome> = outcomes.iter().filter(|outcome| outcome.error.is_some()).collect();
    for outcome in &failed {
        say(&format!("\n---- {} ----\n{}", outcome.name, outcome.error.as_deref().unwrap_or_default()));
    }
    say(&format!(
        "\ntest result: {}. {} passed; {} failed; finished in {:.1} s",
        if failed.is_empty() { "ok" } else { "FAILED" },
        outcomes.len() - failed.len(),
        failed.len(),
        took.as_secs_f64()
    ));
    for outcome in &failed {
        say(&format!("    {}", outcome.name));
    }
    failed.is_empty()
}

//! Cases that begin before all others and end after them.

use super::case::{Case, Rest, Run};
use super::log::say;
use super::outcome::{Outcome, caught, finish_since};
use super::runner::finished_alone;
use super::suite::Suite;
use std::time::Instant;

/// A case that has begun.
pub(super) struct Begun {
    name: &'static str,
    at: Instant,
    rest: anyhow::Result<Rest>,
}

/// Begins them, one after the other. One that fails to says so at its end.
pub(super) async fn begin<S: Suite>(suite: &mut S, chosen: &[&Case<S::Shared, S::Alone>]) -> Vec<Begun> {
    let mut begun = Vec::new();
    for case in chosen {
        if let Run::Spanning(beginning) = case.run {
            let (name, at) = (case.short(), Instant::now());
            let given = suite.alone(name).await;
            let rest = caught(async { beginning(given?).await }).await;
            let word = if rest.is_ok() { "has begun" } else { "could not begin" };
            say(&format!("    {name} {word}, and ends after all others"));
            begun.push(Begun { name, at, rest });
        }
    }
    begun
}

/// Waits for their ends.
///
/// # Errors
/// When the run cannot go on.
pub(super) async fn end<S: Suite>(suite: &mut S, begun: Vec<Begun>) -> anyhow::Result<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    for Begun { name, at, rest } in begun {
        let outcome = finish_since(at, name, async { rest?.await }).await;
        outcomes.extend(finished_alone(suite, outcome).await?);
    }
    Ok(outcomes)
}

//! Waiting for a predicate.

use anyhow::anyhow;
use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;
use tokio::time::Instant;

/// How often a predicate is asked.
const PERIOD: Duration = Duration::from_millis(100);

/// The usual bound: far above what anything ordinary takes, even on a machine busy with other tests.
pub const BOUND: Duration = Duration::from_secs(60);

/// Asks `look` until it gives `Ok`, at most for `bound`. `Err` says what was seen instead; the last one is in the error.
///
/// # Errors
/// When the bound is reached.
pub async fn until<T, S, F>(what: &str, bound: Duration, mut look: impl FnMut() -> F) -> anyhow::Result<T>
where
    F: Future<Output = Result<T, S>>,
    S: Debug,
{
    let start = Instant::now();
    loop {
        match look().await {
            Ok(found) => return Ok(found),
            Err(seen) if start.elapsed() > bound => {
                let seen = format!("{seen:#?}").replace("\\n", "\n").replace("\\\"", "\"");
                return Err(anyhow!("after {} s still not: {what}; seen: {seen}", bound.as_secs()));
            }
            Err(_) => tokio::time::sleep(PERIOD).await,
        }
    }
}

/// Waits until one of the events about an object, each a `reason: message`, begins with `beginning`.
///
/// # Errors
/// When none comes; the others are in the error.
pub async fn event<F>(name: &str, beginning: &str, events: impl Fn() -> F) -> anyhow::Result<String>
where
    F: Future<Output = anyhow::Result<Vec<String>>>,
{
    until(&format!("event {beginning:?} about {name}"), BOUND, || async {
        let events = events().await.map_err(|error| vec![format!("{error:#}")])?;
        let found = events.iter().find(|event| event.starts_with(beginning)).cloned();
        found.ok_or(events)
    })
    .await
}

/// Asks `look` for all of `time`, and fails as soon as it gives an error: for what must not happen.
///
/// # Errors
/// What `look` said.
pub async fn throughout<F>(what: &str, time: Duration, mut look: impl FnMut() -> F) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<()>>,
{
    let start = Instant::now();
    while start.elapsed() < time {
        look().await.map_err(|error| error.context(format!("during {} s not: {what}", time.as_secs())))?;
        tokio::time::sleep(PERIOD).await;
    }
    Ok(())
}

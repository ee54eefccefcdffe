//! The state machine behind every watch.
//!
//! ```text
//!          ┌────────────── 410, or the server is behind us ──────────────┐
//!          ▼                                                             │
//!        List ──(initial events)──▶ Watching ──── broken ────▶ Compare ──┤
//!          └──(pages)──▶ Resume ──────▲  └── ended ──▶ Resume ◀──────────┘
//! ```

use super::{Event, Lines, ObjectEvent, Pause, Selection};
use crate::caller::Caller;
use crate::error::ApiError;
use crate::watch::lines::LineError;
use crate::watch::selection::{Paging, Start};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ListMeta;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use std::time::Duration;
use tokio::time::Instant;

/// A streaming list that is not complete after so long will never be: an old server that does not know
/// `sendInitialEvents` stays silent.
const STREAMING_LIST_PATIENCE: Duration = Duration::from_secs(10);
/// A watch that ends sooner than this has failed, whatever it says: it is opened again after a pause.
const SHORTEST_LIFE: Duration = Duration::from_secs(1);

/// What a [`Follower`] tells.
#[derive(Debug)]
pub(crate) enum Change<K> {
    /// Everything there is: at first, and whenever changes may have been missed.
    Listed(Vec<K>),
    /// This object exists, or changed.
    Applied(K),
    /// This object is gone; its last state.
    Deleted(K),
    /// An attempt failed; another one follows by itself, after a pause.
    Failed(ApiError),
}

/// Follows a [`Selection`] for ever. Its failures are logged, told and retried.
pub(crate) struct Follower<K> {
    caller: Caller,
    selection: Selection,
    state: State,
    /// The version up to which everything is known; `None` before the first list and after a 410.
    version: Option<String>,
    strategy: Strategy,
    pause: Pause,
    /// When the next attempt may be made.
    not_before: Option<Instant>,
    /// Whether the last attempt failed, so that a row of failures is logged once.
    is_failing: bool,
    kind: std::marker::PhantomData<fn() -> K>,
}

enum State {
    List,
    Compare,
    Resume,
    Watching { lines: Lines, since: Instant },
}

/// How a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Strategy {
    /// As the beginning of the watch: one request, and the server need not hold the list in memory.
    Streaming,
    /// In pages, for servers that do not stream.
    Pages,
    /// In one answer, when the pages expire faster than they are read.
    Whole,
}

#[derive(Deserialize)]
#[serde(bound = "K: DeserializeOwned")]
struct List<K> {
    #[serde(default)]
    metadata: ListMeta,
    #[serde(default = "Vec::new", deserialize_with = "null_is_empty")]
    items: Vec<K>,
}

fn null_is_empty<'de, D, K>(deserializer: D) -> Result<Vec<K>, D::Error>
where
    D: serde::Deserializer<'de>,
    K: Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl<K: DeserializeOwned> Follower<K> {
    /// Follows `selection` from a list on, which reads what is newest.
    pub(crate) fn new(caller: Caller, selection: Selection) -> Self {
        Self {
            pause: Pause::new(&selection.key()),
            caller,
            selection,
            state: State::List,
            version: None,
            strategy: Strategy::Streaming,
            not_before: None,
            is_failing: false,
            kind: std::marker::PhantomData,
        }
    }

    /// Follows `selection` from a list that is not older than `version`. The server answers from its memory at
    /// once, where the newest state would first have to be asked of etcd.
    pub(crate) fn not_older(caller: Caller, selection: Selection, version: Option<String>) -> Self {
        Self { version, ..Self::new(caller, selection) }
    }

    /// The next change. May be dropped at any time; nothing is lost but the progress of a list.
    pub(crate) async fn next(&mut self) -> Change<K> {
        loop {
            if let Some(moment) = self.not_before {
                tokio::time::sleep_until(moment).await;
                self.not_before = None;
            }
            let outcome = match &mut self.state {
                State::List => self.list().await.map(Some),
                State::Compare => self.compare().await.map(|()| None),
                State::Resume => self.open_again().await.map(|()| None),
                State::Watching { .. } => self.read().await,
            };
            match outcome {
                Ok(change) => {
                    if std::mem::take(&mut self.is_failing) {
                        tracing::info!(selection = %self.selection.key(), "The API server answers again");
                    }
                    if let Some(change) = change {
                        return change;
                    }
                }
                Err(error) => {
                    if let Some(pause) = self.after(&error) {
                        self.not_before = Some(Instant::now() + pause);
                        return Change::Failed(error);
                    }
                }
            }
        }
    }

    /// Lists everything in the way that works with this server.
    async fn list(&mut self) -> Result<Change<K>, ApiError> {
        let items = match self.strategy {
            Strategy::Streaming => self.list_streaming().await?,
            Strategy::Pages => self.list_pages(Paging::Pages).await?,
            Strategy::Whole => {
                self.strategy = Strategy::Pages;
                self.list_pages(Paging::Whole).await?
            }
        };
        Ok(Change::Listed(items))
    }

    async fn list_streaming(&mut self) -> Result<Vec<K>, ApiError> {
        let call = self.selection.call("watch");
        let version = self.version.clone().unwrap_or_default();
        let request = self.selection.watch(&version, Start::InitialEvents);
        let body = self.caller.open(&call, request).await?;
        let mut lines = Lines::new(body, self.selection.watch_seconds());
        let deadline = Instant::now() + STREAMING_LIST_PATIENCE;
        let mut items = Vec::new();
        loop {
            let Ok(line) = tokio::time::timeout_at(deadline, lines.next()).await else {
                self.strategy = Strategy::Pages;
                return Err(ApiError::timed_out(&call, STREAMING_LIST_PATIENCE));
            };
            let line = line.map_err(|cause| ApiError::no_answer(&call, &cause))?;
            let Some(line) = line else { return Err(ApiError::ended_early(&call)) };
            match Event::<K>::read(&line).map_err(|cause| ApiError::malformed(&call, &cause))? {
                Some(Event::Object { what: ObjectEvent::Applied, object, .. }) => {
                    items.push(object.map_err(|cause| ApiError::malformed(&call, &cause))?);
                }
                Some(Event::Bookmark { version, ends_list: true }) => {
                    self.version = Some(version);
                    self.state = State::Watching { lines, since: Instant::now() };
                    return Ok(items);
                }
                Some(Event::Error(status)) => {
                    return Err(ApiError::from_status(&call, status.code, None, *status));
                }
                // Deletions cannot come before the list is complete; a bookmark that ends nothing says nothing.
                Some(Event::Object { what: ObjectEvent::Deleted, .. } | Event::Bookmark { .. }) | None => {}
            }
        }
    }

    async fn list_pages(&mut self, paging: Paging) -> Result<Vec<K>, ApiError> {
        let mut items = Vec::new();
        let mut proceed = None;
        loop {
            let is_first = proceed.is_none();
            let request = self.selection.list(self.version.as_deref(), proceed, paging);
            let answer = self.caller.call::<List<K>>(self.selection.call("list"), request).await;
            if !is_first && matches!(answer, Err(ApiError::Expired(_))) {
                self.strategy = Strategy::Whole;
            }
            let List { metadata, items: page } = answer?;
            items.extend(page);
            proceed = metadata.continue_.filter(|token| !token.is_empty());
            if proceed.is_none() {
                self.version = Some(metadata.resource_version.unwrap_or_default());
                self.state = State::Resume;
                return Ok(items);
            }
        }
    }

    /// After a broken connection: the server may have been restored to an older state, and would then keep
    /// silent until it reaches our version again. One object is listed anew; of more only the version is asked.
    async fn compare(&mut self) -> Result<(), ApiError> {
        if self.selection.is_one_object() {
            self.state = State::List;
            return Ok(());
        }
        let call = self.selection.call("list");
        let request = self.selection.list(None, None, Paging::One);
        let List { metadata, .. } = self.caller.call::<List<IgnoredAny>>(call, request).await?;
        let theirs = metadata.resource_version.unwrap_or_default();
        self.state = match is_older(&theirs, self.version.as_deref().unwrap_or_default()) {
            true => {
                tracing::warn!(
                    selection = %self.selection.key(), version = theirs,
                    "The API server has an older state than before; everything is listed anew",
                );
                self.version = None;
                State::List
            }
            false => State::Resume,
        };
        Ok(())
    }

    async fn open_again(&mut self) -> Result<(), ApiError> {
        let version = self.version.clone().unwrap_or_default();
        let request = self.selection.watch(&version, Start::Version);
        let body = self.caller.open(&self.selection.call("watch"), request).await?;
        let lines = Lines::new(body, self.selection.watch_seconds());
        self.state = State::Watching { lines, since: Instant::now() };
        Ok(())
    }

    /// Reads one line of the watch.
    async fn read(&mut self) -> Result<Option<Change<K>>, ApiError> {
        let State::Watching { lines, since } = &mut self.state else { return Ok(None) };
        let call = self.selection.call("watch");
        let line = match lines.next().await {
            Ok(Some(line)) => line,
            Ok(None) => {
                let is_short = since.elapsed() < SHORTEST_LIFE;
                self.state = State::Resume;
                if is_short {
                    self.not_before = Some(Instant::now() + self.pause.after_failure());
                }
                return Ok(None);
            }
            Err(cause @ LineError::TooLong) => return Err(ApiError::malformed(&call, &cause)),
            Err(cause) => return Err(ApiError::no_answer(&call, &cause)),
        };
        match Event::<K>::read(&line).map_err(|cause| ApiError::malformed(&call, &cause))? {
            Some(Event::Object { what, object, version }) => {
                self.pause.reset();
                self.version = Some(version);
                match (object, what) {
                    (Ok(object), ObjectEvent::Applied) => Ok(Some(Change::Applied(object))),
                    (Ok(object), ObjectEvent::Deleted) => Ok(Some(Change::Deleted(object))),
                    (Err(cause), _) => {
                        // One object that cannot be read must not keep all others from being seen.
                        tracing::warn!(selection = %self.selection.key(), %cause, "An object cannot be read");
                        Ok(None)
                    }
                }
            }
            Some(Event::Bookmark { version, .. }) => {
                self.version = Some(version);
                Ok(None)
            }
            Some(Event::Error(status)) => Err(ApiError::from_status(&call, status.code, None, *status)),
            None => Ok(None),
        }
    }

    /// Decides where to go on after `error`, and how long to wait before.
    fn after(&mut self, error: &ApiError) -> Option<Duration> {
        let was_listing = matches!(self.state, State::List);
        if was_listing && self.strategy == Strategy::Streaming && matches!(error, ApiError::Invalid(_)) {
            tracing::info!(selection = %self.selection.key(), "The API server does not stream lists");
            self.strategy = Strategy::Pages;
            return None;
        }
        match (error, &self.state) {
            (ApiError::Expired(_), _) => {
                // The server answers: how long it was away is no reason to wait.
                self.pause.reset();
                self.version = None;
                self.state = State::List;
            }
            // A server that was restored to an older state will not know the version for long: the next list is of what is newest.
            (_, State::List) => self.version = None,
            (_, State::Compare) => {}
            // An answer that cannot be read may have been any change.
            (ApiError::Other(_), _) => self.state = State::List,
            (_, State::Resume | State::Watching { .. }) => self.state = State::Compare,
        }
        if std::mem::replace(&mut self.is_failing, true) {
            tracing::debug!(%error, "A watch failed again");
        } else {
            tracing::warn!(%error, "A watch failed, and is tried again");
        }
        Some(self.pause.after_failure().max(error.asked_pause().unwrap_or_default()))
    }
}

/// Whether `theirs` is an older resource version. Versions are numbers that can be compared (KEP-5504);
/// what is no number is not older.
fn is_older(theirs: &str, ours: &str) -> bool {
    matches!((theirs.parse::<u64>(), ours.parse::<u64>()), (Ok(theirs), Ok(ours)) if theirs < ours)
}

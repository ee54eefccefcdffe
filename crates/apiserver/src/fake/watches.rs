//! WATCH: first what is there, if wanted, then every change from a revision on.
//!
//! A watch reads the history at its own pace; it holds no queue of its own beyond the lines of one look. Bookmarks,
//! streaming lists, time-outs and errors come as the real server sends them (apiserver `pkg/storage/cacher`).

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, sleep_until};

use super::call::Call;
use super::failure::Failure;
use super::faults::WatchFault;
use super::request::Request;
use super::selectors::Selector;
use super::serve::TransportError;
use super::store::{Change, Store};
use super::{FakeApiServer, State};

/// How long a watch lasts that does not say so (`--min-request-timeout`).
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(1800);

/// Between two bookmarks.
const BOOKMARK_PERIOD: Duration = Duration::from_secs(60);

/// A last bookmark comes this long before the end.
const LAST_BOOKMARK: Duration = Duration::from_secs(2);

/// Marks the bookmark behind the last object that was there already (KEP-3157).
const INITIAL_EVENTS_END: &str = "k8s.io/initial-events-end";

/// One watch.
pub(super) struct Watch {
    server: FakeApiServer,
    call: Call,
    selector: Selector,
    outages: u64,
    cuts: u64,
    /// What was looked at so far.
    revision: u64,
    lines: VecDeque<Line>,
    deadline: Instant,
    /// When a bookmark is due; `None` when none are wanted.
    bookmark_at: Option<Instant>,
}

enum Line {
    /// Subject to faults.
    Event(Bytes),
    Bookmark(Bytes),
    /// The last one.
    Error(Bytes),
}

enum Next {
    Line(Bytes),
    End,
    Broken,
}

impl Watch {
    /// Begins one: what can be refused is refused here.
    pub(super) fn begin(server: &FakeApiServer, state: &State, request: &Request) -> Result<Self, Failure> {
        let asked = request.revision()?;
        let is_streaming_list = request.is_set("sendInitialEvents");
        let matching = request.query.get("resourceVersionMatch").map(String::as_str);
        if is_streaming_list && matching != Some("NotOlderThan") {
            let why = "resourceVersionMatch: Required value: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
            return Err(Failure::new(
                422,
                "Invalid",
                format!("ListOptions.meta.k8s.io \"\" is invalid: {why}"),
            ));
        }
        if !is_streaming_list && matching.is_some() {
            let why = "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
            return Err(Failure::new(
                422,
                "Invalid",
                format!("ListOptions.meta.k8s.io \"\" is invalid: {why}"),
            ));
        }
        let seconds = request.query.get("timeoutSeconds").and_then(|text| text.parse().ok());
        let timeout = seconds.map_or(DEFAULT_TIMEOUT, Duration::from_secs);
        let now = Instant::now();
        let deadline = now + timeout;
        let wants_bookmarks = request.is_set("allowWatchBookmarks");
        let mut watch = Watch {
            server: server.clone(),
            call: request.call.clone(),
            selector: request.selector.clone(),
            outages: state.outages,
            cuts: state.cuts,
            revision: state.store.head(),
            lines: VecDeque::new(),
            deadline,
            bookmark_at: wants_bookmarks.then(|| next_bookmark(now, deadline)),
        };
        match asked {
            // "Most recent" and "any": what is there comes first.
            None | Some(0) => {
                let behind = server.faults().revisions_behind(&request.call);
                watch.list(&state.store, if asked.is_some() { behind } else { 0 });
            }
            Some(revision) if is_streaming_list && revision > state.store.head() => {
                watch.fail(&Failure::too_large_version(revision, state.store.head()));
            }
            Some(_) if is_streaming_list => watch.list(&state.store, 0),
            Some(revision) if revision < state.store.compacted() => {
                watch.fail(&Failure::expired(revision, state.store.compacted()));
            }
            Some(revision) => watch.revision = revision,
        }
        if is_streaming_list {
            let annotations = json!({ INITIAL_EVENTS_END: "true" });
            watch.bookmark(Some(&annotations));
        }
        Ok(watch)
    }

    /// The lines of the body.
    pub(super) fn into_stream(self) -> impl Stream<Item = Result<Bytes, TransportError>> + Send {
        futures::stream::unfold(Some(self), |watch| async {
            let mut watch = watch?;
            match watch.next().await {
                Next::Line(line) => Some((Ok(line), Some(watch))),
                Next::End => None,
                Next::Broken => Some((Err(TransportError::Reset), None)),
            }
        })
    }

    async fn next(&mut self) -> Next {
        loop {
            match self.lines.pop_front() {
                Some(Line::Bookmark(line)) => return Next::Line(line),
                Some(Line::Error(line)) => {
                    self.deadline = Instant::now();
                    self.bookmark_at = None;
                    return Next::Line(line);
                }
                Some(Line::Event(line)) => match self.server.faults().watch_event(&self.call) {
                    WatchFault::Deliver => return Next::Line(line),
                    WatchFault::Break => return Next::Broken,
                    WatchFault::Delay(delay) => {
                        tokio::select! {
                            biased;
                            () = self.server.next_outage() => return Next::Broken,
                            () = sleep(delay) => return Next::Line(line),
                        }
                    }
                },
                None => {}
            }
            let server = self.server.clone();
            let mut changed = pin!(server.shared.changed.notified());
            changed.as_mut().enable();
            if self.is_cut() {
                return Next::Broken;
            }
            let now = Instant::now();
            if now >= self.deadline {
                return Next::End;
            }
            self.look();
            if !self.lines.is_empty() {
                continue;
            }
            if self.bookmark_at.is_some_and(|due| now >= due) {
                self.bookmark_at = Some(next_bookmark(now, self.deadline));
                self.bookmark(None);
                continue;
            }
            let until = self.bookmark_at.map_or(self.deadline, |due| due.min(self.deadline));
            tokio::select! {
                biased;
                () = changed => {}
                () = sleep_until(until) => {}
            }
        }
    }

    fn is_cut(&self) -> bool {
        let state = self.server.state();
        state.cuts != self.cuts || state.outages != self.outages
    }

    /// Takes in what has changed since the last look.
    fn look(&mut self) {
        let server = self.server.clone();
        let state = server.state();
        let store = &state.store;
        if self.revision < store.compacted() {
            self.fail(&Failure::expired(self.revision, store.compacted()));
            return;
        }
        for change in store.changes_after(self.revision) {
            self.take(change);
        }
        self.revision = self.revision.max(store.head());
    }

    /// One change, as this watch sees it: an object that begins to match is added, one that no longer does is deleted.
    fn take(&mut self, change: &Change) {
        let is_here = change.key.resource == self.call.resource
            && self.call.namespace.as_ref().is_none_or(|namespace| *namespace == change.key.namespace);
        if !is_here {
            return;
        }
        let matching =
            |object: &Option<Arc<Value>>| object.clone().filter(|object| self.selector.matches(object));
        let line = match (matching(&change.before), matching(&change.after)) {
            (None, None) => return,
            (None, Some(after)) => event("ADDED", &after),
            (Some(_), Some(after)) => event("MODIFIED", &after),
            (Some(before), None) => {
                let mut last = Value::clone(&before);
                last["metadata"]["resourceVersion"] = json!(change.revision.to_string());
                event("DELETED", &last)
            }
        };
        self.lines.push_back(Line::Event(line));
    }

    /// What is there already, as additions; as it was some revisions ago.
    fn list(&mut self, store: &Store, revisions_behind: u64) {
        let old;
        let store = if revisions_behind > 0 {
            old = store.at(store.head().saturating_sub(revisions_behind));
            &old
        } else {
            store
        };
        self.revision = store.head();
        let found = store.list(self.call.resource, self.call.namespace.as_deref());
        for (_, object) in found.filter(|(_, object)| self.selector.matches(object)) {
            self.lines.push_back(Line::Event(event("ADDED", object)));
        }
    }

    fn bookmark(&mut self, annotations: Option<&Value>) {
        let mut metadata = json!({ "resourceVersion": self.revision.to_string(), "creationTimestamp": null });
        if let Some(annotations) = annotations {
            metadata["annotations"] = annotations.clone();
        }
        let resource = self.call.resource;
        let object =
            json!({ "kind": resource.kind, "apiVersion": resource.api_version(), "metadata": metadata });
        self.lines.push_back(Line::Bookmark(event("BOOKMARK", &object)));
    }

    fn fail(&mut self, failure: &Failure) {
        self.lines.push_back(Line::Error(event("ERROR", &failure.status())));
    }
}

/// The next regular one, or the last one before the end.
fn next_bookmark(now: Instant, deadline: Instant) -> Instant {
    let regular = now + BOOKMARK_PERIOD;
    match deadline.checked_sub(LAST_BOOKMARK) {
        Some(last) if last > now => regular.min(last),
        Some(_) | None => regular,
    }
}

fn event(kind: &str, object: &Value) -> Bytes {
    let mut line = format!("{{\"type\":\"{kind}\",\"object\":{object}}}");
    line.push('\n');
    Bytes::from(line)
}

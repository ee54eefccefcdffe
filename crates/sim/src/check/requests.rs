//! What the kubelet asks of the API server, and how often while nothing happens.

use super::ledger::Ledger;
use apiserver::fake::{
    CONFIG_MAPS, EVENTS, Entry, LEASES, NODES, PODS, RUNTIME_CLASSES, SECRETS, SERVICE_ACCOUNTS, SERVICES,
    Verb,
};
use http::Method;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// The same request within one second: more is a loop without a pause. Writes that conflict are repeated at once, five times.
const MOST_REPEATS: usize = 20;

const ONE_SECOND: Duration = Duration::from_secs(1);

/// What of the scenario makes requests while nothing happens.
pub struct Sources {
    /// Containers of wanted pods. One that crashes at its slowest is started every five minutes.
    pub containers: usize,
    /// Volumes with tokens.
    pub tokens: usize,
    /// Objects that variables are read from. A container that is started again after five minutes finds them watched no more.
    pub objects_of_variables: usize,
}

/// Requests of two quiet minutes, by what they are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Purpose {
    Lease,
    NodeStatus,
    Watch,
    ContentWatch,
    ContentRead,
    Token,
    PodStatus,
    Event,
    Other,
}

impl Purpose {
    fn of(entry: &Entry) -> Self {
        let call = &entry.call;
        let is = |resource| call.resource == resource;
        match call.verb {
            Verb::Update if is(&LEASES) => Self::Lease,
            Verb::Patch if is(&NODES) && call.subresource == "status" => Self::NodeStatus,
            Verb::Watch if is(&PODS) || is(&NODES) || is(&SERVICES) || is(&RUNTIME_CLASSES) => Self::Watch,
            Verb::Watch if is(&SECRETS) || is(&CONFIG_MAPS) => Self::ContentWatch,
            Verb::Get if is(&SECRETS) || is(&CONFIG_MAPS) => Self::ContentRead,
            Verb::Create if is(&SERVICE_ACCOUNTS) && call.subresource == "token" => Self::Token,
            Verb::Patch if is(&PODS) && call.subresource == "status" => Self::PodStatus,
            Verb::Create | Verb::Patch if is(&EVENTS) => Self::Event,
            _ => Self::Other,
        }
    }

    /// How many there may be in two minutes.
    fn most(self, sources: &Sources) -> usize {
        match self {
            // Every quarter of 40 s, and one more at the edge.
            Self::Lease => 13,
            // Every five minutes when nothing changes, more or less by chance.
            Self::NodeStatus => 1,
            // Each of the four lasts five minutes at least.
            Self::Watch => 4,
            // Each of the two objects that pods read is watched for half an hour at least.
            Self::ContentWatch => 2,
            // What is read is watched for five minutes at least.
            Self::ContentRead => sources.objects_of_variables,
            // Each is renewed after 80 % of ten minutes.
            Self::Token => sources.tokens,
            // One restart: ended, running, ready.
            Self::PodStatus => 3 * sources.containers,
            // One restart, or one attempt to pull: pulling, pulled or why not, created, started, and that it has to wait.
            Self::Event => 6 * sources.containers,
            // What is listed or read anew was lost before.
            Self::Other => 0,
        }
    }
}

/// Holds the requests of two quiet minutes to what is due.
pub(super) fn check_requests(entries: &[Entry], sources: &Sources, found: &mut Vec<String>) {
    let mut counts: BTreeMap<Purpose, usize> = BTreeMap::new();
    for entry in entries {
        let purpose = Purpose::of(entry);
        *counts.entry(purpose).or_default() += 1;
        if purpose == Purpose::Other {
            found.push(format!("{} in a quiet minute", entry.call));
        }
    }
    for (purpose, count) in counts {
        let most = purpose.most(sources);
        if count > most {
            found.push(format!(
                "{count} requests for {purpose:?} in two quiet minutes, at most {most} are due"
            ));
        }
    }
}

impl Ledger {
    /// A request is sent. `body` is asked for only where it counts.
    pub fn asks(&mut self, head: &http::request::Parts, body: impl Fn() -> Value) {
        let what = format!("{} {}", head.method, head.uri);
        let Some((_, below)) = head.uri.path().split_once("/pods/") else { return self.asks_again(what) };
        match (&head.method, below.split_once('/')) {
            (&Method::PATCH, Some((name, "status"))) if !body()["metadata"]["uid"].is_string() => {
                self.broken(format_args!("the status of pod {name} is written whatever its UID"));
            }
            (&Method::DELETE, None) if !body()["preconditions"]["uid"].is_string() => {
                self.broken(format_args!("pod {below} is removed whatever its UID"));
            }
            (&Method::GET, None) => {
                self.broken(format_args!("pod {below} is read, which the watch tells of"));
            }
            _ => {}
        }
        self.asks_again(what);
    }

    /// The same request again and again is a loop without a pause. Events are made at one place, each of them another one.
    fn asks_again(&mut self, what: String) {
        if what.contains("/events") {
            return;
        }
        let now = self.now();
        let times = self.recent_requests.entry(what.clone()).or_default();
        times.push_back(now);
        while times.front().is_some_and(|first| *first + ONE_SECOND < now) {
            times.pop_front();
        }
        if times.len() == MOST_REPEATS {
            self.broken(format_args!("{what} {MOST_REPEATS} times within a second"));
        }
    }
}

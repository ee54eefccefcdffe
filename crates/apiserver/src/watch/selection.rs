//! Which objects are followed.

use crate::call::Call;
use crate::caller::Built;
use crate::watch::pause::share;
use kube::core::Request;
use kube::core::params::{ListParams, VersionMatch, WatchParams};

/// Objects in one page of a list: client-go's page size.
const PAGE: u32 = 500;
/// A watch is ended by the server after 5 to 10 minutes, as client-go asks (`minWatchTimeout`), spread by
/// name; one of a single object after 30 to 60, as `watch_based_manager.go` asks.
const SHORTEST_WATCH_SECONDS: u32 = 5 * 60;
const SHORTEST_WATCH_OF_ONE_SECONDS: u32 = 30 * 60;
/// What keeps to one object.
const BY_NAME: &str = "metadata.name=";

/// Objects of one kind that match a field selector.
#[derive(Clone, Debug)]
pub(crate) struct Selection {
    /// Path of the collection: `/api/v1/pods`.
    pub(crate) path: String,
    /// Plural name, for errors and logs.
    pub(crate) resource: &'static str,
    /// Namespace, for errors and logs; empty for all.
    pub(crate) namespace: String,
    /// Field selector, empty for everything.
    pub(crate) fields: String,
}

impl Selection {
    /// The one object called `name`: what the node authorizer lets a node watch of Secrets and ConfigMaps.
    pub(crate) fn named(path: String, resource: &'static str, namespace: &str, name: &str) -> Self {
        Self { path, resource, namespace: namespace.to_owned(), fields: format!("{BY_NAME}{name}") }
    }

    /// Whether it can only ever be one object.
    pub(crate) fn is_one_object(&self) -> bool {
        self.fields.starts_with(BY_NAME)
    }

    /// What spreads this selection's pauses.
    pub(crate) fn key(&self) -> String {
        format!("{}?{}", self.path, self.fields)
    }

    /// A call on this selection.
    pub(crate) fn call(&self, verb: &'static str) -> Call {
        Call::new(verb, self.resource, &self.namespace, &self.fields)
    }

    /// How long the server shall keep a watch open.
    pub(crate) fn watch_seconds(&self) -> u32 {
        let shortest = match self.is_one_object() {
            true => SHORTEST_WATCH_OF_ONE_SECONDS,
            false => SHORTEST_WATCH_SECONDS,
        };
        // The product is below the constant, and so fits.
        shortest + (f64::from(shortest) * share(&self.key())) as u32
    }

    /// One page of a list not older than `version`.
    pub(crate) fn list(&self, version: Option<&str>, proceed: Option<String>, paging: Paging) -> Built {
        let parameters = ListParams {
            field_selector: self.selector(),
            limit: match paging {
                Paging::Pages => Some(PAGE),
                Paging::Whole => None,
                Paging::One => Some(1),
            },
            version_match: version.map(|_| VersionMatch::NotOlderThan),
            resource_version: version.map(str::to_owned),
            continue_token: proceed,
            ..ListParams::default()
        };
        Request::new(&self.path).list(&parameters)
    }

    /// A watch from `version`.
    pub(crate) fn watch(&self, version: &str, start: Start) -> Built {
        let parameters = WatchParams {
            field_selector: self.selector(),
            timeout: Some(self.watch_seconds()),
            bookmarks: true,
            send_initial_events: match start {
                Start::InitialEvents => true,
                Start::Version => false,
            },
            ..WatchParams::default()
        };
        Request::new(&self.path).watch(&parameters, version)
    }

    fn selector(&self) -> Option<String> {
        (!self.fields.is_empty()).then(|| self.fields.clone())
    }
}

/// How much of a list is asked for at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paging {
    /// Page after page.
    Pages,
    /// All in one answer: what helps when the pages expire faster than they are read.
    Whole,
    /// One object: enough to learn the collection's resource version.
    One,
}

/// What a watch begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// Everything there is, then a bookmark (a streaming list, KEP-3157).
    InitialEvents,
    /// What happened after the version.
    Version,
}

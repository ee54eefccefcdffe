//! One line of a watch.

use super::head::Head;
use kube::core::Status;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// Marks the bookmark that ends the list at the beginning of a watch (`InitialEventsAnnotationKey`).
const INITIAL_EVENTS_END: &str = "k8s.io/initial-events-end";

/// What a line says.
#[derive(Debug)]
pub(crate) enum Event<K> {
    /// Something happened to an object.
    Object {
        /// What happened.
        what: ObjectEvent,
        /// The object, or why it cannot be read.
        object: Result<K, serde_json::Error>,
        /// The resource version of the event.
        version: String,
    },
    /// Nothing happened up to this version.
    Bookmark {
        /// The resource version.
        version: String,
        /// Whether the list at the beginning ends here.
        ends_list: bool,
    },
    /// The server ends the watch.
    Error(Box<Status>),
}

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ObjectEvent {
    /// It exists, or changed.
    Applied,
    /// It is gone; this is its last state.
    Deleted,
}

/// A line, of which the object is of interest.
#[derive(Deserialize)]
struct Line<K> {
    object: K,
}

#[derive(Deserialize)]
struct Annotated {
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    annotations: Option<BTreeMap<String, String>>,
}

impl<K: DeserializeOwned> Event<K> {
    /// Reads one line. `Ok(None)`: a kind of event that we do not know, and so need not.
    pub(crate) fn read(line: &[u8]) -> Result<Option<Self>, serde_json::Error> {
        let Head { kind, version } = Head::read(line)?;
        let what = match kind.as_str() {
            "ADDED" | "MODIFIED" => ObjectEvent::Applied,
            "DELETED" => ObjectEvent::Deleted,
            "BOOKMARK" => {
                let Annotated { metadata } = object(line)?;
                let annotations = metadata.annotations.unwrap_or_default();
                let ends_list = annotations.get(INITIAL_EVENTS_END).is_some_and(|value| value == "true");
                return Ok(Some(Self::Bookmark { version, ends_list }));
            }
            "ERROR" => return Ok(Some(Self::Error(Box::new(object(line)?)))),
            _ => return Ok(None),
        };
        match object(line) {
            // Half a line may have been any change.
            Err(error) if !error.is_data() || version.is_empty() => Err(error),
            object => Ok(Some(Self::Object { what, object, version })),
        }
    }
}

fn object<K: DeserializeOwned>(line: &[u8]) -> Result<K, serde_json::Error> {
    let Line { object } = serde_json::from_slice(line)?;
    Ok(object)
}

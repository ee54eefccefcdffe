//! One line of a watch.

use kube::core::Status;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::borrow::Cow;
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

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    object: &'a RawValue,
}

#[derive(Deserialize)]
struct Versioned {
    metadata: Metadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default)]
    resource_version: String,
    #[serde(default)]
    annotations: Option<BTreeMap<String, String>>,
}

impl<K: DeserializeOwned> Event<K> {
    /// Reads one line. `Ok(None)`: a kind of event that we do not know, and so need not.
    pub(crate) fn read(line: &[u8]) -> Result<Option<Self>, serde_json::Error> {
        let Envelope { kind, object } = serde_json::from_slice(line)?;
        // Bytes as everywhere else: reading each type is compiled once.
        let object = object.get().as_bytes();
        let what = match &*kind {
            "ADDED" | "MODIFIED" => ObjectEvent::Applied,
            "DELETED" => ObjectEvent::Deleted,
            "BOOKMARK" => {
                let Versioned { metadata } = serde_json::from_slice(object)?;
                let annotations = metadata.annotations.unwrap_or_default();
                let ends_list = annotations.get(INITIAL_EVENTS_END).is_some_and(|value| value == "true");
                return Ok(Some(Self::Bookmark { version: metadata.resource_version, ends_list }));
            }
            "ERROR" => return Ok(Some(Self::Error(serde_json::from_slice(object)?))),
            _ => return Ok(None),
        };
        let Versioned { metadata } = serde_json::from_slice(object)?;
        let object = serde_json::from_slice(object);
        Ok(Some(Self::Object { what, object, version: metadata.resource_version }))
    }
}

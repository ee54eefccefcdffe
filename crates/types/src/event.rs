//! What happened to a pod or the node, told to the user: the content of a Kubernetes event.
//!
//! A value made by whoever did the thing, sent over a bounded channel, and kept in a ring by the wiring. Equal events
//! (same object, reason, kind and message) are counted, not repeated, as upstream's recorder does
//! (`client-go/tools/record/events_cache.go`).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Whether an event is ordinary or worth a look; words as in `core/v1` `Event.type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum EventKind {
    /// Part of ordinary operation.
    Normal,
    /// Something is wrong, though the kubelet goes on.
    Warning,
}

impl EventKind {
    /// The word users see.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Warning => "Warning",
        }
    }
}

/// Start of the field path of a container that is in no specification (`kubecontainer.ImplicitContainerPrefix`).
const IMPLICIT: &str = "implicitly required container ";

/// What an event is about; the same words as `core/v1` `ObjectReference`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventObject {
    /// `Pod` or `Node`.
    pub kind: String,
    /// The pod's namespace; empty for the node.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// The object's name.
    pub name: String,
    /// The object's UID; empty where unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub uid: String,
    /// The version of the object that was acted on; empty where there is none, as for static pods. Says nothing about which object
    /// it is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub resource_version: String,
    /// Which container: `spec.containers{name}`, `spec.initContainers{name}`, `spec.ephemeralContainers{name}`; empty for the whole object
    /// (`kubecontainer.GenerateContainerRef`).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub field_path: String,
}

impl EventObject {
    /// A whole pod.
    pub fn pod(namespace: &str, name: &str, uid: &str) -> Self {
        Self {
            kind: "Pod".to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            uid: uid.to_owned(),
            ..Self::default()
        }
    }

    /// The node itself. Its UID is added by who knows it (`kubelet_node_status.go` `nodeRefWithUID`, since 1.37).
    pub fn node(name: &str) -> Self {
        Self { kind: "Node".to_owned(), name: name.to_owned(), ..Self::default() }
    }

    /// The pod, in the version that is acted on (`ref.GetReference`).
    pub fn of_pod(wanted: &crate::WantedPod) -> Self {
        let resource_version = wanted.pod.metadata.resource_version.clone().unwrap_or_default();
        Self { resource_version, ..Self::pod(&wanted.name.namespace, &wanted.name.name, wanted.uid.as_str()) }
    }

    /// The pod in the version that is acted on, where its specification is known; else by its name alone.
    pub fn of_known_pod(
        wanted: Option<&crate::WantedPod>,
        name: &crate::PodName,
        uid: &crate::PodUid,
    ) -> Self {
        wanted.map_or_else(|| Self::pod(&name.namespace, &name.name, uid.as_str()), Self::of_pod)
    }

    /// The same pod, narrowed to the container of that name, whichever kind it is; one that the specification does not have is
    /// called implicit (`kubecontainer.GenerateContainerRef`). Without a specification, as for what a removed pod left behind,
    /// all count as app containers (`kubecontainer.Pod.ToAPIPod`).
    #[must_use]
    pub fn any_container(&self, wanted: Option<&crate::WantedPod>, name: &str) -> Self {
        let Some(spec) = wanted.map(crate::WantedPod::spec) else { return self.container(name) };
        let mut init = spec.init_containers.iter().flatten();
        let mut ephemeral = spec.ephemeral_containers.iter().flatten();
        if spec.containers.iter().any(|container| container.name == name) {
            self.container(name)
        } else if init.any(|container| container.name == name) {
            self.init_container(name)
        } else if ephemeral.any(|container| container.name == name) {
            self.ephemeral_container(name)
        } else {
            self.at(format!("{IMPLICIT}{name}"))
        }
    }

    /// Whether it is a container that the pod's specification does not have.
    pub fn is_implicit(&self) -> bool {
        self.field_path.starts_with(IMPLICIT)
    }

    /// The same object, whatever its version.
    fn is_same(&self, other: &Self) -> bool {
        let Self { kind, namespace, name, uid, resource_version: _, field_path } = self;
        *uid == other.uid
            && *name == other.name
            && *namespace == other.namespace
            && *field_path == other.field_path
            && *kind == other.kind
    }

    /// The same pod, narrowed to one of its app containers.
    #[must_use]
    pub fn container(&self, container: &str) -> Self {
        self.at(format!("spec.containers{{{container}}}"))
    }

    /// The same pod, narrowed to one of its init containers.
    #[must_use]
    pub fn init_container(&self, container: &str) -> Self {
        self.at(format!("spec.initContainers{{{container}}}"))
    }

    /// The same pod, narrowed to one of its ephemeral containers.
    #[must_use]
    pub fn ephemeral_container(&self, container: &str) -> Self {
        self.at(format!("spec.ephemeralContainers{{{container}}}"))
    }

    fn at(&self, field_path: String) -> Self {
        Self { field_path, ..self.clone() }
    }
}

/// One thing that happened, with how often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// A word from [`crate::reasons`].
    pub reason: String,
    /// A sentence for people.
    pub message: String,
    /// Normal or Warning.
    #[serde(rename = "type")]
    pub kind: EventKind,
    /// What it is about.
    #[serde(rename = "involvedObject")]
    pub object: EventObject,
    /// When it happened first.
    pub first_timestamp: Timestamp,
    /// When it happened last.
    pub last_timestamp: Timestamp,
    /// How often, at least 1.
    pub count: u32,
    /// What else programs should know, as the eviction's numbers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

impl Event {
    /// An event that happened once, at `now`.
    pub fn new(
        kind: EventKind,
        object: EventObject,
        reason: &str,
        message: impl Into<String>,
        now: Timestamp,
    ) -> Self {
        Self {
            reason: reason.to_owned(),
            message: message.into(),
            kind,
            object,
            first_timestamp: now,
            last_timestamp: now,
            count: 1,
            annotations: BTreeMap::new(),
        }
    }

    /// Whether `other` is the same thing happening again.
    pub fn repeats(&self, other: &Self) -> bool {
        // Each new event is compared with all that are kept: what tells most of them apart comes first.
        self.object.is_same(&other.object)
            && self.message == other.message
            && self.reason == other.reason
            && self.kind == other.kind
    }
}

/// How many different events [`EventRing`] keeps: some hours of a busy node, well under a megabyte.
pub const EVENT_RING_CAPACITY: usize = 1024;

/// The most recent events, oldest first, equal ones counted.
#[derive(Debug, Default)]
pub struct EventRing {
    events: std::collections::VecDeque<Event>,
}

impl EventRing {
    /// Takes in one event; an equal one already here gets a higher count and moves to the end.
    pub fn push(&mut self, mut event: Event) {
        if let Some(position) = self.events.iter().rposition(|known| known.repeats(&event))
            && let Some(known) = self.events.remove(position)
        {
            event.first_timestamp = known.first_timestamp;
            event.count = known.count.saturating_add(event.count);
        }
        if self.events.len() == EVENT_RING_CAPACITY {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }

    /// All kept events, oldest last-occurrence first.
    pub fn to_vec(&self) -> Vec<Event> {
        self.events.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(message: &str, second: i64) -> Event {
        Event::new(
            EventKind::Normal,
            EventObject::pod("default", "web-node", "u1").container("web"),
            crate::reasons::container_event::STARTED,
            message,
            Timestamp::from_second(second).unwrap(),
        )
    }

    #[test]
    fn equal_events_are_counted_and_move_to_the_end() {
        let mut ring = EventRing::default();
        ring.push(event("a", 1));
        ring.push(event("b", 2));
        ring.push(event("a", 3));
        let seen: Vec<_> = ring
            .to_vec()
            .into_iter()
            .map(|e| (e.message, e.count, e.first_timestamp.as_second(), e.last_timestamp.as_second()))
            .collect();
        assert_eq!(seen, [("b".to_owned(), 1, 2, 2), ("a".to_owned(), 2, 1, 3)]);
    }

    #[test]
    fn another_version_of_the_object_is_the_same_object() {
        let mut ring = EventRing::default();
        for version in ["1", "2"] {
            let mut event = event("a", 1);
            event.object.resource_version = version.to_owned();
            ring.push(event);
        }
        let events = ring.to_vec();
        assert_eq!((events.len(), events[0].count), (1, 2));
        assert_eq!(events[0].object.resource_version, "2");
    }

    #[test]
    fn the_ring_is_bounded() {
        let mut ring = EventRing::default();
        for number in 0..2 * EVENT_RING_CAPACITY {
            ring.push(event(&number.to_string(), 0));
        }
        let events = ring.to_vec();
        assert_eq!(events.len(), EVENT_RING_CAPACITY);
        assert_eq!(events[0].message, EVENT_RING_CAPACITY.to_string());
    }

    #[test]
    fn containers_are_found_in_every_list() {
        let pod = serde_json::from_value(serde_json::json!({"metadata": {}, "spec": {
            "containers": [{"name": "a"}], "initContainers": [{"name": "i"}],
            "ephemeralContainers": [{"name": "e"}],
        }}));
        let wanted = crate::WantedPod {
            uid: crate::PodUid::from("u1"),
            name: crate::PodName::new("default", "web"),
            source: crate::PodSource::Api,
            seen: Timestamp::UNIX_EPOCH,
            pod: std::sync::Arc::new(pod.unwrap()),
        };
        let object = EventObject::of_pod(&wanted);
        for (name, expected) in [
            ("a", "spec.containers{a}"),
            ("i", "spec.initContainers{i}"),
            ("e", "spec.ephemeralContainers{e}"),
            ("x", "implicitly required container x"),
        ] {
            let object = object.any_container(Some(&wanted), name);
            assert_eq!((object.field_path.as_str(), object.is_implicit()), (expected, name == "x"));
        }
        assert_eq!(object.any_container(None, "x").field_path, "spec.containers{x}");
    }

    #[test]
    fn json_has_the_names_of_core_v1() {
        let value = serde_json::to_value(event("x", 0)).unwrap();
        assert_eq!(value["type"], "Normal");
        assert_eq!(value["involvedObject"]["fieldPath"], "spec.containers{web}");
        assert_eq!(value["firstTimestamp"], "1970-01-01T00:00:00Z");
    }
}

//! What was told, as the API's event (`event.go`, `makeEvent`, `generateEvent`).

use super::name::event_name;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Event, EventSource, ObjectReference};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use types::EventObject;

/// Who tells: upstream's `componentKubelet`.
const COMPONENT: &str = "kubelet";

/// Where events about objects without a namespace go.
const DEFAULT_NAMESPACE: &str = "default";

/// The event of the kubelet on `node_name`, named by `moment`, or by `random` when its object's name is too long.
pub(super) fn to_api(event: types::Event, node_name: &str, moment: Timestamp, random: u128) -> Event {
    let now = event.last_timestamp;
    let namespace = match event.object.namespace.as_str() {
        "" => DEFAULT_NAMESPACE,
        namespace => namespace,
    };
    let source = EventSource { component: Some(COMPONENT.to_owned()), host: Some(node_name.to_owned()) };
    let mut api = Event {
        count: Some(1),
        first_timestamp: Some(Time(now)),
        last_timestamp: Some(Time(now)),
        type_: Some(event.kind.as_str().to_owned()),
        reason: Some(event.reason),
        message: Some(event.message),
        source: Some(source),
        reporting_component: Some(COMPONENT.to_owned()),
        reporting_instance: Some(node_name.to_owned()),
        ..Event::default()
    };
    api.metadata.name = Some(event_name(&event.object.name, moment, random));
    api.metadata.namespace = Some(namespace.to_owned());
    api.metadata.annotations = (!event.annotations.is_empty()).then_some(event.annotations);
    api.involved_object = reference(event.object);
    api
}

fn reference(object: EventObject) -> ObjectReference {
    let given = |text: String| (!text.is_empty()).then_some(text);
    ObjectReference {
        api_version: Some("v1".to_owned()),
        kind: given(object.kind),
        namespace: given(object.namespace),
        name: given(object.name),
        uid: given(object.uid),
        resource_version: given(object.resource_version),
        field_path: given(object.field_path),
    }
}

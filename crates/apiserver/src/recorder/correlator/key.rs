//! What makes events alike. Keys are hashes: the caches hold thousands of them.

use k8s_openapi::api::core::v1::Event;
use types::hash::Fnv1a128;

/// The same event once more: all but its time (`getEventKey`).
pub(super) fn of_event(event: &Event) -> u128 {
    let object = &event.involved_object;
    hash(object_fields(event).into_iter().chain([
        &object.field_path,
        &event.type_,
        &event.reason,
        &event.message,
    ]))
}

/// Events of one group: all but message and field path (`EventAggregatorByReasonFunc`).
pub(super) fn of_group(event: &Event) -> u128 {
    hash(object_fields(event).into_iter().chain([
        &event.type_,
        &event.reason,
        &event.reporting_component,
        &event.reporting_instance,
    ]))
}

/// Events of one kind about one object, whatever they say (`getSpamKey`).
pub(super) fn of_object(event: &Event) -> u128 {
    hash(object_fields(event).into_iter().chain([&event.type_]))
}

/// What an event says.
pub(super) fn of_message(event: &Event) -> u128 {
    hash([&event.message])
}

fn object_fields(event: &Event) -> [&Option<String>; 7] {
    static NONE: Option<String> = None;
    let (source, object) = (event.source.as_ref(), &event.involved_object);
    [
        source.map_or(&NONE, |source| &source.component),
        source.map_or(&NONE, |source| &source.host),
        &object.kind,
        &object.namespace,
        &object.name,
        &object.uid,
        &object.api_version,
    ]
}

fn hash<'a>(fields: impl IntoIterator<Item = &'a Option<String>>) -> u128 {
    let mut hash = Fnv1a128::default();
    for field in fields {
        hash.write(field.as_deref().unwrap_or_default().as_bytes());
        // No field has a zero byte: "a" and "b" are not "ab".
        hash.write(&[0]);
    }
    hash.finish()
}

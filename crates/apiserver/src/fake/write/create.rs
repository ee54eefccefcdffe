//! POST.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::failure::Failure;
use super::super::request::Request;
use super::super::resources::{PODS, Scope};
use super::super::store::Key;
use super::super::{State, admission, pods, read, timestamp};
use super::drop_nulls;

/// Letters of generated names (apimachinery `pkg/util/rand`).
const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// How many of them follow the given part.
const GENERATED_LENGTH: u32 = 5;

/// Makes an object.
pub(in super::super) fn create(
    state: &mut State,
    request: &Request,
    now: Timestamp,
) -> Result<Arc<Value>, Failure> {
    let resource = request.call.resource;
    match request.call.subresource.as_str() {
        "" => {}
        "binding" if *resource == PODS => return bind(state, request, now),
        _ => return Err(Failure::no_such_path()),
    }
    let mut object = request.json()?;
    if !object["metadata"].is_object() {
        return Err(Failure::invalid(
            resource,
            "",
            "metadata.name: Required value: name or generateName is required",
        ));
    }
    drop_nulls(&mut object);
    check_kind(request, &object)?;
    state.made += 1;
    let key = key(state, request, &object)?;
    let metadata = &mut object["metadata"];
    metadata["name"] = json!(key.name);
    if resource.scope == Scope::Namespaced {
        metadata["namespace"] = json!(key.namespace);
    }
    metadata["uid"] = json!(format!("00000000-0000-4000-8000-{:012x}", state.made));
    metadata["creationTimestamp"] = timestamp(now);
    if let Some(fields) = metadata.as_object_mut() {
        for system in ["resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"] {
            fields.remove(system);
        }
    }
    if *resource == PODS {
        pods::prepare_for_create(&mut object);
    }
    admission::admit(&state.store, &request.call, None, Some(&object))?;
    if state.store.get(&key).is_some() {
        return Err(Failure::already_exists(resource, &key.name));
    }
    Ok(state.put(&request.call.user, key, object))
}

fn check_kind(request: &Request, object: &Value) -> Result<(), Failure> {
    let resource = request.call.resource;
    let (kind, version) = (&object["kind"], &object["apiVersion"]);
    if *kind == resource.kind && *version == resource.api_version().as_str() {
        return Ok(());
    }
    Err(Failure::bad_request(format!(
        "the object provided is of {version} {kind}, not of {} {}",
        resource.api_version(),
        resource.kind
    )))
}

/// Under which name the object will be.
fn key(state: &State, request: &Request, object: &Value) -> Result<Key, Failure> {
    let resource = request.call.resource;
    let metadata = &object["metadata"];
    let namespace = request.call.namespace.clone().unwrap_or_default();
    if resource.scope == Scope::Namespaced {
        if namespace.is_empty() {
            return Err(Failure::bad_request("an empty namespace may not be set during creation"));
        }
        if metadata["namespace"].as_str().is_some_and(|own| own != namespace) {
            let why = "the namespace of the provided object does not match the namespace sent on the request";
            return Err(Failure::bad_request(why));
        }
    }
    let name = match (metadata["name"].as_str(), metadata["generateName"].as_str()) {
        (Some(name), _) if !name.is_empty() => name.to_owned(),
        (_, Some(prefix)) if !prefix.is_empty() => format!("{prefix}{}", generated(state.made)),
        _ => {
            let why = "metadata.name: Required value: name or generateName is required";
            return Err(Failure::invalid(resource, "", why));
        }
    };
    Ok(Key { resource, namespace, name })
}

/// The end of the nth generated name.
fn generated(number: u64) -> String {
    let base = LETTERS.len() as u64;
    let digit = |place: u32| usize::try_from(number / base.pow(place) % base).unwrap_or(0);
    (0..GENERATED_LENGTH).rev().map(|place| char::from(LETTERS[digit(place)])).collect()
}

/// Binds a pod to a node, as the scheduler does (`pkg/registry/core/pod/storage/storage.go`).
fn bind(state: &mut State, request: &Request, now: Timestamp) -> Result<Arc<Value>, Failure> {
    let key = read::key(request)?;
    let binding = request.json()?;
    let stored = state.store.get(&key).ok_or_else(|| Failure::not_found(key.resource, &key.name))?;
    if !stored["spec"]["nodeName"].is_null() {
        let node = stored["spec"]["nodeName"].as_str().unwrap_or_default();
        let why = format!("pod {} is already assigned to node {node:?}", key.name);
        return Err(Failure::conflict(key.resource, &key.name, why));
    }
    let mut bound = Value::clone(stored);
    bound["spec"]["nodeName"] = binding["target"]["name"].clone();
    let scheduled = json!({ "type": "PodScheduled", "status": "True", "lastTransitionTime": timestamp(now) });
    match bound["status"]["conditions"].as_array_mut() {
        Some(conditions) => conditions.push(scheduled),
        None => bound["status"]["conditions"] = json!([scheduled]),
    }
    state.put(&request.call.user, key, bound);
    Ok(Arc::new(
        json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201 }),
    ))
}

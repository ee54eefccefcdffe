//! PUT and PATCH, of an object or of its status.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::call::Verb;
use super::super::failure::Failure;
use super::super::request::Request;
use super::super::resources::{PODS, Resource, StatusWrites};
use super::super::{State, admission, patch, pods, read};
use super::{drop_nulls, has_finalizers};

/// Fields of the metadata that no writer changes.
const FIXED: &[&str] =
    &["creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"];

/// Changes an object.
pub(in super::super) fn change(state: &mut State, request: &Request) -> Result<Arc<Value>, Failure> {
    let key = read::key(request)?;
    let resource = key.resource;
    let old = state.store.get(&key).cloned().ok_or_else(|| Failure::not_found(resource, &key.name))?;
    let mut new = match request.call.verb {
        Verb::Patch => patch::apply(request, &old)?,
        _ => request.json()?,
    };
    drop_nulls(&mut new);
    check_identity(request, &old, &new)?;
    keep_metadata(&mut new, &old);
    match (request.call.subresource.as_str(), resource.status) {
        ("", StatusWrites::Without) => {}
        ("", StatusWrites::Subresource) if *resource == PODS => pods::prepare_for_update(&mut new, &old),
        ("", StatusWrites::Subresource) => keep(&mut new, &old, "status"),
        ("status", StatusWrites::Subresource) if *resource == PODS => {
            pods::prepare_for_status_update(&mut new, &old);
            pods::validate_status_update(&new, &old)
                .map_err(|why| Failure::invalid(resource, &key.name, why))?;
        }
        ("status", StatusWrites::Subresource) => keep(&mut new, &old, "spec"),
        _ => return Err(Failure::no_such_path()),
    }
    admission::admit(&state.store, &request.call, Some(&old), Some(&new))?;
    if is_released(&new, &old) {
        let removed = state.remove(&request.call.user, &key);
        return removed.ok_or_else(|| Failure::not_found(resource, &key.name));
    }
    Ok(state.put(&request.call.user, key, new))
}

/// A writer that names a version, a UID, a name or a namespace means that object and no other.
fn check_identity(request: &Request, old: &Value, new: &Value) -> Result<(), Failure> {
    let resource: &Resource = request.call.resource;
    let (given, stored) = (&new["metadata"], &old["metadata"]);
    let name = stored["name"].as_str().unwrap_or_default();
    let is_put = request.call.verb == Verb::Update;
    let uid = given["uid"].as_str().filter(|uid| !uid.is_empty());
    if let Some(uid) = uid
        && stored["uid"] != uid
    {
        // A PUT's UID is a precondition of the storage, a patch's one more field (apiserver `pkg/registry/rest/update.go`).
        return Err(if is_put {
            let stored = stored["uid"].as_str().unwrap_or_default();
            let why =
                format!("Precondition failed: UID in precondition: {uid}, UID in object meta: {stored}");
            Failure::conflict(resource, name, why)
        } else {
            Failure::invalid(
                resource,
                name,
                format!("metadata.uid: Invalid value: {uid:?}: field is immutable"),
            )
        });
    }
    match given["resourceVersion"].as_str().filter(|version| !version.is_empty()) {
        Some(version) if stored["resourceVersion"] != version => {
            return Err(Failure::modified(resource, name));
        }
        // Pods and nodes may be written unconditionally, leases may not.
        None if is_put && resource.status == StatusWrites::Without && resource.kind == "Lease" => {
            let why = "metadata.resourceVersion: Invalid value: 0: must be specified for an update";
            return Err(Failure::invalid(resource, name, why));
        }
        Some(_) | None => {}
    }
    for field in ["name", "namespace"] {
        if given[field].as_str().is_some_and(|own| stored[field] != own) {
            let why = format!("the {field} of the object does not match the {field} on the URL");
            return Err(Failure::bad_request(why));
        }
    }
    Ok(())
}

fn keep_metadata(new: &mut Value, old: &Value) {
    if !new["metadata"].is_object() {
        new["metadata"] = json!({});
    }
    for field in FIXED.iter().chain(&["uid", "name", "namespace"]) {
        keep(&mut new["metadata"], &old["metadata"], field);
    }
    for field in ["kind", "apiVersion"] {
        keep(new, old, field);
    }
}

/// Takes a field over from what is stored, its absence too.
fn keep(new: &mut Value, old: &Value, field: &str) {
    let Some(fields) = new.as_object_mut() else { return };
    match old.get(field) {
        Some(value) => fields.insert(field.to_owned(), value.clone()),
        None => fields.remove(field),
    };
}

/// Whether the last finalizer of an object that is being deleted, and has no grace left, has gone.
fn is_released(new: &Value, old: &Value) -> bool {
    let metadata = &old["metadata"];
    let is_due = metadata["deletionGracePeriodSeconds"].as_i64().unwrap_or(0) == 0;
    !metadata["deletionTimestamp"].is_null() && is_due && !has_finalizers(new)
}

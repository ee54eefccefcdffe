//! DELETE: at once, or for pods with grace (apiserver `pkg/registry/rest/delete.go`, `pkg/registry/core/pod/strategy.go`).

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::failure::Failure;
use super::super::request::Request;
use super::super::resources::{PODS, SERVICE_ACCOUNTS, SERVICES};
use super::super::store::Key;
use super::super::{State, admission, read, timestamp};
use super::has_finalizers;

/// What becomes of an object that is to be deleted.
enum Course {
    /// It is removed now.
    Remove,
    /// It is removed now, and whoever watches sees first that it has no time left.
    RemoveMarked { since: Timestamp },
    /// It has until then.
    Grace { until: Timestamp, seconds: i64, is_first: bool },
    /// It is being deleted already, and nobody asks for it to be sooner.
    Pending,
}

/// Deletes an object; what it was or has become, or that it is gone.
pub(in super::super) fn delete(
    state: &mut State,
    request: &Request,
    now: Timestamp,
) -> Result<Arc<Value>, Failure> {
    let key = read::key(request)?;
    let resource = key.resource;
    let options = if request.body.is_empty() { json!({}) } else { request.json()? };
    let stored = state.store.get(&key).cloned().ok_or_else(|| Failure::not_found(resource, &key.name))?;
    check_preconditions(&key, &options["preconditions"], &stored)?;
    admission::admit(&state.store, &request.call, Some(&stored), None)?;
    let query = request.query.get("gracePeriodSeconds").and_then(|text| text.parse().ok());
    let asked =
        options["gracePeriodSeconds"].as_i64().or(query).map(|seconds| if seconds < 0 { 1 } else { seconds });
    let course = if *resource == PODS { course(&stored, asked, now) } else { Course::Remove };
    let user = &request.call.user;
    let result = match course {
        Course::Pending => stored,
        Course::Grace { until, seconds, is_first } => {
            let marked = marked(&stored, until, seconds, is_first);
            state.put(user, key.clone(), marked)
        }
        Course::Remove if has_finalizers(&stored) => {
            let marked = marked(&stored, now, 0, is_unmarked(&stored));
            state.put(user, key.clone(), marked)
        }
        Course::RemoveMarked { since } => {
            let marked = marked(&stored, since, 0, is_unmarked(&stored));
            let marked = state.put(user, key.clone(), marked);
            if has_finalizers(&marked) { marked } else { state.remove(user, &key).unwrap_or(marked) }
        }
        Course::Remove => state.remove(user, &key).ok_or_else(|| Failure::not_found(resource, &key.name))?,
    };
    let answers_with_object = [&PODS, &SERVICES, &SERVICE_ACCOUNTS].contains(&resource);
    if answers_with_object || state.store.get(&key).is_some() {
        return Ok(result);
    }
    let uid = &result["metadata"]["uid"];
    Ok(Arc::new(json!({
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": { "name": key.name, "group": resource.group, "kind": resource.plural, "uid": uid },
    })))
}

fn check_preconditions(key: &Key, preconditions: &Value, stored: &Value) -> Result<(), Failure> {
    let metadata = &stored["metadata"];
    let rows = [
        ("uid", "UID", "The object might have been deleted and then recreated"),
        ("resourceVersion", "ResourceVersion", "The object might have been modified"),
    ];
    for (field, name, hint) in rows {
        let Some(wanted) = preconditions[field].as_str() else { continue };
        if metadata[field] != wanted {
            let is = metadata[field].as_str().unwrap_or_default();
            let why = format!(
                "the {name} in the precondition ({wanted}) does not match the {name} in record ({is}). {hint}"
            );
            return Err(Failure::conflict(key.resource, &key.name, why));
        }
    }
    Ok(())
}

/// A pod is given time to end, unless it needs none; what it was given is only ever shortened.
fn course(pod: &Value, asked: Option<i64>, now: Timestamp) -> Course {
    let metadata = &pod["metadata"];
    if metadata["deletionTimestamp"].is_null() {
        return first_course(pod, asked, now);
    }
    let given = metadata["deletionGracePeriodSeconds"].as_i64().unwrap_or(0);
    if given == 0 {
        return Course::Remove;
    }
    match asked {
        Some(seconds) if seconds < given => {
            let marked_at = metadata["deletionTimestamp"].as_str().and_then(|text| text.parse().ok());
            let until = later(marked_at.unwrap_or(now), seconds - given);
            if seconds == 0 {
                return Course::RemoveMarked { since: until.max(now) };
            }
            // Shortened to a moment that has passed: as short as it can be, so that the kubelet sees it.
            let (until, seconds) = if until < now { (now, 1) } else { (until, seconds) };
            Course::Grace { until, seconds, is_first: false }
        }
        Some(_) | None => Course::Pending,
    }
}

fn first_course(pod: &Value, asked: Option<i64>, now: Timestamp) -> Course {
    let own = pod["spec"]["terminationGracePeriodSeconds"].as_i64();
    let is_bound = pod["spec"]["nodeName"].as_str().is_some_and(|node| !node.is_empty());
    let is_over = matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
    match asked.or(own).unwrap_or(0) {
        seconds if seconds > 0 && is_bound && !is_over => {
            Course::Grace { until: later(now, seconds), seconds, is_first: true }
        }
        _ => Course::RemoveMarked { since: now },
    }
}

fn is_unmarked(object: &Value) -> bool {
    object["metadata"]["deletionTimestamp"].is_null()
}

fn later(moment: Timestamp, seconds: i64) -> Timestamp {
    moment.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

fn marked(object: &Value, until: Timestamp, seconds: i64, is_first: bool) -> Value {
    let mut marked = object.clone();
    let metadata = &mut marked["metadata"];
    metadata["deletionTimestamp"] = timestamp(until);
    metadata["deletionGracePeriodSeconds"] = json!(seconds);
    if is_first && let Some(generation) = metadata["generation"].as_i64() {
        metadata["generation"] = json!(generation + 1);
    }
    marked
}

//! GET and LIST, also of what was true a while ago.

use std::sync::Arc;

use serde_json::{Value, json};

use super::call::Verb;
use super::failure::Failure;
use super::request::Request;
use super::store::{Key, Store};

/// Serves a read. One that takes any version sees the store as it was some revisions ago.
pub(super) fn read(store: &Store, request: &Request, revisions_behind: u64) -> Result<Arc<Value>, Failure> {
    let old;
    let store = match request.revision()? {
        Some(0) if revisions_behind > 0 => {
            old = store.at(store.head().saturating_sub(revisions_behind));
            &old
        }
        Some(revision) if revision > store.head() => {
            return Err(Failure::too_large_version(revision, store.head()));
        }
        Some(revision) if is_exact(request) => {
            if revision < store.compacted() {
                return Err(Failure::expired(revision, store.compacted()));
            }
            old = store.at(revision);
            &old
        }
        Some(_) | None => store,
    };
    match request.call.verb {
        Verb::List => Ok(Arc::new(list(store, request))),
        _ => get(store, request),
    }
}

fn is_exact(request: &Request) -> bool {
    request.query.get("resourceVersionMatch").is_some_and(|wanted| wanted == "Exact")
}

fn get(store: &Store, request: &Request) -> Result<Arc<Value>, Failure> {
    let key = key(request)?;
    store.get(&key).cloned().ok_or_else(|| Failure::not_found(key.resource, &key.name))
}

/// All on one page, whatever `limit` says.
fn list(store: &Store, request: &Request) -> Value {
    let resource = request.call.resource;
    let found = store.list(resource, request.call.namespace.as_deref());
    let items: Vec<Value> = found
        .filter(|(_, object)| request.selector.matches(object))
        .map(|(_, object)| {
            let mut item = Value::clone(object);
            // Of items in a list the server does not say the kind.
            if let Some(fields) = item.as_object_mut() {
                fields.remove("kind");
                fields.remove("apiVersion");
            }
            item
        })
        .collect();
    json!({
        "kind": format!("{}List", resource.kind),
        "apiVersion": resource.api_version(),
        "metadata": { "resourceVersion": store.head().to_string() },
        "items": items,
    })
}

/// The object that a request names.
pub(super) fn key(request: &Request) -> Result<Key, Failure> {
    let name = request.call.name.clone();
    let name = name.ok_or_else(|| Failure::bad_request("name must be provided"))?;
    let namespace = request.call.namespace.clone().unwrap_or_default();
    Ok(Key { resource: request.call.resource, namespace, name })
}

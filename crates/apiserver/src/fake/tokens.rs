//! Tokens of service accounts (`pkg/registry/core/serviceaccount/storage/token.go`).

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::call::User;
use super::failure::Failure;
use super::read;
use super::request::Request;
use super::resources::PODS;
use super::store::Key;
use super::{State, timestamp};

/// Lifetime of a token that does not ask for one.
const DEFAULT_SECONDS: i64 = 3600;

/// The shortest lifetime that may be asked for.
const SHORTEST_SECONDS: i64 = 600;

/// Answers a `TokenRequest` with a token that is told from all others, and says for whom it is and, in its last part, until
/// when.
pub(super) fn create(state: &mut State, request: &Request, now: Timestamp) -> Result<Value, Failure> {
    let account = read::key(request)?;
    let mut token_request = request.json()?;
    if state.store.get(&account).is_none() {
        return Err(Failure::not_found(account.resource, &account.name));
    }
    let seconds = token_request["spec"]["expirationSeconds"].as_i64().unwrap_or(DEFAULT_SECONDS);
    if seconds < SHORTEST_SECONDS {
        let why = format!(
            "spec.expirationSeconds: Invalid value: {seconds}: may not specify a duration less than 10 minutes"
        );
        let message = format!("TokenRequest.authentication.k8s.io {:?} is invalid: {why}", account.name);
        return Err(Failure::new(422, "Invalid", message));
    }
    check_binding(state, request, &account, &token_request["spec"])?;
    state.made += 1;
    let bound_to = token_request["spec"]["boundObjectRef"]["name"].as_str().unwrap_or("nothing");
    let expires = now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
    let (namespace, name, until) = (&account.namespace, &account.name, expires.as_second());
    let token = format!("{namespace}.{name}.{bound_to}.{}.{until}", state.made);
    token_request["kind"] = json!("TokenRequest");
    token_request["apiVersion"] = json!("authentication.k8s.io/v1");
    token_request["metadata"] = json!({
        "name": account.name,
        "namespace": account.namespace,
        "creationTimestamp": timestamp(now),
    });
    token_request["spec"]["expirationSeconds"] = json!(seconds);
    token_request["status"] = json!({ "token": token, "expirationTimestamp": timestamp(expires) });
    Ok(token_request)
}

/// A token is bound to a pod that is there, and a node's must be, to one of its own.
fn check_binding(
    state: &State,
    request: &Request,
    account: &Key,
    specification: &Value,
) -> Result<(), Failure> {
    let bound = &specification["boundObjectRef"];
    let forbid = |why: String| Err(Failure::forbidden(account.resource, Some(&account.name), why));
    let node = match &request.call.user {
        User::Node(node) => Some(node),
        User::Admin => None,
    };
    let Some(name) = bound["name"].as_str().filter(|_| bound["kind"] == "Pod") else {
        return match node {
            Some(_) => forbid("node requested token not bound to a pod".to_owned()),
            None => Ok(()),
        };
    };
    let key = Key { resource: &PODS, namespace: account.namespace.clone(), name: name.to_owned() };
    let pod = state.store.get(&key).ok_or_else(|| Failure::not_found(&PODS, name))?;
    let uid = bound["uid"].as_str().unwrap_or_default();
    let differs = || {
        format!(
            "the UID in the bound object reference ({uid}) does not match the UID in record. The object might have been deleted and then recreated"
        )
    };
    match node {
        Some(_) if uid.is_empty() => {
            forbid("node requested token with a pod binding without a uid".to_owned())
        }
        Some(_) if pod["metadata"]["uid"] != uid => forbid(differs()),
        Some(node) if pod["spec"]["nodeName"] != node.as_str() => {
            forbid("node requested token bound to a pod scheduled on a different node".to_owned())
        }
        Some(node) if !is_asked_for_by(pod, audience(specification)) => {
            let audience = audience(specification);
            forbid(format!(
                "system:node:{node} is not authorized to request tokens for audience {audience:?}"
            ))
        }
        None if !uid.is_empty() && pod["metadata"]["uid"] != uid => {
            Err(Failure::conflict(&PODS, name, differs()))
        }
        Some(_) | None => Ok(()),
    }
}

/// For whom the token is; empty for the API server itself.
fn audience(specification: &Value) -> &str {
    specification["audiences"][0].as_str().unwrap_or_default()
}

/// Whether a volume of the pod holds a token for that audience (`ServiceAccountNodeAudienceRestriction`).
fn is_asked_for_by(pod: &Value, audience: &str) -> bool {
    let volumes = pod["spec"]["volumes"].as_array().into_iter().flatten();
    let sources = volumes.flat_map(|volume| volume["projected"]["sources"].as_array().into_iter().flatten());
    let mut tokens = sources.map(|source| &source["serviceAccountToken"]).filter(|token| !token.is_null());
    tokens.any(|token| token["audience"].as_str().unwrap_or_default() == audience)
}

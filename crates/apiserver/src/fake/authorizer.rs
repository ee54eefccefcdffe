//! What a node may ask for: the Node authorizer in short form (`plugin/pkg/auth/authorizer/node`).

use serde_json::Value;

use super::call::{Call, User, Verb};
use super::failure::Failure;
use super::resources::{
    CONFIG_MAPS, LEASES, NODES, POD_CERTIFICATE_REQUESTS, PODS, SECRETS, SERVICE_ACCOUNTS,
};
use super::selectors::Selector;
use super::store::Store;

/// Where the leases of nodes are.
pub(super) const NODE_LEASES: &str = "kube-node-lease";

/// Refuses what the user may not ask for.
pub(super) fn authorize(store: &Store, call: &Call, selector: &Selector) -> Result<(), Failure> {
    let User::Node(node) = &call.user else { return Ok(()) };
    let Err(why) = allow(store, call, selector, node) else { return Ok(()) };
    let path = match call.subresource.as_str() {
        "" => call.resource.plural.to_owned(),
        subresource => format!("{}/{subresource}", call.resource.plural),
    };
    let place = match &call.namespace {
        Some(namespace) => format!("in the namespace {namespace:?}"),
        None => "at the cluster scope".to_owned(),
    };
    let (verb, group) = (call.verb.name(), call.resource.group);
    let reason = if why.is_empty() { String::new() } else { format!(": {why}") };
    let why = format!(
        "User \"system:node:{node}\" cannot {verb} resource {path:?} in API group {group:?} {place}{reason}"
    );
    Err(Failure::forbidden(call.resource, call.name.as_deref(), why))
}

/// Whether the node may, or why not.
fn allow(store: &Store, call: &Call, selector: &Selector, node: &str) -> Result<(), String> {
    let resource = call.resource;
    if *resource == SECRETS || *resource == CONFIG_MAPS {
        return allow_read_of_one(store, call, node);
    }
    if *resource == SERVICE_ACCOUNTS {
        return allow_service_account(store, call, node);
    }
    if *resource == NODES {
        return allow_node(call, node);
    }
    if *resource == PODS {
        return allow_pods(store, call, selector, node);
    }
    if *resource == LEASES {
        return allow_lease(call, node);
    }
    if *resource == POD_CERTIFICATE_REQUESTS {
        return allow_pod_certificate_request(call, selector, node);
    }
    match (resource.plural, call.verb) {
        ("events", Verb::Create | Verb::Update | Verb::Patch) => Ok(()),
        ("services" | "runtimeclasses" | "clustertrustbundles", Verb::Get | Verb::List | Verb::Watch) => {
            Ok(())
        }
        _ => Err(String::new()),
    }
}

fn allow_read_of_one(store: &Store, call: &Call, node: &str) -> Result<(), String> {
    if call.verb.is_write() {
        return Err("can only read resources of this type".to_owned());
    }
    let Some(namespace) = &call.namespace else {
        return Err("can only read namespaced object of this type".to_owned());
    };
    let Some(name) = &call.name else { return Err("No Object name found".to_owned()) };
    let mut pods = pods_of(store, node, Some(namespace));
    if pods.any(|pod| refers_to(&pod["spec"], call.resource.plural, name)) {
        return Ok(());
    }
    Err(unrelated(node))
}

fn allow_service_account(store: &Store, call: &Call, node: &str) -> Result<(), String> {
    match (call.verb, call.subresource.as_str()) {
        (Verb::Get, "") | (Verb::Create, "token") => {}
        (Verb::Create, _) => return Err("can only create token subresource of serviceaccount".to_owned()),
        _ => return Err("can only create tokens for individual service accounts".to_owned()),
    }
    let name = call.name.as_deref().unwrap_or_default();
    let mut pods = pods_of(store, node, call.namespace.as_deref());
    if pods.any(|pod| service_account(pod) == name) {
        return Ok(());
    }
    Err(unrelated(node))
}

fn allow_node(call: &Call, node: &str) -> Result<(), String> {
    match (call.subresource.as_str(), call.verb) {
        ("", Verb::Create | Verb::Update | Verb::Patch) | ("status", Verb::Update | Verb::Patch) => Ok(()),
        ("", Verb::Get | Verb::List | Verb::Watch) => match call.name.as_deref() {
            Some(name) if name == node => Ok(()),
            None => Err(format!("node '{node}' cannot read all nodes, only its own Node object")),
            Some(name) => Err(format!("node '{node}' cannot read '{name}', only its own Node object")),
        },
        _ => Err(String::new()),
    }
}

fn allow_pods(store: &Store, call: &Call, selector: &Selector, node: &str) -> Result<(), String> {
    let is_own = || {
        let mut pods = pods_of(store, node, call.namespace.as_deref());
        let name = call.name.as_deref();
        pods.any(|pod| name.is_some() && pod["metadata"]["name"].as_str() == name)
    };
    match (call.subresource.as_str(), call.verb) {
        ("", Verb::Create | Verb::Delete) | ("status", Verb::Update | Verb::Patch) => Ok(()),
        ("", Verb::Get) if is_own() => Ok(()),
        ("", Verb::Get) => Err(unrelated(node)),
        ("", Verb::List | Verb::Watch) if selector.field("spec.nodeName") == Some(node) => Ok(()),
        ("", Verb::List | Verb::Watch) if call.name.is_some() && is_own() => Ok(()),
        ("", Verb::List | Verb::Watch) if call.name.is_some() => Err(unrelated(node)),
        ("", Verb::List | Verb::Watch) => {
            Err("can only list/watch pods with spec.nodeName field selector".to_owned())
        }
        _ => Err(String::new()),
    }
}

fn allow_lease(call: &Call, node: &str) -> Result<(), String> {
    match call.verb {
        Verb::Get | Verb::Create | Verb::Update | Verb::Patch | Verb::Delete => {}
        Verb::List | Verb::Watch => {
            return Err("can only get, create, update, patch, or delete a node lease".to_owned());
        }
    }
    if call.namespace.as_deref() != Some(NODE_LEASES) {
        return Err(format!("can only access leases in the {NODE_LEASES:?} system namespace"));
    }
    if call.verb != Verb::Create && call.name.as_deref() != Some(node) {
        return Err("can only access node lease with the same name as the requesting node".to_owned());
    }
    Ok(())
}

fn allow_pod_certificate_request(call: &Call, selector: &Selector, node: &str) -> Result<(), String> {
    if !call.subresource.is_empty() {
        return Err("nodes may not access the status subresource of PodCertificateRequests".to_owned());
    }
    match call.verb {
        Verb::Create => Ok(()),
        Verb::List | Verb::Watch if selector.field("spec.nodeName") == Some(node) => Ok(()),
        Verb::List | Verb::Watch => {
            Err("can only list/watch podcertificaterequests with nodeName field selector".to_owned())
        }
        Verb::Get | Verb::Update | Verb::Patch | Verb::Delete => {
            Err(format!("nodes may not {} podcertificaterequests", call.verb.name()))
        }
    }
}

fn unrelated(node: &str) -> String {
    format!("no relationship found between node '{node}' and this object")
}

/// The pods that are bound to a node.
fn pods_of<'a>(
    store: &'a Store,
    node: &'a str,
    namespace: Option<&'a str>,
) -> impl Iterator<Item = &'a Value> {
    let pods = store.list(&PODS, namespace).map(|(_, pod)| pod.as_ref());
    pods.filter(move |pod| pod["spec"]["nodeName"] == node)
}

/// The service account of a pod.
fn service_account(pod: &Value) -> &str {
    pod["spec"]["serviceAccountName"].as_str().unwrap_or("default")
}

/// Whether a specification names a secret or a config map, wherever it may.
pub(super) fn refers_to(specification: &Value, plural: &str, name: &str) -> bool {
    let is_secret = plural == SECRETS.plural;
    match specification {
        Value::Array(items) => items.iter().any(|item| refers_to(item, plural, name)),
        Value::Object(fields) => fields.iter().any(|(field, value)| {
            let is_named = match (field.as_str(), is_secret) {
                ("secret", true) => value["secretName"] == name || value["name"] == name,
                ("secretKeyRef" | "secretRef" | "nodePublishSecretRef", true)
                | ("configMap" | "configMapKeyRef" | "configMapRef", false) => value["name"] == name,
                ("imagePullSecrets", true) => {
                    value.as_array().is_some_and(|listed| listed.iter().any(|one| one["name"] == name))
                }
                _ => false,
            };
            is_named || refers_to(value, plural, name)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

//! What a node may write: the NodeRestriction admission plugin in short form (`plugin/pkg/admission/noderestriction`).

use serde_json::Value;

use super::call::{Call, User, Verb};
use super::failure::Failure;
use super::resources::{LEASES, NODES, PODS};
use super::store::{Key, Store};

/// Marks a mirror pod.
const MIRROR: &str = "kubernetes.io/config.mirror";

/// Labels below `kubernetes.io` and `k8s.io` that a kubelet may set (`k8s.io/kubelet/pkg/apis/well_known_labels.go`).
const KUBELET_LABELS: &[&str] = &[
    "beta.kubernetes.io/arch",
    "beta.kubernetes.io/instance-type",
    "beta.kubernetes.io/os",
    "failure-domain.beta.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
    "kubernetes.io/arch",
    "kubernetes.io/hostname",
    "kubernetes.io/os",
    "node.kubernetes.io/instance-type",
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
];

/// Refuses what a node may not write. `old` is what is stored, `new` what would be; none of one that is deleted.
pub(super) fn admit(
    store: &Store,
    call: &Call,
    old: Option<&Value>,
    new: Option<&Value>,
) -> Result<(), Failure> {
    let User::Node(node) = &call.user else { return Ok(()) };
    let verdict = match (call.resource, call.subresource.as_str()) {
        (resource, "") if *resource == PODS => admit_pod(store, call.verb, node, old, new)?,
        (resource, "status") if *resource == PODS => admit_pod_status(node, old, new),
        (resource, _) if *resource == NODES => admit_node(node, old, new),
        (resource, _) if *resource == LEASES => admit_lease(node, new),
        _ => Ok(()),
    };
    verdict.map_err(|why| Failure::forbidden(call.resource, name_of(old.or(new)), why))
}

fn admit_pod(
    store: &Store,
    verb: Verb,
    node: &str,
    old: Option<&Value>,
    new: Option<&Value>,
) -> Result<Result<(), String>, Failure> {
    match (verb, old, new) {
        (Verb::Create, _, Some(pod)) => admit_mirror_pod(store, node, pod),
        (Verb::Delete, Some(pod), _) if pod["spec"]["nodeName"] == node => Ok(Ok(())),
        (Verb::Delete, _, _) => {
            Ok(Err(format!("node {node:?} can only delete pods with spec.nodeName set to itself")))
        }
        _ => Ok(Err(format!(
            "unexpected operation \"UPDATE\", node {node:?} can only create and delete mirror pods"
        ))),
    }
}

/// A node makes mirror pods alone, for itself, owned by itself, and without a way to other objects.
fn admit_mirror_pod(store: &Store, node: &str, pod: &Value) -> Result<Result<(), String>, Failure> {
    if pod.pointer("/metadata/annotations").and_then(|annotations| annotations.get(MIRROR)).is_none() {
        let why =
            format!("pod does not have {MIRROR:?} annotation, node {node:?} can only create mirror pods");
        return Ok(Err(why));
    }
    if pod["spec"]["nodeName"] != node {
        return Ok(Err(format!("node {node:?} can only create pods with spec.nodeName set to itself")));
    }
    let owners = pod["metadata"]["ownerReferences"].as_array().map(Vec::as_slice).unwrap_or_default();
    let [owner] = owners else {
        let article = if owners.is_empty() { "an" } else { "a single" };
        let why = format!("node {node:?} can only create pods with {article} owner reference set to itself");
        return Ok(Err(why));
    };
    if owner["apiVersion"] != "v1" || owner["kind"] != "Node" || owner["name"] != node {
        return Ok(Err(format!("node {node:?} can only create pods with an owner reference set to itself")));
    }
    if owner["controller"] != true {
        let why =
            format!("node {node:?} can only create pods with a controller owner reference set to itself");
        return Ok(Err(why));
    }
    if owner["blockOwnerDeletion"] == true {
        return Ok(Err(format!("node {node:?} must not set blockOwnerDeletion on an owner reference")));
    }
    let key = Key { resource: &NODES, namespace: String::new(), name: node.to_owned() };
    let stored = store.get(&key).ok_or_else(|| Failure::not_found(&NODES, node))?;
    let (expected, got) = (&stored["metadata"]["uid"], &owner["uid"]);
    if expected != got {
        let (expected, got) = (expected.as_str().unwrap_or_default(), got.as_str().unwrap_or_default());
        return Ok(Err(format!("node {node} UID mismatch: expected {got} got {expected}")));
    }
    Ok(match referenced(&pod["spec"]) {
        Some(what) => Err(format!("node {node:?} can not create pods that reference {what}")),
        None => Ok(()),
    })
}

/// What a pod would give its node a way to (`podutil.HasAPIObjectReference`).
fn referenced(specification: &Value) -> Option<&'static str> {
    if specification["serviceAccountName"].as_str().is_some_and(|name| !name.is_empty()) {
        return Some("serviceaccounts");
    }
    let text = specification.to_string();
    let named = [
        ("\"secretKeyRef\"", "secrets"),
        ("\"secretRef\"", "secrets"),
        ("\"imagePullSecrets\":[{", "secrets"),
        ("\"configMapKeyRef\"", "configmaps"),
        ("\"configMapRef\"", "configmaps"),
        ("\"secret\":{", "secrets (via secret volumes)"),
        ("\"configMap\":{", "configmaps (via configmap volumes)"),
        ("\"serviceAccountToken\":{", "serviceaccounts (via projected volumes)"),
        ("\"persistentVolumeClaim\":{", "persistentvolumeclaims"),
    ];
    named.into_iter().find(|(field, _)| text.contains(field)).map(|(_, what)| what)
}

fn admit_pod_status(node: &str, old: Option<&Value>, new: Option<&Value>) -> Result<(), String> {
    let (Some(old), Some(new)) = (old, new) else { return Ok(()) };
    if old["spec"]["nodeName"] != node {
        return Err(format!(
            "node {node:?} can only update pod status for pods with spec.nodeName set to itself"
        ));
    }
    if old["metadata"]["labels"] != new["metadata"]["labels"] {
        return Err(format!("node {node:?} cannot update labels through pod status"));
    }
    Ok(())
}

fn admit_node(node: &str, old: Option<&Value>, new: Option<&Value>) -> Result<(), String> {
    let Some(new) = new else { return Ok(()) };
    if new["metadata"]["name"] != node {
        let requested = new["metadata"]["name"].as_str().unwrap_or_default();
        return Err(format!("node {node:?} is not allowed to modify node {requested:?}"));
    }
    let before = old.map_or(&Value::Null, |old| &old["metadata"]["labels"]);
    let forbidden = forbidden_labels(before, &new["metadata"]["labels"]);
    let Some(old) = old else {
        return match forbidden.as_slice() {
            [] => Ok(()),
            labels => Err(format!(
                "node {node:?} is not allowed to set the following labels: {}",
                labels.join(", ")
            )),
        };
    };
    if old["spec"]["taints"] != new["spec"]["taints"] {
        return Err(format!("node {node:?} is not allowed to modify taints"));
    }
    if old["metadata"]["ownerReferences"] != new["metadata"]["ownerReferences"] {
        return Err(format!("node {node:?} is not allowed to modify ownerReferences"));
    }
    match forbidden.as_slice() {
        [] => Ok(()),
        labels => Err(format!("is not allowed to modify labels: {}", labels.join(", "))),
    }
}

/// Changed labels that are not a kubelet's to change.
fn forbidden_labels(before: &Value, after: &Value) -> Vec<String> {
    let empty = serde_json::Map::new();
    let (before, after) = (before.as_object().unwrap_or(&empty), after.as_object().unwrap_or(&empty));
    let changed = before.keys().chain(after.keys()).filter(|label| before.get(*label) != after.get(*label));
    let mut forbidden: Vec<String> = changed.filter(|label| is_forbidden(label)).cloned().collect();
    forbidden.sort();
    forbidden.dedup();
    forbidden
}

fn is_forbidden(label: &str) -> bool {
    let Some((namespace, _)) = label.split_once('/') else { return false };
    let is_within = |domain: &str| {
        namespace == domain || namespace.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
    };
    if is_within("node-restriction.kubernetes.io") {
        return true;
    }
    let is_kubelets = KUBELET_LABELS.contains(&label)
        || is_within("kubelet.kubernetes.io")
        || is_within("node.kubernetes.io");
    (is_within("kubernetes.io") || is_within("k8s.io")) && !is_kubelets
}

fn admit_lease(node: &str, new: Option<&Value>) -> Result<(), String> {
    match new {
        Some(lease) if lease["metadata"]["name"] != node => {
            Err("can only access node lease with the same name as the requesting node".to_owned())
        }
        Some(_) | None => Ok(()),
    }
}

fn name_of(object: Option<&Value>) -> Option<&str> {
    object?["metadata"]["name"].as_str()
}

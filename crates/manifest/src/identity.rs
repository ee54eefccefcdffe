//! Name, namespace, UID and annotations of a static pod: `applyDefaults` in `pkg/kubelet/config/common.go`, release 1.37.

use std::fmt::Write;

use k8s_openapi::api::core::v1::{Pod, Toleration};
use serde_json::Value;
use types::hash::Fnv1a128;

use crate::source::{Data, Node};
use crate::{Origin, OriginKind, go_dump};

/// Annotation that holds a static pod's UID as it was computed from the manifest.
const CONFIG_HASH: &str = "kubernetes.io/config.hash";

/// Where in a manifest a pod stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// It is the manifest.
    Top,
    /// In a list.
    List,
}

/// Makes a defaulted pod of a manifest a pod of this node; `node` is where it was read from.
pub(crate) fn apply(pod: &mut Pod, node: &Node, place: Place, origin: &Origin<'_>) {
    let uid = match pod.metadata.uid.take().filter(|uid| !uid.is_empty()) {
        Some(uid) => uid,
        None => generate_uid(pod, node, place, origin),
    };
    let metadata = &mut pod.metadata;
    let name = metadata.name.take().unwrap_or_default();
    metadata.name = Some(format!("{name}-{}", origin.node_name.to_lowercase()));
    if metadata.namespace.as_deref().is_none_or(str::is_empty) {
        metadata.namespace = Some("default".to_owned());
    }
    metadata.annotations.get_or_insert_default().insert(CONFIG_HASH.to_owned(), uid.clone());
    metadata.uid = Some(uid);
    let spec = pod.spec.get_or_insert_default();
    spec.node_name = Some(origin.node_name.to_owned());
    if let OriginKind::File { .. } = origin.kind {
        tolerate_everything(spec.tolerations.get_or_insert_default());
    }
    pod.status.get_or_insert_default().phase = Some("Pending".to_owned());
}

/// The UID: upstream's hash of the pod and of where it comes from, so that the same file keeps its UID over restarts and
/// under either kubelet.
fn generate_uid(pod: &Pod, node: &Node, place: Place, origin: &Origin<'_>) -> String {
    let mut hash = Fnv1a128::default();
    let mut json = serde_json::to_value(pod).unwrap_or_default();
    if let Some(fields) = json.as_object_mut() {
        // Go's decoder clears both at the top of a manifest, and leaves them as they are inside a list.
        for name in ["apiVersion", "kind"] {
            fields.remove(name);
            if let (Place::List, Some(Data::String(text))) = (place, node.get(name).map(|node| &node.data)) {
                fields.insert(name.to_owned(), Value::from(text.as_str()));
            }
        }
    }
    forget_absent(&mut json, node);
    let dumped = go_dump::write(&json, &mut hash);
    let written = match origin.kind {
        OriginKind::File { path } => write!(hash, "host:{}file:{path}", origin.node_name),
        OriginKind::Url { url } => write!(hash, "url:{url}"),
    };
    dumped.and(written).expect("writing into a hash does not fail");
    hash.finish_hex()
}

/// Takes out two values that our type of a pod always has, though Go's may lack them.
fn forget_absent(json: &mut Value, node: &Node) {
    const ABSENT: [(&str, &[&str]); 2] =
        [("volumes", &["scaleIO", "secretRef"]), ("evictionResponders", &["priority"])];
    for (list, fields) in ABSENT {
        let Some(elements) = json.pointer_mut(&format!("/spec/{list}")).and_then(Value::as_array_mut) else {
            continue;
        };
        for (index, element) in elements.iter_mut().enumerate() {
            let written =
                node.get("spec").and_then(|spec| spec.get(list)).and_then(|list| list.element(index));
            let written =
                fields.iter().try_fold(written, |here, field| Some(here.and_then(|here| here.get(field))));
            if written.flatten().is_some_and(|written| !matches!(written.data, Data::Null)) {
                continue;
            }
            let [way @ .., last] = fields else { continue };
            let owner = way.iter().try_fold(element, |here, field| here.get_mut(*field));
            if let Some(owner) = owner.and_then(Value::as_object_mut) {
                owner.remove(*last);
            }
        }
    }
}

/// A static pod stays on its node whatever becomes of the node.
fn tolerate_everything(tolerations: &mut Vec<Toleration>) {
    let everything = Toleration {
        operator: Some("Exists".to_owned()),
        effect: Some("NoExecute".to_owned()),
        ..Toleration::default()
    };
    let is_same = |text: &Option<String>, other: &Option<String>| {
        text.as_deref().unwrap_or_default() == other.as_deref().unwrap_or_default()
    };
    let mut replaced = false;
    for toleration in tolerations.iter_mut() {
        if is_same(&toleration.key, &everything.key)
            && is_same(&toleration.effect, &everything.effect)
            && is_same(&toleration.operator, &everything.operator)
            && is_same(&toleration.value, &everything.value)
        {
            *toleration = everything.clone();
            replaced = true;
        }
    }
    if !replaced {
        tolerations.push(everything);
    }
}

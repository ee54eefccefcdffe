//! The objects that users make.

use super::{ApiPod, Content, GATE, Reading};
use crate::scenario::{NODE_NAME, manifest::content};
use apiserver::fake::{CONFIG_MAPS, Resource, SECRETS};
use k8s_openapi::ByteString;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The variable that is read from an object.
pub const VARIABLE: &str = "VALUE";

/// The file that a token is written to.
pub const TOKEN_FILE: &str = "token";

/// The name of both objects that pods read.
const OBJECT: &str = "settings";

/// Their only key.
const KEY: &str = "value";

/// The shortest lifetime that the server allows: a token is renewed every eight minutes.
const TOKEN_SECONDS: u32 = 600;

impl Content {
    /// Its kind.
    pub fn resource(self) -> &'static Resource {
        match self {
            Self::Secret => &SECRETS,
            Self::ConfigMap => &CONFIG_MAPS,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        OBJECT
    }
}

/// An object that pods read, with this content.
pub fn content_object(content: Content, value: u32) -> Value {
    let (kind, metadata) = (content.resource().kind, json!({ "name": OBJECT, "namespace": "default" }));
    let text = format!("value {value}");
    match content {
        Content::Secret => {
            let data = json!({ KEY: ByteString(text.into_bytes()) });
            json!({ "apiVersion": "v1", "kind": kind, "metadata": metadata, "data": data })
        }
        Content::ConfigMap => {
            json!({ "apiVersion": "v1", "kind": kind, "metadata": metadata, "data": { KEY: text } })
        }
    }
}

/// The service account that tokens are for.
pub fn account() -> Value {
    let metadata = json!({ "name": "default", "namespace": "default" });
    json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata })
}

/// What an object says, in the form that pods read.
pub fn value_of(content: Content, object: &Value) -> Option<String> {
    let data = &object["data"][KEY];
    match content {
        Content::Secret => {
            let ByteString(bytes) = serde_json::from_value(data.clone()).ok()?;
            String::from_utf8(bytes).ok()
        }
        Content::ConfigMap => data.as_str().map(str::to_owned),
    }
}

/// Where a pod finds what it reads of an object by a volume. A token is beside it.
pub fn file_of(pod_directory: &Path, index: usize, reading: Reading) -> Option<PathBuf> {
    let (kind, file) = match reading {
        Reading::Volume(Content::Secret) => ("secret", KEY),
        Reading::Volume(Content::ConfigMap) => ("configmap", KEY),
        Reading::Projected => ("projected", KEY),
        Reading::Variable(_) => return None,
    };
    Some(pod_directory.join(format!("volumes/kubernetes.io~{kind}/r{index}/{file}")))
}

/// The object that a user makes.
pub fn object(pod: &ApiPod) -> Value {
    let mut object = content(&pod.name, None, &pod.specification);
    object["metadata"]["namespace"] = json!("default");
    object["spec"]["nodeName"] = json!(NODE_NAME);
    object["spec"]["serviceAccountName"] = json!("default");
    if pod.has_gate {
        object["spec"]["readinessGates"] = json!([{ "conditionType": GATE }]);
    }
    for (index, reading) in pod.reads.iter().enumerate() {
        read(&mut object["spec"], index, *reading);
    }
    object
}

fn read(spec: &mut Value, index: usize, reading: Reading) {
    let name = format!("r{index}");
    let source = match reading {
        Reading::Volume(Content::Secret) => json!({ "name": name, "secret": { "secretName": OBJECT } }),
        Reading::Volume(Content::ConfigMap) => json!({ "name": name, "configMap": { "name": OBJECT } }),
        Reading::Projected => json!({ "name": name, "projected": { "sources": [
            { "serviceAccountToken": { "path": TOKEN_FILE, "expirationSeconds": TOKEN_SECONDS } },
            { "configMap": { "name": OBJECT } },
        ] } }),
        Reading::Variable(content) => return add_variable(spec, content),
    };
    if let Some(volumes) = spec["volumes"].as_array_mut() {
        volumes.push(source);
    }
    for container in containers(spec) {
        if let Some(mounts) = container["volumeMounts"].as_array_mut() {
            mounts.push(json!({ "name": name, "mountPath": format!("/{name}") }));
        }
    }
}

fn add_variable(spec: &mut Value, content: Content) {
    let reference = match content {
        Content::Secret => "secretKeyRef",
        Content::ConfigMap => "configMapKeyRef",
    };
    for container in containers(spec) {
        let from = json!({ reference: { "name": OBJECT, "key": KEY } });
        container["env"] = json!([{ "name": VARIABLE, "valueFrom": from }]);
    }
}

fn containers(spec: &mut Value) -> impl Iterator<Item = &mut Value> {
    let lists = spec.as_object_mut().into_iter().flat_map(|fields| fields.iter_mut());
    let lists = lists.filter(|(field, _)| matches!(field.as_str(), "containers" | "initContainers"));
    lists.flat_map(|(_, list)| list.as_array_mut().into_iter().flatten())
}

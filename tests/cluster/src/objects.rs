//! Pods and workloads as JSON.

use serde_json::{Value, json};

/// A shell's words for staying until it is told to end, at once when it is.
pub use e2e::manifest::STAY;

/// The `spec` of a pod of one busybox container called `main` that runs `script`.
pub fn shell_spec(script: &str) -> Value {
    json!({ "terminationGracePeriodSeconds": 5, "containers": [container("main", script)] })
}

/// A busybox container that runs `script`.
pub fn container(name: &str, script: &str) -> Value {
    json!({
        "name": name, "image": "busybox", "imagePullPolicy": "IfNotPresent", "command": ["sh", "-c", script],
    })
}

/// A pod with this `spec`.
pub fn pod(name: &str, spec: Value) -> Value {
    json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": name }, "spec": spec })
}

/// A pod of one busybox container called `main` that runs `script`.
pub fn shell(name: &str, script: &str) -> Value {
    pod(name, shell_spec(script))
}

/// A pod without the volume of a service account's token.
pub fn shell_without_token(name: &str, script: &str) -> Value {
    let mut spec = shell_spec(script);
    spec["automountServiceAccountToken"] = json!(false);
    pod(name, spec)
}

/// A pod that stays, with this volume at `/volume`.
pub fn with_volume(name: &str, mut volume: Value) -> Value {
    volume["name"] = json!("volume");
    let mut spec = shell_spec(STAY);
    spec["volumes"] = json!([volume]);
    spec["containers"][0]["volumeMounts"] = json!([{ "name": "volume", "mountPath": "/volume" }]);
    pod(name, spec)
}

/// A workload whose pods stay: `kind` of `apps/v1`, with the label `app=NAME`.
pub fn workload(kind: &str, name: &str, mut spec: Value, pod_spec: Value) -> Value {
    spec["selector"] = json!({ "matchLabels": { "app": name } });
    spec["template"] = json!({ "metadata": { "labels": { "app": name } }, "spec": pod_spec });
    json!({ "apiVersion": "apps/v1", "kind": kind, "metadata": { "name": name }, "spec": spec })
}

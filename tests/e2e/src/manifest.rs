//! Manifests as text: the kubelet is to read what people write.

/// A pod of one busybox container called `main` that runs `script` in a shell.
pub fn shell(name: &str, script: &str) -> String {
    pod(name, &format!("  containers:\n{}", container("main", script)))
}

/// A pod with the lines of its `spec`, which are indented by two.
pub fn pod(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\nspec:\n  terminationGracePeriodSeconds: 1\n{spec}\n"
    )
}

/// One busybox container in a `containers` list.
pub fn container(name: &str, script: &str) -> String {
    let script = serde_json::Value::from(script);
    format!(
        "  - name: {name}\n    image: busybox\n    imagePullPolicy: IfNotPresent\n    command: [sh, -c, {script}]\n"
    )
}

/// A shell's words for staying until it is told to end, at once when it is.
pub const STAY: &str = "trap 'exit 0' TERM; while :; do sleep 1 & wait; done";

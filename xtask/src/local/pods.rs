//! What the kubelet tells through its local socket, and the page of the example.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use anyhow::{Context, bail};
use serde_json::Value;

use super::{kubelet_root, manifests};
use crate::http::{self, Answer, Request};

/// Puts a manifest into the kubelet's directory in one step; an equal one that is there stays untouched.
///
/// # Errors
/// When it cannot be read or written.
pub fn place(manifest: &Path) -> anyhow::Result<()> {
    let name = manifest.file_name().context("the manifest has no file name")?;
    let text = fs::read(manifest).with_context(|| format!("{} cannot be read", manifest.display()))?;
    let target = manifests().join(name);
    if fs::read(&target).is_ok_and(|found| found == text) {
        return Ok(());
    }
    // A dot-file is no manifest.
    let hidden = manifests().join(format!(".{}", name.to_string_lossy()));
    fs::write(&hidden, text).with_context(|| format!("{} cannot be written", hidden.display()))?;
    fs::rename(&hidden, &target).with_context(|| format!("{} cannot be written", target.display()))
}

/// Asks the kubelet's local API.
///
/// # Errors
/// When it does not answer, or not with JSON.
pub fn ask(target: &str) -> anyhow::Result<Value> {
    let connection = http::connect_unix(&kubelet_root().join("kubelet.sock"))?;
    let request = Request { method: "GET", target, host: "kubelet", media_type: "", body: &[] };
    let answer = http::request(connection, &request)?;
    answer.expect(200)?;
    serde_json::from_str(&answer.body).context("the kubelet's answer is no JSON")
}

/// What matters of a pod here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pod {
    /// Its full name: the manifest's, a dash, the node's.
    pub name: String,
    /// Its address, once it has one.
    pub address: Option<IpAddr>,
    /// Whether all of its containers run.
    pub running: bool,
    /// Why they do not, container by container.
    pub waiting: Vec<String>,
}

/// The pods of the kubelet's PodList.
pub fn read_pods(list: &Value) -> Vec<Pod> {
    list["items"].as_array().into_iter().flatten().map(read_pod).collect()
}

fn read_pod(pod: &Value) -> Pod {
    let status = &pod["status"];
    let containers: Vec<&Value> = status["containerStatuses"].as_array().into_iter().flatten().collect();
    let wanted = pod["spec"]["containers"].as_array().map_or(0, Vec::len);
    let running = containers.iter().filter(|status| status["state"]["running"].is_object()).count();
    let waiting = containers.iter().filter_map(|status| {
        let (state, details) = status["state"].as_object()?.iter().find(|(state, _)| *state != "running")?;
        let reason = details["reason"].as_str().unwrap_or(state);
        let message = details["message"].as_str().map(|message| format!(" ({message})")).unwrap_or_default();
        Some(format!("{} {reason}{message}", status["name"].as_str().unwrap_or_default()))
    });
    Pod {
        name: pod["metadata"]["name"].as_str().unwrap_or_default().to_owned(),
        address: status["podIP"].as_str().and_then(|address| address.parse().ok()),
        running: wanted > 0 && running == wanted,
        waiting: waiting.collect(),
    }
}

/// Fetches the page that a pod serves on port 80.
///
/// # Errors
/// When it has no address, or nobody answers there.
pub fn fetch_page(pod: &Pod) -> anyhow::Result<Answer> {
    let Some(address) = pod.address else { bail!("the pod {} has no address", pod.name) };
    let address = SocketAddr::new(address, 80);
    let connection = http::connect(address)?;
    let request =
        Request { method: "GET", target: "/", host: &address.ip().to_string(), media_type: "", body: &[] };
    http::request(connection, &request)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pod_runs_when_all_of_its_containers_do() {
        let mut list = json!({ "items": [{
            "metadata": { "name": "nginx-node" },
            "spec": { "containers": [{}, {}] },
            "status": { "podIP": "10.1.2.3", "containerStatuses": [
                { "name": "nginx", "state": { "running": { "startedAt": "x" } } },
                { "name": "other", "state": { "waiting": { "reason": "ErrImagePull", "message": "no" } } },
            ] },
        }] });
        let pod = read_pods(&list).remove(0);
        assert_eq!((pod.name.as_str(), pod.running), ("nginx-node", false));
        assert_eq!(pod.waiting, ["other ErrImagePull (no)"]);
        list["items"][0]["status"]["containerStatuses"][1]["state"] = json!({ "running": {} });
        let pod = read_pods(&list).remove(0);
        assert!(pod.running && pod.waiting.is_empty());
        assert_eq!(pod.address, Some("10.1.2.3".parse().unwrap()));
    }

    #[test]
    fn a_pod_without_status_waits() {
        let pod = read_pod(&json!({ "metadata": { "name": "a" }, "spec": { "containers": [{}] } }));
        assert_eq!(pod, Pod { name: "a".to_owned(), address: None, running: false, waiting: Vec::new() });
    }
}

//! A running kubelet, its manifests, and what it reports.

use crate::environment::Environment;
use crate::kubelet::{Kubelet, NODE_NAME, Options};
use crate::runtime::Runtime;
use crate::wait::{self, BOUND};
use anyhow::{Context, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use k8s_openapi::api::core::v1::{ContainerStatus, Pod};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::UnixStream;

/// The local API answers from memory.
const ANSWER_BOUND: Duration = Duration::from_secs(10);

/// A kubelet with its surroundings.
#[derive(Debug)]
pub struct Node {
    /// The process.
    pub kubelet: Kubelet,
    /// The runtime beside it.
    pub runtime: Runtime,
    /// The box.
    pub environment: Environment,
}

impl Node {
    /// Starts a kubelet and waits until it answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn start(environment: &Environment, options: Options) -> anyhow::Result<Self> {
        let mut node = Self::spawn(environment, options)?;
        node.kubelet.ready().await?;
        Ok(node)
    }

    /// Starts a kubelet and does not wait.
    ///
    /// # Errors
    /// When the process cannot be made.
    pub fn spawn(environment: &Environment, options: Options) -> anyhow::Result<Self> {
        let kubelet = Kubelet::start(environment, options)?;
        Ok(Self { kubelet, runtime: Runtime::connect(environment)?, environment: environment.clone() })
    }

    /// Puts a manifest into the directory as it should be done: written aside, then renamed.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, file: &str, manifest: &str) -> anyhow::Result<PathBuf> {
        let directory = self.kubelet.manifests();
        let aside = directory.join(format!(".{file}.tmp"));
        let path = directory.join(file);
        fs::write(&aside, manifest)?;
        fs::rename(&aside, &path)?;
        Ok(path)
    }

    /// Takes a manifest out of the directory.
    ///
    /// # Errors
    /// When it is not there.
    pub fn remove(&self, file: &str) -> anyhow::Result<()> {
        let path = self.kubelet.manifests().join(file);
        fs::remove_file(&path).with_context(|| path.display().to_string())
    }

    /// All pods that the kubelet reports.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn pods(&self) -> anyhow::Result<Vec<Pod>> {
        let mut list = get(&self.kubelet.root_dir(), "/v1/pods").await?;
        Ok(serde_json::from_value(list["items"].take())?)
    }

    /// The pod of the manifest's name `name`, if the kubelet reports it.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn pod(&self, name: &str) -> anyhow::Result<Option<Pod>> {
        let path = format!("/v1/pods/default/{}", full_name(name));
        match request(&self.kubelet.root_dir(), &path).await? {
            (StatusCode::NOT_FOUND, _) => Ok(None),
            (StatusCode::OK, body) => Ok(Some(serde_json::from_slice(&body)?)),
            (status, body) => bail!("{path}: {status}: {}", String::from_utf8_lossy(&body)),
        }
    }

    /// Waits until the pod is there and `accept` says yes; `what` says to what.
    ///
    /// # Errors
    /// When it does not come true; the pod's status is in the error.
    pub async fn pod_until(
        &self,
        name: &str,
        what: &str,
        accept: impl Fn(&Pod) -> bool,
    ) -> anyhow::Result<Pod> {
        self.pod_within(BOUND, name, what, accept).await
    }

    /// The same with another bound.
    ///
    /// # Errors
    /// When it does not come true; the pod's status is in the error.
    pub async fn pod_within(
        &self,
        bound: Duration,
        name: &str,
        what: &str,
        accept: impl Fn(&Pod) -> bool,
    ) -> anyhow::Result<Pod> {
        let what = format!("pod {name}: {what}");
        wait::until(&what, bound, || async {
            match self.pod(name).await {
                Ok(Some(pod)) if accept(&pod) => Ok(pod),
                Ok(Some(pod)) => Err(format!("{:#}", serde_json::json!(pod.status))),
                Ok(None) => Err("no such pod".to_owned()),
                Err(error) => Err(format!("{error:#}")),
            }
        })
        .await
    }

    /// Waits until all containers of the pod run.
    ///
    /// # Errors
    /// When they do not.
    pub async fn running(&self, name: &str) -> anyhow::Result<Pod> {
        self.pod_until(name, "all containers run", all_run).await
    }

    /// Waits until neither the kubelet nor the runtime knows the pod.
    ///
    /// # Errors
    /// When something of it stays.
    pub async fn gone(&self, name: &str) -> anyhow::Result<()> {
        wait::until(&format!("pod {name} is gone"), BOUND, || async {
            let reported = self.pod(name).await.map_err(|error| format!("{error:#}"))?;
            if let Some(pod) = reported {
                return Err(format!("{:#}", serde_json::json!(pod.status)));
            }
            let left = self.runtime.sandboxes_of(name).await.map_err(|error| format!("{error:#}"))?;
            if left.is_empty() { Ok(()) } else { Err(format!("{left:?}")) }
        })
        .await
    }

    /// The events about the pod, as `reason: message`.
    ///
    /// # Errors
    /// When the kubelet does not answer.
    pub async fn events(&self, name: &str) -> anyhow::Result<Vec<String>> {
        let full = full_name(name);
        let list = get(&self.kubelet.root_dir(), "/v1/events").await?;
        let items = list["items"].as_array().cloned().unwrap_or_default();
        let about = items.iter().filter(|event| event["involvedObject"]["name"] == *full);
        let text = |event: &Value, key: &str| event[key].as_str().unwrap_or_default().to_owned();
        Ok(about.map(|event| format!("{}: {}", text(event, "reason"), text(event, "message"))).collect())
    }

    /// Waits until there is an event about the pod that begins with `beginning`.
    ///
    /// # Errors
    /// When none comes.
    pub async fn event(&self, name: &str, beginning: &str) -> anyhow::Result<String> {
        wait::event(name, beginning, || self.events(name)).await
    }

    /// What a container wrote so far, through `kubelet logs`.
    ///
    /// # Errors
    /// When the command fails.
    pub async fn logs(&self, name: &str, container: &str) -> anyhow::Result<String> {
        let output = self.kubelet.command(&["logs", name, "-c", container]).await?;
        if !output.status.success() {
            bail!("kubelet logs: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Waits until a container has written `text`.
    ///
    /// # Errors
    /// When it does not.
    pub async fn wrote(&self, name: &str, container: &str, text: &str) -> anyhow::Result<String> {
        wait::until(&format!("{name}/{container} wrote {text:?}"), BOUND, || async {
            let log = self.logs(name, container).await.map_err(|error| format!("{error:#}"))?;
            if log.contains(text) { Ok(log) } else { Err(log) }
        })
        .await
    }
}

/// The name that a static pod called `name` gets.
pub fn full_name(name: &str) -> String {
    format!("{name}-{NODE_NAME}")
}

/// Whether every container of the pod's specification is reported as running.
pub fn all_run(pod: &Pod) -> bool {
    let wanted = pod.spec.as_ref().map_or(0, |spec| spec.containers.len());
    let running = statuses(pod).iter().filter(|status| is_running(status)).count();
    wanted > 0 && running == wanted
}

/// Whether the container is reported as running.
pub fn is_running(status: &ContainerStatus) -> bool {
    status.state.as_ref().is_some_and(|state| state.running.is_some())
}

/// The states of the app containers.
pub fn statuses(pod: &Pod) -> &[ContainerStatus] {
    pod.status.as_ref().and_then(|status| status.container_statuses.as_deref()).unwrap_or_default()
}

/// The only or first app container's state.
///
/// # Panics
/// When none is reported.
pub fn first(pod: &Pod) -> &ContainerStatus {
    statuses(pod).first().expect("a container is reported")
}

/// Why the pod's first container waits, if it does.
pub fn waiting_reason(pod: &Pod) -> Option<&str> {
    statuses(pod).first()?.state.as_ref()?.waiting.as_ref()?.reason.as_deref()
}

/// The pod's phase.
pub fn phase(pod: &Pod) -> &str {
    pod.status.as_ref().and_then(|status| status.phase.as_deref()).unwrap_or_default()
}

/// The pod's UID.
pub fn uid(pod: &Pod) -> &str {
    pod.metadata.uid.as_deref().unwrap_or_default()
}

/// The pod's address.
pub fn ip(pod: &Pod) -> &str {
    pod.status.as_ref().and_then(|status| status.pod_ip.as_deref()).unwrap_or_default()
}

/// One JSON answer of the local API.
///
/// # Errors
/// When nobody answers, or with something other than success.
pub async fn get(root_dir: &Path, path: &str) -> anyhow::Result<Value> {
    Ok(serde_json::from_slice(&get_bytes(root_dir, path).await?)?)
}

/// One answer of the local API.
///
/// # Errors
/// When nobody answers, or with something other than success.
pub async fn get_bytes(root_dir: &Path, path: &str) -> anyhow::Result<Bytes> {
    match request(root_dir, path).await? {
        (status, body) if status.is_success() => Ok(body),
        (status, body) => bail!("{path}: {status}: {}", String::from_utf8_lossy(&body)),
    }
}

/// One answer of the local API, whatever it is.
///
/// # Errors
/// When nobody answers.
pub async fn request(root_dir: &Path, path: &str) -> anyhow::Result<(StatusCode, Bytes)> {
    let answer = async {
        let stream = UnixStream::connect(root_dir.join("kubelet.sock")).await.context("kubelet.sock")?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.context("handshake")?;
        tokio::spawn(connection);
        let request = Request::get(path).header("host", "kubelet").body(Empty::<Bytes>::new())?;
        let response = sender.send_request(request).await.context("request")?;
        let status = response.status();
        let body = response.into_body().collect().await.context("body")?.to_bytes();
        Ok((status, body))
    };
    tokio::time::timeout(ANSWER_BOUND, answer).await.with_context(|| format!("{path}: no answer"))?
}

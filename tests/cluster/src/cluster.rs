//! The control plane and its node.

use crate::process::Process;
use anyhow::{Context, ensure};
use cri::v1::PodSandbox;
use cri::{ContainerService, SandboxService};
use e2e::environment::Environment;
use e2e::wait::{self, BOUND};
use k8s_openapi::api::core::v1::Node;
use kube::Api;
use kube::config::{KubeConfigOptions, Kubeconfig};
use std::time::Duration;

/// The name of the node.
pub const NODE_NAME: &str = "node-1";
/// The kubelet's own kubeconfig.
pub const KUBELET_KUBECONFIG: &str = "/etc/kubernetes/kubelet.conf";
/// Where static pods' manifests are.
pub const MANIFESTS: &str = "/etc/kubernetes/manifests";
/// How long the API server may take to answer: some tests end it.
const ANSWER_BOUND: Duration = Duration::from_secs(15);

/// A cluster of one node.
#[derive(Clone)]
pub struct Cluster {
    /// The API server, as its administrator.
    pub client: kube::Client,
    /// The runtime beside the kubelet.
    pub runtime: cri::Client,
    /// The box.
    pub environment: Environment,
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Cluster").field("environment", &self.environment).finish_non_exhaustive()
    }
}

impl Cluster {
    /// The cluster of this box.
    ///
    /// # Errors
    /// When its kubeconfig or an address in it cannot be used.
    pub async fn connect(environment: &Environment) -> anyhow::Result<Self> {
        let file = std::env::var("KUBECONFIG").context("KUBECONFIG is not set")?;
        Ok(Self {
            client: client(&file).await?,
            runtime: cri::Client::connect(&environment.runtime_endpoint).context("the runtime's endpoint")?,
            environment: environment.clone(),
        })
    }

    /// The node's object.
    ///
    /// # Errors
    /// When the API server does not tell.
    pub async fn node(&self) -> anyhow::Result<Node> {
        Ok(Api::<Node>::all(self.client.clone()).get(NODE_NAME).await?)
    }

    /// Waits until the node's condition Ready has this status.
    ///
    /// # Errors
    /// When it does not.
    pub async fn node_ready(&self, status: &str, bound: Duration) -> anyhow::Result<Node> {
        wait::until(&format!("the node's Ready is {status}"), bound, || async {
            let node = self.node().await.map_err(|error| format!("{error:#}"))?;
            let conditions = node.status.as_ref().and_then(|status| status.conditions.as_deref());
            let ready = conditions.unwrap_or_default().iter().find(|condition| condition.type_ == "Ready");
            match ready {
                Some(condition) if condition.status == status => Ok(node),
                other => Err(format!("{other:?}")),
            }
        })
        .await
    }

    /// Waits until the node tells that it has an image whose name holds `word`.
    ///
    /// # Errors
    /// When it does not.
    pub async fn node_with_image(&self, word: &str) -> anyhow::Result<()> {
        wait::until(&format!("the node has an image {word}"), BOUND, || async {
            let node = self.node().await.map_err(|error| format!("{error:#}"))?;
            let images = node.status.unwrap_or_default().images.unwrap_or_default();
            let mut names = images.iter().flat_map(|image| image.names.iter().flatten());
            if names.any(|name| name.contains(word)) { Ok(()) } else { Err(format!("{images:?}")) }
        })
        .await
    }

    /// Whether the kubelet is this project's: upstream's is held to its contract, not to our promises.
    ///
    /// # Errors
    /// When the API server does not tell.
    pub async fn is_ours(&self) -> anyhow::Result<bool> {
        let status = self.node().await?.status.unwrap_or_default();
        Ok(status.node_info.is_some_and(|info| info.kubelet_version.contains('+')))
    }

    /// The API server is asked whether it is ready, until it is.
    ///
    /// # Errors
    /// When it does not become so.
    pub async fn server_ready(&self) -> anyhow::Result<()> {
        wait::until("the API server is ready", BOUND, || async {
            let answer = tokio::time::timeout(ANSWER_BOUND, self.text("/readyz")).await;
            answer.map_err(|error| error.to_string())?.map_err(|error| format!("{error:#}"))
        })
        .await?;
        Ok(())
    }

    async fn text(&self, path: &str) -> anyhow::Result<String> {
        let request = http::Request::get(path).body(Vec::new())?;
        Ok(self.client.request_text(request).await?)
    }

    /// The sum of a counter of the API server over all series whose labels hold each of the words.
    ///
    /// # Errors
    /// When the API server does not tell.
    pub async fn server_counter(&self, name: &str, words: &[&str]) -> anyhow::Result<f64> {
        let text = self.text("/metrics").await?;
        let of_name = text.lines().filter(|line| line.starts_with(&format!("{name}{{")));
        let wanted = of_name.filter(|line| words.iter().all(|word| line.contains(word)));
        Ok(wanted.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum())
    }

    /// The sandboxes of pods of this namespace.
    ///
    /// # Errors
    /// When the runtime does not answer.
    pub async fn sandboxes(&self, namespace: &str) -> anyhow::Result<Vec<PodSandbox>> {
        let mut sandboxes = self.runtime.list_pod_sandbox(None).await?;
        sandboxes.retain(|sandbox| {
            sandbox.metadata.as_ref().is_some_and(|metadata| metadata.namespace == namespace)
        });
        Ok(sandboxes)
    }

    /// Kills the process of a container.
    ///
    /// # Errors
    /// When it does not run.
    pub async fn kill_container(&self, id: &str) -> anyhow::Result<()> {
        let id = id.rsplit('/').next().unwrap_or(id);
        let status = self.runtime.container_status(id, true).await?;
        let pid = cri::info::container_pid(&status).context("the runtime tells no process")?;
        let pid = rustix::process::Pid::from_raw(pid.cast_signed()).context("pid 0")?;
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).context("kill -9")
    }

    /// Ends and starts the kubelet, and waits until it answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn restart_kubelet(&self) -> anyhow::Result<()> {
        let mut kubelet = Process::called("kubelet")?;
        self.exchange_kubelet(&kubelet.clone(), &mut kubelet).await
    }

    /// Ends the kubelet and starts another one in its place, as one with further arguments; waits until it answers.
    ///
    /// # Errors
    /// When the old one does not end or the new one does not answer.
    pub async fn exchange_kubelet(&self, old: &Process, new: &mut Process) -> anyhow::Result<()> {
        old.terminate().await?;
        new.start()?;
        self.kubelet_healthy().await
    }

    /// Waits until the kubelet answers on its health port.
    ///
    /// # Errors
    /// When it does not.
    pub async fn kubelet_healthy(&self) -> anyhow::Result<()> {
        wait::until("the kubelet answers", BOUND, || async {
            let connected = tokio::net::TcpStream::connect(("127.0.0.1", 10248)).await;
            connected.map(drop).map_err(|error| error.to_string())
        })
        .await?;
        ensure!(Process::called("kubelet")?.is_alive(), "the kubelet has ended");
        Ok(())
    }
}

/// A client with the identity of a kubeconfig.
///
/// # Errors
/// When the file or something in it cannot be used.
pub async fn client(file: &str) -> anyhow::Result<kube::Client> {
    let kubeconfig = Kubeconfig::read_from(file).with_context(|| file.to_owned())?;
    let mut config = kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    config.read_timeout = Some(ANSWER_BOUND * 4);
    config.connect_timeout = Some(ANSWER_BOUND);
    Ok(kube::Client::try_from(config)?)
}

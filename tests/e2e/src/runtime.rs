//! The CRI beside the kubelet: what really runs.

use crate::environment::Environment;
use crate::node::full_name;
use anyhow::{Context, bail};
use cri::v1::{Container, ContainerState, PodSandbox, PodSandboxState};
use cri::{ContainerService, SandboxService, StateService};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicI32, Ordering};

use crate::wait::{self, BOUND};

/// The label with a pod's name.
const POD_NAME: &str = "io.kubernetes.pod.name";
/// The label with a container's name.
const CONTAINER_NAME: &str = "io.kubernetes.container.name";

/// containerd's process id since a test restarted it; 0 before.
static RESTARTED_PID: AtomicI32 = AtomicI32::new(0);

/// A second client of the runtime.
#[derive(Clone, Debug)]
pub struct Runtime {
    /// The plain client.
    pub client: cri::Client,
    first_pid: i32,
}

impl Runtime {
    /// A client of the box's runtime.
    ///
    /// # Errors
    /// When the endpoint is no socket's.
    pub fn connect(environment: &Environment) -> anyhow::Result<Self> {
        let client = cri::Client::connect(&environment.runtime_endpoint).context("the runtime's endpoint")?;
        Ok(Self { client, first_pid: environment.containerd_pid })
    }

    /// All sandboxes.
    ///
    /// # Errors
    /// When the runtime does not answer.
    pub async fn sandboxes(&self) -> anyhow::Result<Vec<PodSandbox>> {
        Ok(self.client.list_pod_sandbox(None).await?)
    }

    /// The sandboxes of the static pod called `name` in its manifest.
    ///
    /// # Errors
    /// When the runtime does not answer.
    pub async fn sandboxes_of(&self, name: &str) -> anyhow::Result<Vec<PodSandbox>> {
        let full = full_name(name);
        let mut sandboxes = self.sandboxes().await?;
        sandboxes.retain(|sandbox| sandbox.labels.get(POD_NAME) == Some(&full));
        Ok(sandboxes)
    }

    /// The containers of the static pod called `name` in its manifest.
    ///
    /// # Errors
    /// When the runtime does not answer.
    pub async fn containers_of(&self, name: &str) -> anyhow::Result<Vec<Container>> {
        let full = full_name(name);
        let mut containers = self.client.list_containers(None).await?;
        containers.retain(|container| container.labels.get(POD_NAME) == Some(&full));
        Ok(containers)
    }

    /// The running container called `container` of the static pod called `name`.
    ///
    /// # Errors
    /// When there is not exactly one.
    pub async fn running(&self, name: &str, container: &str) -> anyhow::Result<Container> {
        let mut containers = self.containers_of(name).await?;
        containers.retain(|found| {
            found.labels.get(CONTAINER_NAME).map(String::as_str) == Some(container)
                && found.state() == ContainerState::ContainerRunning
        });
        match containers.len() {
            1 => Ok(containers.remove(0)),
            count => bail!("{count} containers {container} of pod {name} run"),
        }
    }

    /// The process of a container.
    ///
    /// # Errors
    /// When the runtime does not say.
    pub async fn pid(&self, container_id: &str) -> anyhow::Result<i32> {
        let status = self.client.container_status(container_id, true).await?;
        let info = status.info.get("info").context("no verbose info")?;
        let info: serde_json::Value = serde_json::from_str(info)?;
        i32::try_from(info["pid"].as_i64().context("no pid")?).context("pid")
    }

    /// `kill -9` of the process of the pod's container.
    ///
    /// # Errors
    /// When it does not run.
    pub async fn kill(&self, name: &str, container: &str) -> anyhow::Result<()> {
        let container = self.running(name, container).await?;
        let pid = Pid::from_raw(self.pid(&container.id).await?).context("pid 0")?;
        kill_process(pid, Signal::KILL).context("kill -9")
    }

    /// All running containers with their processes, and all ready sandboxes: what a restart of the kubelet must not change.
    ///
    /// # Errors
    /// When the runtime does not answer.
    pub async fn snapshot(&self) -> anyhow::Result<BTreeMap<String, i32>> {
        let mut running = BTreeMap::new();
        for container in self.client.list_containers(None).await? {
            if container.state() == ContainerState::ContainerRunning {
                running.insert(container.id.clone(), self.pid(&container.id).await?);
            }
        }
        for sandbox in self.sandboxes().await? {
            if sandbox.state() == PodSandboxState::SandboxReady {
                running.insert(sandbox.id, 0);
            }
        }
        Ok(running)
    }

    /// Stops and removes every sandbox: after a test that failed half way.
    ///
    /// # Errors
    /// When one cannot be removed.
    pub async fn clear(&self) -> anyhow::Result<()> {
        for sandbox in self.sandboxes().await? {
            self.client.stop_pod_sandbox(&sandbox.id).await?;
            self.client.remove_pod_sandbox(&sandbox.id).await?;
        }
        Ok(())
    }

    /// Ends containerd; the pods live on under their shims. [`Stopped::start`] starts it again.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn stop(&self) -> anyhow::Result<Stopped> {
        let pid = match RESTARTED_PID.load(Ordering::SeqCst) {
            0 => self.first_pid,
            pid => pid,
        };
        let words = fs::read(format!("/proc/{pid}/cmdline")).context("containerd's command line")?;
        let words = words.split(|byte| *byte == 0).filter(|word| !word.is_empty());
        let words = words.map(|word| String::from_utf8_lossy(word).into_owned()).collect();
        let environment = fs::read(format!("/proc/{pid}/environ")).context("containerd's environment")?;
        let environment = environment
            .split(|byte| *byte == 0)
            .filter_map(|pair| {
                String::from_utf8_lossy(pair).split_once('=').map(|(k, v)| (k.into(), v.into()))
            })
            .collect();
        let process = Pid::from_raw(pid).context("pid 0")?;
        kill_process(process, Signal::TERM)?;
        wait::until("containerd has ended", BOUND, || async move {
            // A zombie counts as ended: its parent is not us.
            let state = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            let zombie = state.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('Z'));
            if zombie || test_kill_process(process).is_err() { Ok(()) } else { Err(state) }
        })
        .await?;
        Ok(Stopped { words, environment, runtime: self.clone() })
    }
}

/// containerd, ended.
#[derive(Debug)]
#[must_use = "the box needs its containerd"]
pub struct Stopped {
    words: Vec<String>,
    environment: Vec<(String, String)>,
    runtime: Runtime,
}

impl Stopped {
    /// Starts it as it was started before, and waits until it answers.
    ///
    /// # Errors
    /// When it cannot be started or does not answer.
    pub async fn start(self) -> anyhow::Result<()> {
        use std::os::unix::process::CommandExt;
        let (program, arguments) = self.words.split_first().context("no command line")?;
        let child = Command::new(program)
            .args(arguments)
            .env_clear()
            .envs(self.environment)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("containerd cannot be started")?;
        RESTARTED_PID.store(i32::try_from(child.id())?, Ordering::SeqCst);
        let client = self.runtime.client;
        wait::until("containerd answers", BOUND, || async {
            let status = client.status(false).await.map_err(|error| error.to_string())?;
            let conditions = status.status.unwrap_or_default().conditions;
            // containerd 2 has a third one, about deprecated settings.
            let is_ready = |kind: &str| conditions.iter().any(|found| found.r#type == kind && found.status);
            if is_ready("RuntimeReady") && is_ready("NetworkReady") {
                Ok(())
            } else {
                Err(format!("{conditions:?}"))
            }
        })
        .await
    }
}

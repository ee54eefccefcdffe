//! Where cases run, and what they share.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::v1::{
    ContainerConfig, ContainerMetadata, ContainerState, ContainerStatus, ImageSpec, LinuxContainerConfig,
    LinuxPodSandboxConfig, LinuxSandboxSecurityContext, NamespaceMode, NamespaceOption, PodSandboxConfig,
    PodSandboxFilter, PodSandboxMetadata,
};
use crate::{CriError, Runtime};

/// A runtime, and what a case may use of its machine.
pub struct Setting<'a> {
    /// The runtime under test.
    pub runtime: &'a dyn Runtime,
    /// An image with a POSIX shell at `/bin/sh`. Pulled if it is not there.
    pub image: String,
    /// An image that may be removed and pulled again.
    pub spare_image: String,
    /// Log directories are made below it.
    pub log_root: PathBuf,
    /// Parent cgroup of the sandboxes, as the runtime's driver spells it.
    pub cgroup_parent: String,
    /// Marks the pods of this run.
    pub run: String,
    /// Pods made so far.
    pub pods: AtomicU64,
}

/// Why a case does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure(String);

/// What the process of a container in a case does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    /// Runs; exits with 7 when told to stop.
    Obeys,
    /// Runs; does not listen.
    Deaf,
    /// Exits with 3 at once.
    Exits,
    /// Prints `hello` and exits with 0.
    Prints,
    /// Its program is not in the image.
    Missing,
}

/// How long a case waits for what must happen, and how often it looks.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(20);
/// Label that marks the pods of a run.
const RUN_LABEL: &str = "contract-run";

impl Failure {
    /// With these words.
    pub fn new(message: impl Into<String>) -> Self {
        Failure(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<CriError> for Failure {
    fn from(error: CriError) -> Self {
        Failure(format!("{} failed: {error:?}", error.operation()))
    }
}

impl Scenario {
    /// All of them.
    pub const ALL: [Scenario; 5] =
        [Scenario::Obeys, Scenario::Deaf, Scenario::Exits, Scenario::Prints, Scenario::Missing];

    /// The command of the container.
    pub fn command(self) -> Vec<String> {
        let shell = |script: &str| ["/bin/sh", "-c", script].map(str::to_owned).to_vec();
        match self {
            Scenario::Obeys => shell("trap 'exit 7' TERM; sleep 1000 & wait"),
            Scenario::Deaf => shell("trap '' TERM; while true; do sleep 1; done"),
            Scenario::Exits => shell("exit 3"),
            Scenario::Prints => shell("echo hello"),
            Scenario::Missing => vec!["/no/such/program".to_owned()],
        }
    }

    /// The same for the fake.
    #[cfg(feature = "fake")]
    pub fn program(self) -> crate::fake::Program {
        use crate::fake::{OnStop, Program};
        match self {
            Scenario::Obeys => {
                Program::forever().on_stop(OnStop::Exits { after: Duration::from_millis(5), exit_code: 7 })
            }
            Scenario::Deaf => Program::forever().on_stop(OnStop::Ignores),
            Scenario::Exits => Program::exits_after(Duration::from_millis(5), 3),
            Scenario::Prints => Program {
                output: vec!["hello".to_owned()],
                ..Program::exits_after(Duration::from_millis(5), 0)
            },
            Scenario::Missing => {
                Program::fails_to_start("exec: \"/no/such/program\": no such file or directory")
            }
        }
    }
}

impl Setting<'_> {
    /// A pod that no other case has.
    pub(super) fn pod(&self) -> PodSandboxConfig {
        let number = self.pods.fetch_add(1, Ordering::Relaxed);
        let name = format!("contract-{number}");
        let uid = format!("{}-{number}", self.run);
        let labels =
            BTreeMap::from([(RUN_LABEL.to_owned(), self.run.clone()), ("pod".to_owned(), name.clone())]);
        PodSandboxConfig {
            metadata: Some(PodSandboxMetadata {
                name: name.clone(),
                uid: uid.clone(),
                namespace: "contract".to_owned(),
                attempt: 0,
            }),
            hostname: name,
            log_directory: self.log_root.join(&uid).to_string_lossy().into_owned(),
            labels,
            annotations: BTreeMap::from([("note".to_owned(), "kept".to_owned())]),
            linux: Some(LinuxPodSandboxConfig {
                cgroup_parent: self.cgroup_parent.clone(),
                security_context: Some(LinuxSandboxSecurityContext {
                    namespace_options: Some(NamespaceOption {
                        network: NamespaceMode::Pod.into(),
                        pid: NamespaceMode::Container.into(),
                        ..NamespaceOption::default()
                    }),
                    ..LinuxSandboxSecurityContext::default()
                }),
                ..LinuxPodSandboxConfig::default()
            }),
            ..PodSandboxConfig::default()
        }
    }

    /// A container of it. Its log directory is made, as a kubelet must.
    pub(super) fn container(
        &self,
        pod: &PodSandboxConfig,
        name: &str,
        scenario: Scenario,
    ) -> Result<ContainerConfig, Failure> {
        std::fs::create_dir_all(PathBuf::from(&pod.log_directory).join(name))
            .map_err(|error| Failure(format!("log directory {}: {error}", pod.log_directory)))?;
        Ok(ContainerConfig {
            metadata: Some(ContainerMetadata { name: name.to_owned(), attempt: 0 }),
            image: Some(ImageSpec { image: self.image.clone(), ..ImageSpec::default() }),
            command: scenario.command(),
            labels: BTreeMap::from([
                (RUN_LABEL.to_owned(), self.run.clone()),
                ("container".to_owned(), name.to_owned()),
            ]),
            annotations: BTreeMap::from([("note".to_owned(), "kept".to_owned())]),
            log_path: format!("{name}/0.log"),
            linux: Some(LinuxContainerConfig::default()),
            ..ContainerConfig::default()
        })
    }

    /// A ready sandbox.
    pub(super) async fn sandbox(&self) -> Result<(String, PodSandboxConfig), Failure> {
        let pod = self.pod();
        let id = self.runtime.run_pod_sandbox(pod.clone(), "").await?;
        Ok((id, pod))
    }

    /// A created container in a ready sandbox: ids of sandbox and container, and the pod.
    pub(super) async fn created(
        &self,
        scenario: Scenario,
    ) -> Result<(String, String, PodSandboxConfig), Failure> {
        self.have_image().await?;
        let (sandbox_id, pod) = self.sandbox().await?;
        let config = self.container(&pod, "main", scenario)?;
        let container_id = self.runtime.create_container(&sandbox_id, config, pod.clone()).await?;
        Ok((sandbox_id, container_id, pod))
    }

    /// The same, started. A shell needs a moment to set its trap: callers that stop it wait for [`Setting::settled`].
    pub(super) async fn started(
        &self,
        scenario: Scenario,
    ) -> Result<(String, String, PodSandboxConfig), Failure> {
        let (sandbox_id, container_id, pod) = self.created(scenario).await?;
        self.runtime.start_container(&container_id).await?;
        Ok((sandbox_id, container_id, pod))
    }

    /// Waits until the shell of a running container has read its script, which is when it has a child.
    pub(super) async fn settled(&self, container_id: &str) -> Result<(), Failure> {
        let command = ["/bin/sh", "-c", "ps -o comm | grep -q sleep"].map(str::to_owned);
        let look = async || {
            let answer = self.runtime.exec_sync(container_id, &command, Duration::from_secs(10)).await?;
            Ok((answer.exit_code == 0).then_some(()))
        };
        self.until("the program of the container is ready", look).await
    }

    /// The image of the cases is there.
    pub(super) async fn have_image(&self) -> Result<(), Failure> {
        let spec = ImageSpec { image: self.image.clone(), ..ImageSpec::default() };
        if self.runtime.image_status(spec.clone(), false).await?.image.is_none() {
            self.runtime.pull_image(spec, None, None).await?;
        }
        Ok(())
    }

    /// The status of a container.
    pub(super) async fn status(&self, container_id: &str) -> Result<ContainerStatus, Failure> {
        let answer = self.runtime.container_status(container_id, false).await?;
        answer.status.ok_or_else(|| Failure::new("a container status without status"))
    }

    /// Waits until the container has exited.
    pub(super) async fn exited(&self, container_id: &str) -> Result<ContainerStatus, Failure> {
        let look = async || {
            let status = self.status(container_id).await?;
            Ok((status.state() == ContainerState::ContainerExited).then_some(status))
        };
        self.until("the container has exited", look).await
    }

    /// Looks until there is something.
    pub(super) async fn until<T>(
        &self,
        what: &str,
        look: impl AsyncFn() -> Result<Option<T>, Failure>,
    ) -> Result<T, Failure> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while tokio::time::Instant::now() < deadline {
            if let Some(found) = look().await? {
                return Ok(found);
            }
            tokio::time::sleep(LOOK).await;
        }
        Err(Failure(format!("waited {PATIENCE:?} in vain: {what}")))
    }

    /// Removes all pods of this run. What cannot be removed shows in the next case, or not at all.
    pub(super) async fn clean_up(&self) {
        let filter = PodSandboxFilter {
            label_selector: BTreeMap::from([(RUN_LABEL.to_owned(), self.run.clone())]),
            ..PodSandboxFilter::default()
        };
        for sandbox in self.runtime.list_pod_sandbox(Some(filter)).await.unwrap_or_default() {
            let _ = self.runtime.stop_pod_sandbox(&sandbox.id).await;
            let _ = self.runtime.remove_pod_sandbox(&sandbox.id).await;
        }
    }
}

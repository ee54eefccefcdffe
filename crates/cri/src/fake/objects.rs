//! Sandboxes, containers and images of the fake world, and how the protocol shows them.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::{OnStop, Program};
use crate::v1::{
    self, ContainerConfig, ContainerState, ContainerStatus, ImageSpec, LinuxPodSandboxStatus, Namespace,
    NamespaceMode, PodIp, PodSandboxConfig, PodSandboxNetworkStatus, PodSandboxState, PodSandboxStatus,
};

/// A sandbox that is there.
#[derive(Debug)]
pub(super) struct Sandbox {
    pub(super) id: String,
    pub(super) config: PodSandboxConfig,
    pub(super) runtime_handler: String,
    pub(super) created_at_nanos: i64,
    /// Process id of the pause process while it is ready.
    pub(super) pid: Option<u32>,
    pub(super) ip: Option<String>,
    /// Woken when it stops being ready.
    pub(super) changed: Arc<Notify>,
}

/// A container that is there.
#[derive(Debug)]
pub(super) struct Container {
    pub(super) id: String,
    pub(super) sandbox_id: String,
    pub(super) config: ContainerConfig,
    pub(super) image_id: String,
    pub(super) created_at_nanos: i64,
    pub(super) started_at_nanos: i64,
    pub(super) finished_at_nanos: i64,
    pub(super) log_path: String,
    pub(super) process: Process,
    /// Woken when its end comes nearer or has come.
    pub(super) changed: Arc<Notify>,
}

/// The process of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Process {
    /// None yet.
    Created,
    /// Being started, or failing to: another start is refused.
    Starting(Option<End>),
    /// Runs, perhaps until a known end.
    Running { pid: u32, program: Program, end: Option<End>, told_to_stop: bool },
    /// Gone, which the runtime tells of at the end's time: until then it says that it runs.
    Ended(End),
    /// Gone.
    Exited(Exit),
}

/// When and how a process will end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct End {
    pub(super) at: Instant,
    pub(super) exit: Exit,
}

/// How a process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Exit {
    pub(super) code: i32,
    pub(super) reason: &'static str,
    pub(super) message: String,
}

/// Reasons and codes of containerd (`internal/cri/server/helpers.go`).
const REASON_COMPLETED: &str = "Completed";
const REASON_ERROR: &str = "Error";
const REASON_OOM_KILLED: &str = "OOMKilled";
const REASON_START_ERROR: &str = "StartError";
const EXIT_CODE_START_ERROR: i32 = 128;
/// 128 and SIGKILL.
pub(super) const EXIT_CODE_KILLED: i32 = 137;

impl Exit {
    pub(super) fn with_code(code: i32) -> Self {
        let reason = if code == 0 { REASON_COMPLETED } else { REASON_ERROR };
        Exit { code, reason, message: String::new() }
    }

    pub(super) fn out_of_memory() -> Self {
        Exit { code: EXIT_CODE_KILLED, reason: REASON_OOM_KILLED, message: String::new() }
    }

    pub(super) fn not_started(message: &str) -> Self {
        Exit { code: EXIT_CODE_START_ERROR, reason: REASON_START_ERROR, message: message.to_owned() }
    }
}

impl Process {
    pub(super) fn state(&self) -> ContainerState {
        match self {
            Process::Created | Process::Starting(_) => ContainerState::ContainerCreated,
            Process::Running { .. } | Process::Ended(_) => ContainerState::ContainerRunning,
            Process::Exited(_) => ContainerState::ContainerExited,
        }
    }

    pub(super) fn pid(&self) -> Option<u32> {
        match self {
            Process::Running { pid, .. } => Some(*pid),
            Process::Created | Process::Starting(_) | Process::Ended(_) | Process::Exited(_) => None,
        }
    }

    pub(super) fn end(&self) -> Option<&End> {
        match self {
            Process::Running { end, .. } | Process::Starting(end) => end.as_ref(),
            Process::Ended(end) => Some(end),
            Process::Created | Process::Exited(_) => None,
        }
    }

    /// The end that the stop signal brings, if the process obeys and has not been told before.
    pub(super) fn obey(&mut self, now: Instant) -> Option<End> {
        let Process::Running { program, told_to_stop, .. } = self else { return None };
        if std::mem::replace(told_to_stop, true) {
            return None;
        }
        match program.on_stop {
            OnStop::Exits { after, exit_code } => {
                Some(End { at: now + after, exit: Exit::with_code(exit_code) })
            }
            OnStop::Ignores => None,
        }
    }
}

impl Sandbox {
    pub(super) fn state(&self) -> PodSandboxState {
        if self.pid.is_some() { PodSandboxState::SandboxReady } else { PodSandboxState::SandboxNotready }
    }

    /// Whether containers share the pause process's PID namespace, and so die with it.
    pub(super) fn shares_processes(&self) -> bool {
        self.namespaces().is_none_or(|options| options.pid() == NamespaceMode::Pod)
    }

    pub(super) fn uses_host_network(&self) -> bool {
        self.namespaces().is_some_and(|options| options.network() == NamespaceMode::Node)
    }

    fn namespaces(&self) -> Option<&v1::NamespaceOption> {
        self.config.linux.as_ref()?.security_context.as_ref()?.namespace_options.as_ref()
    }

    pub(super) fn to_item(&self) -> v1::PodSandbox {
        v1::PodSandbox {
            id: self.id.clone(),
            metadata: self.config.metadata.clone(),
            state: self.state().into(),
            created_at: self.created_at_nanos,
            labels: self.config.labels.clone(),
            annotations: self.config.annotations.clone(),
            runtime_handler: self.runtime_handler.clone(),
        }
    }

    pub(super) fn to_status(&self) -> PodSandboxStatus {
        let ip = self.ip.clone().unwrap_or_default();
        PodSandboxStatus {
            id: self.id.clone(),
            metadata: self.config.metadata.clone(),
            state: self.state().into(),
            created_at: self.created_at_nanos,
            network: Some(PodSandboxNetworkStatus { ip, additional_ips: Vec::<PodIp>::new() }),
            linux: Some(LinuxPodSandboxStatus {
                namespaces: Some(Namespace { options: self.namespaces().cloned() }),
            }),
            labels: self.config.labels.clone(),
            annotations: self.config.annotations.clone(),
            runtime_handler: self.runtime_handler.clone(),
        }
    }
}

impl Container {
    /// In lists containerd shows the image's id as its reference.
    pub(super) fn to_item(&self) -> v1::Container {
        v1::Container {
            id: self.id.clone(),
            pod_sandbox_id: self.sandbox_id.clone(),
            metadata: self.config.metadata.clone(),
            image: self.config.image.clone(),
            image_ref: self.image_id.clone(),
            state: self.process.state().into(),
            created_at: self.created_at_nanos,
            labels: self.config.labels.clone(),
            annotations: self.config.annotations.clone(),
            image_id: self.image_id.clone(),
        }
    }

    pub(super) fn to_status(&self, image: Option<&Image>) -> ContainerStatus {
        let (exit_code, reason, message, finished_at) = match &self.process {
            Process::Exited(exit) => {
                (exit.code, exit.reason.to_owned(), exit.message.clone(), self.finished_at_nanos)
            }
            Process::Created | Process::Starting(_) | Process::Running { .. } | Process::Ended(_) => {
                Default::default()
            }
        };
        let named = image.and_then(|image| image.tags.first().cloned());
        let spec = self.config.image.clone().unwrap_or_default();
        ContainerStatus {
            id: self.id.clone(),
            metadata: self.config.metadata.clone(),
            state: self.process.state().into(),
            created_at: self.created_at_nanos,
            started_at: self.started_at_nanos,
            finished_at,
            exit_code,
            image: Some(ImageSpec { image: named.unwrap_or(spec.image.clone()), ..spec }),
            image_ref: image_ref(&self.image_id, image),
            reason,
            message,
            labels: self.config.labels.clone(),
            annotations: self.config.annotations.clone(),
            mounts: self.config.mounts.clone(),
            log_path: self.log_path.clone(),
            resources: self
                .config
                .linux
                .as_ref()
                .map(|linux| v1::ContainerResources { linux: linux.resources.clone(), windows: None }),
            image_id: self.image_id.clone(),
            user: None,
            stop_signal: self.config.stop_signal,
        }
    }

    /// What a verbose status says, in the shape that containerd gives it.
    pub(super) fn info(&self) -> BTreeMap<String, String> {
        let pid = self.process.pid().unwrap_or(0);
        let json = format!("{{\"sandboxID\":\"{}\",\"pid\":{pid},\"removing\":false}}", self.sandbox_id);
        BTreeMap::from([("info".to_owned(), json)])
    }
}

/// containerd shows a repository digest where it has one, else the image's id.
fn image_ref(image_id: &str, image: Option<&Image>) -> String {
    let digest = image.and_then(|image| image.digests.first().cloned());
    digest.unwrap_or_else(|| image_id.to_owned())
}

/// An image that is there.
#[derive(Debug, Clone)]
pub(super) struct Image {
    pub(super) id: String,
    pub(super) tags: Vec<String>,
    pub(super) digests: Vec<String>,
    pub(super) size_bytes: u64,
}

impl Image {
    pub(super) fn has_name(&self, normalized: &str) -> bool {
        let is = |name: &String| name == normalized;
        self.id == normalized || self.tags.iter().any(is) || self.digests.iter().any(is)
    }

    pub(super) fn to_item(&self) -> v1::Image {
        v1::Image {
            id: self.id.clone(),
            repo_tags: self.tags.clone(),
            repo_digests: self.digests.clone(),
            size: self.size_bytes,
            uid: Some(v1::Int64Value { value: 0 }),
            username: String::new(),
            spec: Some(ImageSpec { image: self.id.clone(), ..ImageSpec::default() }),
            pinned: false,
        }
    }
}

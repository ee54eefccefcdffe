//! What the runtime was seen to have for one pod. Values only: who looked, and how, is the task's business.

use cri::v1;
use jiff::Timestamp;
use types::{ContainerId, PodName, PodUid, SandboxId};

/// Everything that the runtime has of one pod.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenPod {
    /// The pod's UID, from the labels.
    pub uid: PodUid,
    /// The pod's namespace and name, from the labels.
    pub name: PodName,
    /// Newest first: by attempt, then by time of creation.
    pub sandboxes: Vec<SeenSandbox>,
    /// Newest first among those of one name: by restart count, then by time of creation.
    pub containers: Vec<SeenContainer>,
}

/// One pod sandbox.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenSandbox {
    /// The runtime's id.
    pub id: SandboxId,
    /// How many sandboxes this pod had before.
    pub attempt: u32,
    /// `SANDBOX_READY`.
    pub is_ready: bool,
    /// Nanoseconds since the epoch.
    pub created_at: i64,
    /// The pod's addresses, the primary one first; empty in the node's network.
    pub ips: Vec<String>,
    /// Whether it lives in the node's network namespace.
    pub is_host_network: bool,
}

/// One container.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenContainer {
    /// The runtime's id.
    pub id: ContainerId,
    /// The sandbox it was made in.
    pub sandbox_id: SandboxId,
    /// Name in the pod's specification.
    pub name: String,
    /// Its restart count when it was created.
    pub restart_count: u32,
    /// Hash of the specification it was made from; `None` when whoever made it left none.
    pub hash: Option<u64>,
    /// Nanoseconds since the epoch.
    pub created_at: i64,
    /// The image as the runtime names it.
    pub image: String,
    /// The image's reference, usually a digest.
    pub image_ref: String,
    /// Seconds of grace that its maker noted, for when the specification is gone: those of the pod's deletion, if it was being
    /// deleted already, else the pod's own.
    pub grace_period_seconds: Option<i64>,
    /// What the runtime says it enforces.
    pub resources: SeenResources,
    /// As whom its first process was started, where the runtime says so.
    pub user: Option<SeenUser>,
    /// What it is doing.
    pub state: SeenState,
}

/// What a runtime enforces for a container, where it says so (`kuberuntime_container_linux.go` `toKubeContainerResources`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeenResources {
    /// In thousandths of a core.
    pub cpu_limit_milli: Option<i64>,
    /// In thousandths of a core, from the CPU shares.
    pub cpu_request_milli: Option<i64>,
    /// In bytes.
    pub memory_limit_bytes: Option<i64>,
}

/// The ids of a container's first process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenUser {
    /// User.
    pub uid: i64,
    /// Primary group.
    pub gid: i64,
    /// Other groups.
    pub supplemental_groups: Vec<i64>,
}

/// What a container was doing when it was last looked at.
#[derive(Clone, Debug, PartialEq)]
pub enum SeenState {
    /// Made, not started.
    Created,
    /// Its process runs.
    Running {
        /// When it was started.
        started_at: Timestamp,
    },
    /// Its process ended.
    Exited(Exit),
    /// The runtime cannot tell.
    Unknown,
}

/// How a container's process ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Exit {
    /// When it was started; the epoch if it never was.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// Exit code, or 128 plus the signal's number.
    pub exit_code: i32,
    /// The runtime's word for it: `Completed`, `Error`, `OOMKilled`, ...
    pub reason: String,
    /// The runtime's explanation, often empty.
    pub message: String,
}

impl SeenPod {
    /// A pod of which the runtime has nothing.
    pub fn absent(uid: PodUid, name: PodName) -> Self {
        Self { uid, name, sandboxes: Vec::new(), containers: Vec::new() }
    }

    /// Whether the runtime has nothing of it.
    pub fn is_absent(&self) -> bool {
        self.sandboxes.is_empty() && self.containers.is_empty()
    }

    /// The newest container of that name.
    pub fn newest(&self, container_name: &str) -> Option<&SeenContainer> {
        self.containers.iter().find(|container| container.name == container_name)
    }

    /// The newest sandbox.
    pub fn newest_sandbox(&self) -> Option<&SeenSandbox> {
        self.sandboxes.first()
    }

    /// Containers whose process may still run.
    pub fn maybe_running(&self) -> impl Iterator<Item = &SeenContainer> {
        self.containers.iter().filter(|container| container.is_maybe_running())
    }

    /// Whether nothing of the pod can run any more.
    pub fn is_stopped(&self) -> bool {
        self.maybe_running().next().is_none() && self.sandboxes.iter().all(|sandbox| !sandbox.is_ready)
    }

    /// Brings both lists into their order.
    pub fn sort(&mut self) {
        self.sandboxes.sort_by(|one, other| {
            (other.attempt, other.created_at, &one.id).cmp(&(one.attempt, one.created_at, &other.id))
        });
        // By number first: after the clock was set back the newest has not the latest time.
        self.containers.sort_by(|one, other| {
            (other.restart_count, other.created_at, &one.id).cmp(&(
                one.restart_count,
                one.created_at,
                &other.id,
            ))
        });
    }
}

impl SeenContainer {
    /// Whether its process runs, or may run for all the runtime knows.
    pub fn is_maybe_running(&self) -> bool {
        match self.state {
            SeenState::Running { .. } | SeenState::Unknown => true,
            SeenState::Created | SeenState::Exited(_) => false,
        }
    }

    /// From the runtime's answer about one container, which does not name the sandbox.
    pub fn from_status(sandbox_id: SandboxId, status: &v1::ContainerStatus) -> Self {
        let own = translate::container_identity(&status.labels, &status.annotations);
        let metadata = status.metadata.clone().unwrap_or_default();
        Self {
            id: ContainerId::from(status.id.as_str()),
            sandbox_id,
            name: metadata.name,
            restart_count: own.restart_count.max(metadata.attempt),
            hash: (own.hash != 0).then_some(own.hash),
            created_at: status.created_at,
            image: status.image.as_ref().map(|image| image.image.clone()).unwrap_or_default(),
            image_ref: status.image_ref.clone(),
            grace_period_seconds: own.deletion_grace_period_seconds.or(own.termination_grace_period_seconds),
            resources: resources(status),
            user: user(status),
            state: state(status),
        }
    }
}

impl SeenSandbox {
    /// From the runtime's answer about one sandbox.
    pub fn from_status(status: &v1::PodSandboxStatus) -> Self {
        let network = status.network.as_ref();
        let ips = network
            .into_iter()
            .flat_map(|network| {
                std::iter::once(&network.ip)
                    .chain(network.additional_ips.iter().map(|additional| &additional.ip))
            })
            .filter(|ip| ip.parse::<std::net::IpAddr>().is_ok())
            .cloned()
            .collect();
        let is_host_network = status
            .linux
            .as_ref()
            .and_then(|linux| linux.namespaces.as_ref()?.options.as_ref())
            .is_some_and(|options| options.network() == v1::NamespaceMode::Node);
        Self {
            id: SandboxId::from(status.id.as_str()),
            attempt: status.metadata.as_ref().map(|metadata| metadata.attempt).unwrap_or_default(),
            is_ready: status.state() == v1::PodSandboxState::SandboxReady,
            created_at: status.created_at,
            ips,
            is_host_network,
        }
    }
}

/// Shares of a container that asks for no CPU (`cm.MinShares`).
const MIN_SHARES: i64 = 2;

fn resources(status: &v1::ContainerStatus) -> SeenResources {
    let Some(linux) = status.resources.as_ref().and_then(|resources| resources.linux.as_ref()) else {
        return SeenResources::default();
    };
    let is_some = |amount: &i64| *amount > 0;
    let quota = (linux.cpu_period > 0).then(|| linux.cpu_quota.saturating_mul(1000) / linux.cpu_period);
    let shares = (linux.cpu_shares >= MIN_SHARES).then_some(linux.cpu_shares);
    SeenResources {
        cpu_limit_milli: quota.filter(is_some),
        cpu_request_milli: shares.map(|shares| shares.saturating_mul(1000).saturating_add(1023) / 1024),
        memory_limit_bytes: Some(linux.memory_limit_in_bytes).filter(is_some),
    }
}

fn user(status: &v1::ContainerStatus) -> Option<SeenUser> {
    let linux = status.user.as_ref()?.linux.as_ref()?;
    Some(SeenUser { uid: linux.uid, gid: linux.gid, supplemental_groups: linux.supplemental_groups.clone() })
}

fn state(status: &v1::ContainerStatus) -> SeenState {
    match status.state() {
        v1::ContainerState::ContainerCreated => SeenState::Created,
        v1::ContainerState::ContainerRunning => {
            SeenState::Running { started_at: timestamp(status.started_at) }
        }
        v1::ContainerState::ContainerExited => SeenState::Exited(Exit {
            started_at: timestamp(status.started_at),
            finished_at: timestamp(status.finished_at),
            exit_code: status.exit_code,
            reason: status.reason.clone(),
            message: status.message.clone(),
        }),
        v1::ContainerState::ContainerUnknown => SeenState::Unknown,
    }
}

fn timestamp(nanoseconds: i64) -> Timestamp {
    Timestamp::from_nanosecond(i128::from(nanoseconds)).unwrap_or(Timestamp::UNIX_EPOCH)
}

//! A pod of a scenario: as much of a specification as changes what a kubelet does.

use std::time::Duration;
use types::RestartPolicy;

/// `spec.restartPolicy`.
pub type Policy = RestartPolicy;

/// One version of a pod.
#[derive(Clone, Debug)]
pub struct PodSpec {
    /// When containers are started again.
    pub policy: Policy,
    /// `terminationGracePeriodSeconds`.
    pub grace_seconds: u32,
    /// In the node's network.
    pub host_network: bool,
    /// Init containers, in order.
    pub init: Vec<ContainerPlan>,
    /// Containers.
    pub containers: Vec<ContainerPlan>,
    /// emptyDir volumes, which every container mounts.
    pub volumes: Vec<Medium>,
    /// Requests and limits: none, requests alone, both alike.
    pub qos: u8,
    /// Changes the manifest and nothing else.
    pub label: u32,
}

/// One container.
#[derive(Clone, Debug)]
pub struct ContainerPlan {
    /// Its name.
    pub name: String,
    /// Which image.
    pub image: Image,
    /// `imagePullPolicy: Always`.
    pub always_pull: bool,
    /// What its process does.
    pub behaviour: Behaviour,
    /// `restartPolicy: Always` on an init container.
    pub is_sidecar: bool,
    /// Mounts the first volume by a `subPath`.
    pub sub_path: bool,
}

/// Kinds of images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Image {
    /// Comes at once.
    Good,
    /// Comes after seconds.
    Slow,
    /// Fails at times until all is calm.
    Flaky,
    /// Is not in the registry.
    Missing,
}

/// What a process does. Its command line says it, and the fake runtime obeys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Runs until it is told to stop, and for this long thereafter.
    Forever(Duration),
    /// Runs until it is killed.
    Stubborn,
    /// Ends by itself.
    Exits(Duration, i32),
    /// Cannot be started.
    NoSuchCommand,
}

/// Where an emptyDir is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// On disk.
    Disk,
    /// In memory.
    Memory,
}

impl Image {
    /// Its name in the manifest.
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Slow => "slow",
            Self::Flaky => "flaky",
            Self::Missing => "missing",
        }
    }
}

impl Behaviour {
    /// The command line that stands for it.
    pub fn command(self) -> Vec<String> {
        match self {
            Self::Forever(linger) => vec!["forever".to_owned(), linger.as_millis().to_string()],
            Self::Stubborn => vec!["stubborn".to_owned()],
            Self::Exits(after, code) => {
                vec!["exits".to_owned(), after.as_millis().to_string(), code.to_string()]
            }
            Self::NoSuchCommand => vec!["absent".to_owned()],
        }
    }

    /// Back from the command line.
    pub fn of_command(words: &[String]) -> Option<Self> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["forever", linger] => Some(Self::Forever(Duration::from_millis(linger.parse().ok()?))),
            ["stubborn"] => Some(Self::Stubborn),
            ["exits", after, code] => {
                Some(Self::Exits(Duration::from_millis(after.parse().ok()?), code.parse().ok()?))
            }
            ["absent"] => Some(Self::NoSuchCommand),
            _ => None,
        }
    }
}

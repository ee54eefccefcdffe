//! The part of a scenario that the API server has: pods that users make and delete, what they read from it, and what goes
//! wrong between it and the kubelet. Half of the seeds from `API_SEEDS` on have one.

mod generate;
mod object;

pub(super) use generate::generate;
pub use object::{TOKEN_FILE, VARIABLE, account, content_object, file_of, object, value_of};

use super::PodSpec;
use apiserver::fake::Revisions;
use std::time::Duration;

/// A readiness gate that somebody else opens and closes.
pub const GATE: &str = "example.com/gate";

/// What the API server brings into a scenario.
#[derive(Clone, Debug)]
pub struct ApiScenario {
    /// The pods that may come and go.
    pub pods: Vec<ApiPod>,
    /// What goes wrong on its own.
    pub faults: ApiFaultProfile,
}

/// A pod of the API server.
#[derive(Clone, Debug)]
pub struct ApiPod {
    /// Its name.
    pub name: String,
    /// Whether it has a readiness gate.
    pub has_gate: bool,
    /// What it reads of the server, one volume or variable each.
    pub reads: Vec<Reading>,
    /// What it is each time it is made.
    pub specification: PodSpec,
}

/// An object whose content pods read. There is one of each kind, for all pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Content {
    /// A Secret.
    Secret,
    /// A ConfigMap.
    ConfigMap,
}

/// A way of reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// A volume of an object.
    Volume(Content),
    /// A projected volume of a token, which has to be renewed all the time, and of the ConfigMap.
    Projected,
    /// A variable of all containers.
    Variable(Content),
}

/// What somebody does with the API server, or what befalls it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiStep {
    /// A pod is made, bound to the node. Nothing happens while its predecessor is there.
    Create {
        /// Which one.
        pod: usize,
    },
    /// A pod is deleted.
    Delete {
        /// Which one.
        pod: usize,
        /// With this grace; its own if none.
        grace_seconds: Option<u32>,
    },
    /// Somebody writes the condition of a pod's readiness gate.
    Gate {
        /// Which one.
        pod: usize,
        /// Whether it is open.
        is_open: bool,
    },
    /// Somebody labels a pod.
    Label {
        /// Which one.
        pod: usize,
        /// With what.
        value: u32,
    },
    /// The service account is made.
    MakeAccount,
    /// An object that pods read is made, or says something else.
    Fill(Content, u32),
    /// An object that pods read is deleted.
    Empty(Content),
    /// The server is away for this long.
    Down(Duration),
    /// All watches break.
    CutWatches,
    /// History is forgotten, and all watches break: they cannot be resumed.
    Forget,
    /// A backup is made of all that is stored.
    BackUp,
    /// The last backup is restored.
    Restore(Revisions),
}

/// How often things go wrong on their own, in thousandths of the requests or events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiFaultProfile {
    /// Requests that take seconds.
    pub slow: u32,
    /// Requests that the server fails: 500, 503, 429, 409.
    pub fails: u32,
    /// Requests whose connection breaks before they have an effect.
    pub breaks_before: u32,
    /// Requests whose answer is lost.
    pub breaks_after: u32,
    /// Requests that hang until their deadline.
    pub hangs: u32,
    /// Events that lag.
    pub lags: u32,
    /// Events at which the watch breaks.
    pub watch_breaks: u32,
    /// Reads of any version that are behind.
    pub stale: u32,
}

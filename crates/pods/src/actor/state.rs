//! What is wanted of an actor, and what it tells of its pod.

use crate::observe::SeenPod;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use types::{ContainerId, PodSource, WantedPod};

/// What the supervisor wants of an actor.
#[derive(Clone, Debug)]
pub enum Goal {
    /// The pod runs.
    Run(Arc<WantedPod>),
    /// The pod does not run, and stays known as failed: it was not admitted, or it gave way to another one.
    Fail(Arc<WantedPod>, PodFailure),
    /// The pod does not run any more, and stays known until its source forgets it: it is marked as deleted, or was over
    /// already when this kubelet first saw it. How much grace is left stands in its `deletionGracePeriodSeconds`.
    Stop(Arc<WantedPod>),
    /// Nothing is left of it. The specification, where it is known, says how to end it.
    End(Option<Arc<WantedPod>>),
}

impl Goal {
    /// What a source's pod asks for: a pod that was over once never runs again (`isAdmittedPodTerminal`).
    pub fn of(wanted: Arc<WantedPod>) -> Self {
        let is_over = wanted.source == PodSource::Api && types::pod::is_terminal(&wanted.pod);
        if is_over || wanted.pod.metadata.deletion_timestamp.is_some() {
            Self::Stop(wanted)
        } else {
            Self::Run(wanted)
        }
    }

    /// The specification, where it is known.
    pub fn wanted(&self) -> Option<&Arc<WantedPod>> {
        match self {
            Self::Run(wanted) | Self::Fail(wanted, _) | Self::Stop(wanted) => Some(wanted),
            Self::End(wanted) => wanted.as_ref(),
        }
    }
}

/// Why a pod as a whole is `Failed`: reason and message of its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodFailure {
    /// Whether it ever was to run.
    pub kind: FailureKind,
    /// Such as `DeadlineExceeded`.
    pub reason: String,
    /// For people.
    pub message: String,
}

/// When a pod failed as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// It was not admitted: nothing was ever made of it, and its status says nothing of containers.
    Rejected,
    /// It was ended while it ran, or was about to: for its deadline, or for another pod.
    Ended,
}

/// How far a pod is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodPhase {
    /// Being brought or kept up.
    Syncing,
    /// All containers are done, and none will be started again.
    Completed,
    /// Being taken down.
    Ending,
}

/// Why a container waits: reason and message of its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// One of `types::reasons::waiting`.
    pub reason: &'static str,
    /// For people; may be empty.
    pub message: String,
}

/// Everything that a pod's status is built from.
#[derive(Clone, Debug)]
pub struct PodState {
    /// The pod; `None` for one that only the runtime or the disk remembers.
    pub wanted: Option<Arc<WantedPod>>,
    /// How far it is.
    pub phase: PodPhase,
    /// What the runtime has; `None` before it was looked at.
    pub seen: Option<Arc<SeenPod>>,
    /// Containers that wait, by name.
    pub waiting: BTreeMap<String, Waiting>,
    /// Why the pod as a whole waits.
    pub pod_waiting: Option<Waiting>,
    /// Why the pod as a whole failed, if it did.
    pub failure: Option<PodFailure>,
    /// Whether a pod that is over has given back its volumes and its control group: nothing of its status changes any
    /// more, and the API server may forget it.
    pub is_released: bool,
    /// How long images for it were pulled.
    pub pulled_for: Duration,
    /// Containers that were taken out of the runtime by this process, so that all begin again.
    pub taken_out: BTreeSet<String>,
    /// Instances that the start under way puts others in the place of: how they end is not the end of their container.
    pub replaced: BTreeSet<ContainerId>,
}

impl PodState {
    /// Of a pod that nobody has looked at yet.
    pub fn new(wanted: Option<Arc<WantedPod>>) -> Self {
        Self {
            wanted,
            phase: PodPhase::Syncing,
            seen: None,
            waiting: BTreeMap::new(),
            pod_waiting: None,
            failure: None,
            is_released: false,
            pulled_for: Duration::ZERO,
            taken_out: BTreeSet::new(),
            replaced: BTreeSet::new(),
        }
    }

    /// Whether all of it is the same; what is shared counts as changed when it was made anew.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        fn is_shared<T>(one: &Option<Arc<T>>, other: &Option<Arc<T>>) -> bool {
            one.as_ref().map(Arc::as_ptr) == other.as_ref().map(Arc::as_ptr)
        }
        let Self {
            wanted,
            phase,
            seen,
            waiting,
            pod_waiting,
            failure,
            is_released,
            pulled_for,
            taken_out,
            replaced,
        } = self;
        is_shared(wanted, &other.wanted)
            && is_shared(seen, &other.seen)
            && (phase, is_released, pulled_for) == (&other.phase, &other.is_released, &other.pulled_for)
            && (waiting, pod_waiting, failure) == (&other.waiting, &other.pod_waiting, &other.failure)
            && (taken_out, replaced) == (&other.taken_out, &other.replaced)
    }

    /// Whether none of its containers runs or ever will again.
    pub fn is_over(&self) -> bool {
        self.phase == PodPhase::Completed
            && self.seen.as_ref().is_none_or(|seen| seen.maybe_running().next().is_none())
    }

    /// Whether another instance of this container is about to follow its newest one.
    pub(crate) fn is_replaced(&self, container_name: &str) -> bool {
        let newest = self.seen.as_ref().and_then(|seen| seen.newest(container_name));
        newest.is_some_and(|newest| self.replaced.contains(&newest.id))
    }

    /// When the pod began: when it was first seen, or when its oldest sandbox was made, by an earlier kubelet perhaps.
    pub fn started_at(&self) -> Option<Timestamp> {
        let wanted = self.wanted.as_ref()?;
        Some(started_at(wanted, self.seen.as_deref()))
    }
}

/// When a pod began: when it was first seen, or when its oldest sandbox was made, by an earlier kubelet perhaps; what the
/// API server knows of that counts before all.
pub(super) fn started_at(wanted: &WantedPod, seen: Option<&SeenPod>) -> Timestamp {
    let told = wanted.pod.status.as_ref().and_then(|status| status.start_time.as_ref());
    if let Some(told) = told.filter(|_| wanted.source == PodSource::Api) {
        return told.0;
    }
    let oldest = seen.into_iter().flat_map(|seen| &seen.sandboxes).map(|sandbox| sandbox.created_at).min();
    let made = oldest.and_then(|nanoseconds| Timestamp::from_nanosecond(i128::from(nanoseconds)).ok());
    made.map_or(wanted.seen, |made| made.min(wanted.seen))
}

//! What to write next: a pure function of the pod's state, of what the server has, and of what was written before.

use super::memory::Memory;
use super::patch::status_patch;
use crate::actor::{PodPhase, PodState};
use crate::status::{self, Audience, Facts};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Pod, PodStatus};
use serde_json::Value;
use std::time::Duration;
use tokio::time::Instant;
use types::PodSource;
use types::reasons::condition;

/// What is neither phase, readiness nor a restart waits so long for those: a start within it costs one write.
const FOLD: Duration = Duration::from_millis(150);

/// While a pod is taken down nobody waits for what changes before the end.
const FOLD_STOPPING: Duration = Duration::from_secs(1);

/// Pause before the same is written again, when somebody else has overwritten it (upstream's `syncPeriod`).
const REPEAT: Duration = Duration::from_secs(10);

/// All that a plan depends on.
#[derive(Clone, Copy)]
pub(super) struct Inputs<'a> {
    /// What the actor tells.
    pub state: &'a PodState,
    /// What the server has: the pod itself, or the mirror of a static pod.
    pub server: Option<&'a Pod>,
    /// What was built and written before.
    pub memory: &'a Memory,
    /// What statuses say of the node.
    pub facts: &'a Facts,
    /// Wall time.
    pub now: Timestamp,
    /// The same moment on the clock that runs evenly.
    pub instant: Instant,
}

/// The next step.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// Nothing, until something changes.
    Rest,
    /// Nothing before this moment.
    Wait(Instant),
    /// Send this.
    Write(Value),
    /// Let the server forget the pod.
    Delete,
}

/// What a plan comes to.
#[derive(Debug)]
pub(super) struct Planned {
    /// The status as it should be; `None` while it cannot be known.
    pub status: Option<PodStatus>,
    /// Since when the server lacks something.
    pub dirty_since: Option<Instant>,
    /// What to do.
    pub step: Step,
}

/// Plans the next step.
pub(super) fn plan(inputs: &Inputs<'_>) -> Planned {
    let nothing = Planned { status: None, dirty_since: None, step: Step::Rest };
    // Before the runtime was looked at all containers would seem to wait.
    if inputs.state.seen.is_none() {
        return nothing;
    }
    let Some(server) = inputs.server else { return nothing };
    let unknown = PodStatus::default();
    let told = server.status.as_ref().unwrap_or(&unknown);
    let status = status::build(&status::Inputs {
        state: inputs.state,
        facts: inputs.facts,
        previous: inputs.memory.built.as_ref().unwrap_or(told),
        server: told,
        now: inputs.now,
        audience: Audience::Server,
    });
    let Some(status) = status else { return nothing };
    let uid = server.metadata.uid.as_deref().unwrap_or_default();
    let patch =
        status_patch(uid, told, &status).filter(|patch| inputs.memory.refused.as_ref() != Some(patch));
    let Some(patch) = patch else {
        let step = if may_be_deleted(inputs, server) {
            unless_failed(inputs, deletion(inputs, server))
        } else {
            Step::Rest
        };
        return Planned { status: Some(status), dirty_since: None, step };
    };
    let dirty_since = inputs.memory.dirty_since.unwrap_or(inputs.instant);
    let due = dirty_since + fold(inputs.state, server, told, &status);
    let last = inputs.memory.last.as_ref().filter(|(last, _)| **last == *patch.to_string());
    let repeat = last.map(|(_, at)| *at + REPEAT);
    let due = repeat.map_or(due, |repeat| repeat.max(due));
    let step = if due > inputs.instant { Step::Wait(due) } else { unless_failed(inputs, Step::Write(patch)) };
    Planned { status: Some(status), dirty_since: Some(dirty_since), step }
}

fn unless_failed(inputs: &Inputs<'_>, step: Step) -> Step {
    match inputs.memory.failure {
        Some(failure) if failure.retry_at > inputs.instant => Step::Wait(failure.retry_at),
        Some(_) | None => step,
    }
}

/// How long a change may wait for others.
fn fold(state: &PodState, server: &Pod, told: &PodStatus, status: &PodStatus) -> Duration {
    let is_stopping = state.phase != PodPhase::Syncing && !state.is_over();
    // Nobody counts on the readiness of a pod that is marked as deleted.
    if is_stopping && server.metadata.deletion_timestamp.is_some() {
        return FOLD_STOPPING;
    }
    let is_urgent = told.phase != status.phase
        || is_ready(told) != is_ready(status)
        || restarts(told) != restarts(status);
    if is_urgent { Duration::ZERO } else { FOLD }
}

fn restarts(status: &PodStatus) -> i32 {
    status.container_statuses.iter().flatten().map(|container| container.restart_count).sum()
}

fn is_ready(status: &PodStatus) -> bool {
    let mut conditions = status.conditions.iter().flatten();
    conditions.any(|known| known.type_ == condition::READY && known.status == "True")
}

/// Whether nothing of a deleted pod is left that the server would have to remember (`canBeDeleted`). Mirror pods are deleted
/// by whoever makes them.
fn may_be_deleted(inputs: &Inputs<'_>, server: &Pod) -> bool {
    let state = inputs.state;
    let is_of_server = state.wanted.as_ref().is_some_and(|wanted| wanted.source == PodSource::Api);
    is_of_server
        && server.metadata.deletion_timestamp.is_some()
        && state.is_released
        && state.is_over()
        && types::pod::is_terminal(server)
}

/// Once the server has agreed the watch tells that the pod is gone, or that it waits for others. It may do neither: the server
/// was restored to a state in which nobody had asked yet.
fn deletion(inputs: &Inputs<'_>, server: &Pod) -> Step {
    match inputs.memory.deleted_at {
        None => Step::Delete,
        Some(_) if server.metadata.deletion_grace_period_seconds == Some(0) => Step::Rest,
        Some(at) if at + REPEAT > inputs.instant => Step::Wait(at + REPEAT),
        Some(_) => Step::Delete,
    }
}

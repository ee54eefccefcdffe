//! What a writer remembers between plans.

use super::startup::Startup;
use apiserver::ApiError;
use k8s_openapi::api::core::v1::{Pod, PodStatus};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// The pause after the first call that failed; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// No pause is longer, but for its share of the spread.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How long nothing is sent to an object that the server says is another one, or gone: the watch will tell.
const PAUSE_FOR_THE_WATCH: Duration = Duration::from_secs(10);

/// A writer's memory. None of it outlives the process: the server has what counts.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The status that was built last.
    pub built: Option<PodStatus>,
    /// Since when the server lacks something.
    pub dirty_since: Option<Instant>,
    /// The server's answer to the last write, which may be younger than what the watch has told.
    pub written: Option<Arc<Pod>>,
    /// The last write as text, and when it was answered.
    pub last: Option<(Box<str>, Instant)>,
    /// What the server refuses, or takes and does not keep: not sent again.
    pub refused: Option<Value>,
    /// The last call failed in a way that may pass.
    pub failure: Option<Failure>,
    /// When the server agreed to forget the pod.
    pub deleted_at: Option<Instant>,
    /// How far the pod's first start is, for the metrics.
    pub startup: Startup,
}

/// When to try again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failure {
    /// How often in a row it failed.
    pub attempts: u32,
    /// Not before.
    pub retry_at: Instant,
    /// What it asks for; news of the object end the wait for them.
    pub reaction: Reaction,
}

/// What the answer to a failed call asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reaction {
    /// Try again after a pause.
    Retry,
    /// The object is not what it was thought to be.
    WaitForTheWatch,
    /// Never send the same again.
    GiveUp,
}

impl Reaction {
    /// What an error asks for. Credentials are renewed while the kubelet runs, so that what they may not do may pass as well.
    pub(super) fn to(error: &ApiError) -> Self {
        match error {
            ApiError::NotFound(_) | ApiError::Conflict(_) => Self::WaitForTheWatch,
            ApiError::TooManyRequests { .. }
            | ApiError::Unavailable(_)
            | ApiError::Unauthorized(_)
            | ApiError::Forbidden(_) => Self::Retry,
            ApiError::AlreadyExists(_) | ApiError::Invalid(_) | ApiError::Expired(_) | ApiError::Other(_) => {
                Self::GiveUp
            }
        }
    }
}

impl Memory {
    /// Notes that a call failed. `spread` is the pod's own share of a quarter of the pause, in thousandths: writers that failed
    /// together do not try again together.
    pub(super) fn failed(&mut self, error: &ApiError, spread: u32) {
        let attempts = self.failure.map_or(0, |failure| failure.attempts);
        let reaction = Reaction::to(error);
        let pause = match (reaction, error) {
            (Reaction::WaitForTheWatch, _) => PAUSE_FOR_THE_WATCH,
            (_, ApiError::TooManyRequests { retry_after: Some(asked), .. }) => (*asked).min(LONGEST_PAUSE),
            (Reaction::Retry | Reaction::GiveUp, _) => {
                FIRST_PAUSE.saturating_mul(1 << attempts.min(7)).min(LONGEST_PAUSE)
            }
        };
        let pause = pause + pause / 4 * spread / 1000;
        let retry_at = Instant::now() + pause;
        self.failure = Some(Failure { attempts: attempts.saturating_add(1), retry_at, reaction });
    }

    /// Forgets what was known of another object: a mirror pod that was made anew.
    pub(super) fn forget_object(&mut self) {
        self.written = None;
        self.last = None;
        self.refused = None;
        self.failure = None;
        self.deleted_at = None;
    }
}

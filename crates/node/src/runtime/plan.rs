//! From the runtime's answers to its health. Pure.

use super::version::canonical;
use super::{FirstAnswers, Handler, RuntimeHealth};
use cri::v1::{RuntimeCondition, RuntimeFeatures, StatusResponse, VersionResponse};
use std::time::Duration;
use tokio::time::Instant;

/// How long the runtime may fail to be well before the node is not ready (`maxWaitForContainerRuntime`).
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Time between two questions to a runtime that is well.
pub(crate) const STATUS_PERIOD: Duration = Duration::from_secs(5);

/// Time between two questions while the node waits to become ready for the first time (`fastStatusUpdateOnce`).
pub(crate) const FIRST_STATUS_PERIOD: Duration = Duration::from_millis(100);

/// How long it is asked that often (`nodeReadyGracePeriod`).
pub(crate) const FIRST_STATUS_PHASE: Duration = Duration::from_secs(120);

/// Time between two questions to a runtime that is not well, later: a network that comes up is seen within a second.
pub(crate) const RETRY_STATUS_PERIOD: Duration = Duration::from_secs(1);

/// Time between two questions for the version (`versionCacheTTL`).
pub(crate) const VERSION_PERIOD: Duration = Duration::from_secs(60);

/// Everything known of the runtime.
#[derive(Clone, Debug)]
pub(crate) struct Observed {
    started: Instant,
    /// When it was last well.
    well_at: Option<Instant>,
    has_been_ready: bool,
    runtime_error: Option<String>,
    network_error: Option<String>,
    handlers: Vec<Handler>,
    features: Option<RuntimeFeatures>,
    name: String,
    version: Option<String>,
    is_status_known: bool,
    is_version_known: bool,
}

impl Observed {
    /// Nothing yet, or what was asked before.
    pub(crate) fn new(first: &FirstAnswers, now: Instant) -> Self {
        let mut observed = Self {
            started: now,
            well_at: None,
            has_been_ready: false,
            runtime_error: None,
            network_error: Some("network state unknown".to_owned()),
            handlers: Vec::new(),
            features: None,
            name: String::new(),
            version: None,
            is_status_known: false,
            is_version_known: false,
        };
        if let Some(version) = &first.version {
            observed.version_answered(Some(version));
        }
        if let Some(status) = &first.status {
            observed.status_answered(status, now);
        }
        observed
    }

    /// The runtime told how it is.
    pub(crate) fn status_answered(&mut self, answer: &StatusResponse, now: Instant) {
        self.is_status_known = true;
        let conditions =
            answer.status.as_ref().map(|status| status.conditions.as_slice()).unwrap_or_default();
        let unmet = |name: &str| {
            let found = conditions.iter().find(|condition| condition.r#type == name);
            (!found.is_some_and(|condition| condition.status)).then(|| words(found))
        };
        self.network_error =
            unmet("NetworkReady").map(|words| format!("container runtime network not ready: {words}"));
        self.runtime_error =
            unmet("RuntimeReady").map(|words| format!("container runtime not ready: {words}"));
        if self.runtime_error.is_some() {
            return;
        }
        self.handlers = handlers(answer);
        self.features = answer.features;
        self.well_at = Some(now);
        self.has_been_ready |= self.network_error.is_none();
    }

    /// The runtime did not tell how it is: what it told before holds, until patience ends.
    pub(crate) fn status_failed(&mut self) {
        self.is_status_known = true;
    }

    /// The runtime told its version, or did not.
    pub(crate) fn version_answered(&mut self, answer: Option<&VersionResponse>) {
        self.is_version_known = true;
        self.version = answer.and_then(|answer| canonical(&answer.runtime_version));
        if let Some(answer) = answer {
            self.name.clone_from(&answer.runtime_name);
        }
    }

    /// Whether the runtime has told how it is, or has failed to.
    pub(crate) fn is_status_known(&self) -> bool {
        self.is_status_known
    }

    /// When to ask for the status again.
    pub(crate) fn next_status(&self, now: Instant) -> Duration {
        let is_well = self.runtime_error.is_none() && self.network_error.is_none();
        if is_well {
            STATUS_PERIOD
        } else if !self.has_been_ready && now < self.started + FIRST_STATUS_PHASE {
            FIRST_STATUS_PERIOD
        } else {
            RETRY_STATUS_PERIOD
        }
    }

    /// When patience ends, if the runtime was well once and is heard of no more.
    pub(crate) fn patience_ends(&self, now: Instant) -> Option<Instant> {
        self.well_at.map(|at| at + PATIENCE).filter(|end| *end > now)
    }

    /// The health, told in upstream's words.
    pub(crate) fn health(&self, now: Instant) -> RuntimeHealth {
        let staleness = match self.well_at {
            None => Some("container runtime status check may not have completed yet"),
            Some(at) if now >= at + PATIENCE => Some("container runtime is down"),
            Some(_) => None,
        };
        RuntimeHealth {
            staleness,
            runtime_error: self.runtime_error.clone(),
            network_error: self.network_error.clone(),
            handlers: self.handlers.clone(),
            features: self.features,
            version: format!("{}://{}", self.name, self.version.as_deref().unwrap_or("Unknown")),
            is_known: self.is_status_known && self.is_version_known,
        }
    }
}

/// `RuntimeCondition.String()`; Go prints `<nil>` for one that is not there.
fn words(condition: Option<&RuntimeCondition>) -> String {
    match condition {
        Some(condition) => format!(
            "{}={} reason:{} message:{}",
            condition.r#type, condition.status, condition.reason, condition.message
        ),
        None => "<nil>".to_owned(),
    }
}

fn handlers(answer: &StatusResponse) -> Vec<Handler> {
    let mut handlers: Vec<Handler> = answer
        .runtime_handlers
        .iter()
        .map(|handler| {
            let features = handler.features.unwrap_or_default();
            Handler {
                name: handler.name.clone(),
                recursive_read_only_mounts: features.recursive_read_only_mounts,
                user_namespaces: features.user_namespaces,
            }
        })
        .collect();
    handlers.sort_by(|one, other| one.name.cmp(&other.name));
    handlers
}

//! Asks the runtime, and publishes its health when it differs.

use super::plan::{Observed, VERSION_PERIOD};
use super::{FirstAnswers, HealthReceiver, NetworkReceiver, RuntimeHealth};
use cri::StateService;
use cri::v1::{StatusResponse, VersionResponse};
use std::sync::Arc;
use std::time::Duration;
use tasks::{Stop, watch};
use tokio::time::{Instant, sleep_until};

/// A runtime that has not answered by then is asked again; the call before is given up.
const STATUS_TIMEOUT: Duration = Duration::from_secs(20);

/// See the module.
#[derive(Clone)]
pub(crate) struct RuntimeTask {
    runtime: Arc<dyn StateService>,
    observed: Observed,
    version_due: Instant,
    health: watch::Sender<Arc<RuntimeHealth>>,
    network: watch::Sender<Option<String>>,
}

/// What ends a wait.
enum Event {
    Status(Option<StatusResponse>),
    Version(Option<VersionResponse>),
    PatienceEnded,
}

impl RuntimeTask {
    /// A task that is not run yet, and its outputs.
    pub(crate) fn new(
        runtime: Arc<dyn StateService>,
        first: &FirstAnswers,
    ) -> (Self, HealthReceiver, NetworkReceiver) {
        let now = Instant::now();
        let observed = Observed::new(first, now);
        let first_health = observed.health(now);
        let (network, network_receiver) = watch::channel(first_health.network_error.clone());
        let (health, health_receiver) = watch::channel(Arc::new(first_health));
        let version_due = if first.version.is_some() { now + VERSION_PERIOD } else { now };
        (Self { runtime, observed, version_due, health, network }, health_receiver, network_receiver)
    }

    /// Until `stop`.
    pub(crate) async fn run(mut self, stop: Stop) {
        let mut status_due = match self.observed.is_status_known() {
            true => Instant::now() + self.observed.next_status(Instant::now()),
            false => Instant::now(),
        };
        loop {
            let event = tokio::select! {
                biased;
                () = stop.requested() => return,
                event = self.next(status_due) => event,
            };
            match event {
                Event::Status(answer) => {
                    match answer {
                        Some(answer) => self.observed.status_answered(&answer, Instant::now()),
                        None => self.observed.status_failed(),
                    }
                    status_due = Instant::now() + self.observed.next_status(Instant::now());
                }
                Event::Version(answer) => {
                    self.version_due = Instant::now() + VERSION_PERIOD;
                    self.observed.version_answered(answer.as_ref());
                }
                Event::PatienceEnded => {}
            }
            self.publish();
        }
    }

    /// Patience is looked at while a call hangs, too.
    async fn next(&self, status_due: Instant) -> Event {
        let patience = self.observed.patience_ends(Instant::now());
        tokio::select! {
            biased;
            answer = self.ask_version() => Event::Version(answer),
            answer = self.ask_status(status_due) => Event::Status(answer),
            () = at(patience) => Event::PatienceEnded,
        }
    }

    async fn ask_status(&self, due: Instant) -> Option<StatusResponse> {
        sleep_until(due).await;
        match tokio::time::timeout(STATUS_TIMEOUT, self.runtime.status(false)).await {
            Ok(Ok(answer)) => Some(answer),
            Ok(Err(error)) => {
                tracing::error!(err = %error, "Container runtime sanity check failed");
                None
            }
            Err(_) => {
                tracing::error!(timeout = ?STATUS_TIMEOUT, "Container runtime sanity check failed: no answer");
                None
            }
        }
    }

    async fn ask_version(&self) -> Option<VersionResponse> {
        sleep_until(self.version_due).await;
        match tokio::time::timeout(STATUS_TIMEOUT, self.runtime.version()).await {
            Ok(Ok(answer)) => Some(answer),
            Ok(Err(error)) => {
                tracing::warn!(err = %error, "Unable to get the container runtime's version");
                None
            }
            Err(_) => None,
        }
    }

    fn publish(&self) {
        let health = self.observed.health(Instant::now());
        self.network.send_if_modified(|known| {
            let differs = *known != health.network_error;
            if differs {
                known.clone_from(&health.network_error);
            }
            differs
        });
        self.health.send_if_modified(|known| {
            let differs = **known != health;
            if differs {
                log_difference(known, &health);
                *known = Arc::new(health);
            }
            differs
        });
    }
}

async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

fn log_difference(before: &RuntimeHealth, after: &RuntimeHealth) {
    if before.network_error != after.network_error
        && let Some(words) = &after.network_error
    {
        tracing::info!(networkReady = words, "Container runtime network not ready");
    }
    if before.runtime_error != after.runtime_error
        && let Some(words) = &after.runtime_error
    {
        tracing::info!(runtimeReady = words, "Container runtime not ready");
    }
    if after.is_ready() && !before.is_ready() {
        tracing::info!("Container runtime is ready");
    }
}

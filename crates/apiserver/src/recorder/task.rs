//! Writes events, one after the other; what finds no server is tried again later.

use super::convert::to_api;
use super::correlator::{Correlator, Record};
use super::deferred::{Deferred, Waiting};
use super::name::Moments;
use crate::error::ApiError;
use crate::events::Events;
use k8s_openapi::api::core::v1::Event;
use rand::Rng;
use rand::rngs::SmallRng;
use std::time::Duration;
use tasks::Stop;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// An event is given up after so many tries (`maxTriesPerEvent`).
const MAX_TRIES: u32 = 12;

/// Between two tries of one event.
const RETRY_PAUSE: Duration = Duration::from_secs(10);

/// What to do next.
enum Next {
    /// Somebody told something.
    Told(Box<types::Event>),
    /// Something waited long enough.
    Retry,
}

/// The recorder.
pub(super) struct Task {
    pub(super) events: Events,
    pub(super) node_name: String,
    pub(super) random: SmallRng,
    pub(super) moments: Moments,
    pub(super) correlator: Correlator,
    pub(super) waiting: Waiting,
}

impl Task {
    /// Runs until the stop, or until nobody can tell anything any more.
    pub(super) async fn run(mut self, mut told: mpsc::Receiver<types::Event>, stop: Stop) {
        loop {
            let due = self.waiting.next_due();
            let retry = async {
                match due {
                    Some(due) => sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            let next = tokio::select! {
                biased;
                () = stop.requested() => return,
                () = retry => Next::Retry,
                event = told.recv() => match event {
                    Some(event) => Next::Told(Box::new(event)),
                    None => return,
                },
            };
            tokio::select! {
                biased;
                () = stop.requested() => return,
                () = self.take(next) => {}
            }
        }
    }

    async fn take(&mut self, next: Next) {
        match next {
            Next::Told(event) => self.record(*event).await,
            Next::Retry => {
                if let Some(deferred) = self.waiting.pop() {
                    self.write(deferred).await;
                }
            }
        }
    }

    async fn record(&mut self, event: types::Event) {
        let now = event.last_timestamp;
        let moment = self.moments.next(now);
        let event = to_api(event, &self.node_name, moment, self.random.random());
        let Some(record) = self.correlator.correlate(event, moment, self.random.random()) else { return };
        self.waiting.supersede(&record);
        self.write(Deferred { record, tries: 0 }).await;
    }

    /// One try. A server that is away is tried again later, with others in between; any other refusal is final.
    async fn write(&mut self, mut deferred: Deferred) {
        let error = match self.send(&deferred.record).await {
            Ok(patched) => {
                self.correlator.update(patched.as_ref().unwrap_or(&deferred.record.event));
                return;
            }
            Err(error) => error,
        };
        let event = &deferred.record.event;
        let (namespace, name) = (event.metadata.namespace.as_deref(), event.metadata.name.as_deref());
        deferred.tries += 1;
        if !error.may_pass() {
            // A namespace that is being removed takes nothing new (`NamespaceTerminatingCause`), and 403 with it; both that and a
            // name that exists are ordinary.
            if error.is_already_exists() || error.message().contains("because it is being terminated") {
                tracing::debug!(namespace, name, err = %error, "Server rejected event (will not retry!)");
            } else {
                tracing::error!(namespace, name, reason = event.reason, err = %error, "Server rejected event (will not retry!)");
            }
        } else if deferred.tries >= MAX_TRIES {
            tracing::error!(namespace, name, reason = event.reason, err = %error, "Unable to write event (retry limit exceeded!)");
        } else {
            tracing::warn!(namespace, name, err = %error, "Unable to write event (may retry after sleeping)");
            let due = Instant::now() + self.pause(deferred.tries);
            if self.waiting.put(deferred, due) {
                tracing::warn!(
                    "Too many events wait for the API server: the one that waited longest is dropped"
                );
            }
        }
    }

    /// The first pause is of random length, so that nodes do not come back in step.
    fn pause(&mut self, tries: u32) -> Duration {
        match tries {
            1 => RETRY_PAUSE.mul_f64(self.random.random()),
            _ => RETRY_PAUSE,
        }
    }

    /// One more of a known event, as the server has it then, or a new one; also a new one when the known one is gone.
    async fn send(&self, record: &Record) -> Result<Option<Event>, ApiError> {
        let metadata = &record.event.metadata;
        if let Some(patch) = &record.patch {
            let namespace = metadata.namespace.as_deref().unwrap_or_default();
            let name = metadata.name.as_deref().unwrap_or_default();
            match self.events.patch(namespace, name, patch).await {
                Err(error) if error.is_not_found() => {}
                answer => return answer.map(Some),
            }
        }
        self.events.create(&record.event).await.map(|()| None)
    }
}

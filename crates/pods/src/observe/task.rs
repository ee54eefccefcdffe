//! The task that owns the records: one loop, every question in a task of its own.

mod ask;
mod messages;
#[cfg(test)]
mod tests;

use super::follow::process_end;
use super::handle::{Message, ObserverHandle};
use super::records::{Question, Records, Stamp};
use crate::metrics::Metrics;
use ask::{Finished, Lists};
use cri::{CriError, EventStream, RuntimeService, v1};
use futures::StreamExt;
use host::files::Files;
use host::processes::Processes;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tasks::{Clock, Stop, watch};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use types::{PodName, PodUid};

/// Messages that may wait; actors wait beyond it.
const QUEUE: usize = 256;

/// Questions about different containers that may be under way. One that hangs keeps its place until its deadline.
const MAX_QUESTIONS: usize = 64;

/// Pause before a broken event stream is opened again, doubling up to the second value.
const EVENTS_PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(10));

/// How the observer looks.
#[derive(Clone, Copy, Debug)]
pub struct ObserverSettings {
    /// Whether the runtime was seen to have `GetContainerEvents`.
    pub has_events: bool,
    /// Pause between lists while neither events nor process watches tell of changes.
    pub relist_alone: Duration,
    /// Pause between lists while they do.
    pub relist_as_net: Duration,
    /// Wall time, for the metric that says when the last list was made.
    pub clock: Clock,
}

impl Default for ObserverSettings {
    fn default() -> Self {
        Self {
            has_events: false,
            relist_alone: Duration::from_secs(1),
            relist_as_net: Duration::from_secs(10),
            clock: Clock::System,
        }
    }
}

/// The observer's task.
pub struct Observer {
    handle: ObserverHandle,
    messages: mpsc::Receiver<Message>,
    present: watch::Sender<Option<Arc<BTreeMap<PodUid, PodName>>>>,
    /// When the last list was asked for that was answered.
    listed: watch::Sender<Option<Instant>>,
    processes: Arc<dyn Processes>,
    settings: ObserverSettings,
    metrics: Metrics,
    records: Records,
    finished: JoinSet<Finished>,
    questions: Arc<Semaphore>,
    /// Whoever waits for what it brought to be published, with all questions about the pod answered.
    refreshed: Vec<(PodUid, oneshot::Sender<Result<(), CriError>>)>,
    asked: BTreeMap<PodUid, u32>,
    /// What is being asked until it is seen to have ended.
    ends: BTreeSet<Question>,
    /// Processes that are watched, and those that cannot be.
    followed: BTreeSet<Question>,
    unfollowed: BTreeSet<Question>,
    has_events: bool,
    is_listing: bool,
    list_started: Option<Instant>,
}

impl Observer {
    /// An observer and the handle that actors use.
    pub fn new(
        runtime: Arc<dyn RuntimeService>,
        files: Arc<dyn Files>,
        processes: Arc<dyn Processes>,
        settings: ObserverSettings,
        metrics: Metrics,
    ) -> (Self, ObserverHandle) {
        let (messages_tx, messages) = mpsc::channel(QUEUE);
        let (present, present_rx) = watch::channel(None);
        let (listed, listed_rx) = watch::channel(None);
        let handle = ObserverHandle {
            runtime,
            files,
            messages: messages_tx,
            stamps: Arc::default(),
            present: present_rx,
            listed: listed_rx,
            is_verbose: !settings.has_events,
        };
        let observer = Self {
            handle: handle.clone(),
            messages,
            present,
            listed,
            processes,
            settings,
            metrics,
            records: Records::default(),
            finished: JoinSet::new(),
            questions: Arc::new(Semaphore::new(MAX_QUESTIONS)),
            refreshed: Vec::new(),
            asked: BTreeMap::new(),
            ends: BTreeSet::new(),
            followed: BTreeSet::new(),
            unfollowed: BTreeSet::new(),
            has_events: settings.has_events,
            is_listing: false,
            list_started: None,
        };
        (observer, handle)
    }

    /// Observes until `stop`.
    pub async fn run(mut self, stop: Stop) {
        let mut events = self.has_events.then(|| self.handle.runtime.get_container_events());
        let mut events_pause = EVENTS_PAUSE.0;
        let mut events_at = Instant::now();
        let mut list_at = Instant::now();
        loop {
            if self.records.has_failures() {
                list_at = list_at.min(Instant::now() + self.settings.relist_alone);
            }
            if !self.is_listing && Instant::now() >= list_at {
                self.start_list();
            }
            tokio::select! {
                biased;
                () = stop.requested() => return,
                Some(message) = self.messages.recv() => self.message(message),
                Some(finished) = self.finished.join_next() => {
                    if self.finished(finished) {
                        list_at = Instant::now() + self.relist_pause();
                    }
                }
                event = next_event(&mut events) => match event {
                    Some(Ok(event)) => {
                        events_pause = EVENTS_PAUSE.0;
                        self.event(&event);
                    }
                    Some(Err(CriError::Unimplemented { .. })) => {
                        tracing::info!("The runtime has no container events; watching processes instead");
                        self.without_events();
                        events = None;
                        list_at = Instant::now();
                    }
                    ended => {
                        if let Some(Err(error)) = ended {
                            tracing::debug!(err = %error, "The container event stream broke");
                        }
                        // Events may have been missed: list as soon as the stream is open again.
                        events = None;
                        events_at = Instant::now() + events_pause;
                        events_pause = (events_pause * 2).min(EVENTS_PAUSE.1);
                        list_at = Instant::now();
                    }
                },
                () = sleep_until(events_at), if self.has_events && events.is_none() => {
                    events = Some(self.handle.runtime.get_container_events());
                    list_at = Instant::now();
                }
                () = sleep_until(list_at), if !self.is_listing => {}
            }
        }
    }

    fn relist_pause(&self) -> Duration {
        let is_net = self.has_events || self.unfollowed.is_empty();
        if is_net && self.list_started.is_some() {
            self.settings.relist_as_net
        } else {
            self.settings.relist_alone
        }
    }

    fn without_events(&mut self) {
        self.has_events = false;
        self.handle.is_verbose = true;
    }

    fn start_list(&mut self) {
        self.is_listing = true;
        let now = Instant::now();
        if let Some(before) = self.list_started.replace(now) {
            self.metrics.pleg_relist_interval.observe((now - before).as_secs_f64());
        }
        let (runtime, stamp) = (self.handle.runtime.clone(), self.handle.stamp());
        self.finished.spawn(async move {
            let list = async {
                let sandboxes = runtime.list_pod_sandbox(None).await?;
                let containers = runtime.list_containers(None).await?;
                Ok((sandboxes, containers))
            };
            Finished::Listed(stamp, Box::new(list.await))
        });
    }

    fn listed(&mut self, stamp: Stamp, answer: Result<Lists, CriError>) {
        match answer {
            Ok((sandboxes, containers)) => {
                if let Some(started) = self.list_started {
                    self.metrics.pleg_relist_duration.observe(started.elapsed().as_secs_f64());
                }
                let now = self.settings.clock.now();
                self.metrics.pleg_last_seen.set(now.as_duration().as_secs_f64().floor());
                self.listed.send_replace(self.list_started);
                let questions = self.records.list(stamp, &sandboxes, &containers);
                // What is being asked about already need not be asked again.
                self.ask_all(questions);
                self.unfollowed.retain(|question| !self.records.is_ended(question));
                self.records.sweep();
                self.publish_present();
            }
            Err(error) => tracing::warn!(err = %error, "Listing the runtime's pods failed"),
        }
    }

    fn event(&mut self, event: &v1::ContainerEventResponse) {
        match event.container_event_type() {
            v1::ContainerEventType::ContainerStoppedEvent => {
                if let Some(question) = self.records.question_about(&event.container_id) {
                    self.ask_for_end(&question);
                }
            }
            v1::ContainerEventType::ContainerDeletedEvent => {
                match self.records.question_about(&event.container_id) {
                    // Told when nothing is left of it.
                    Some(question @ Question::Container { .. }) => {
                        self.records.gone(&question, self.handle.stamp());
                        self.records.settle(question.uid());
                        self.publish_present();
                    }
                    // Told while the last of it goes, which may fail.
                    Some(question @ Question::Sandbox { .. }) => self.begin_asking(question, 0),
                    None => {}
                }
            }
            // What actors make they confirm themselves; what others make the next list finds.
            v1::ContainerEventType::ContainerCreatedEvent | v1::ContainerEventType::ContainerStartedEvent => {
            }
        }
    }

    /// Watches the process behind a running container or ready sandbox, where no events tell of its end.
    fn follow(&mut self, question: Question, pid: Option<u32>) {
        if self.has_events || self.records.is_ended(&question) || !self.followed.insert(question.clone()) {
            return;
        }
        let (runtime, processes) = (self.handle.runtime.clone(), self.processes.clone());
        self.finished.spawn(async move {
            let is_ended = process_end(runtime, processes, question.clone(), pid).await;
            Finished::ProcessEnded(question, is_ended)
        });
    }

    fn publish_present(&mut self) {
        if let Some(present) = self.records.take_presence() {
            self.present.send_replace(Some(Arc::new(present)));
        }
    }
}

async fn next_event(
    events: &mut Option<EventStream>,
) -> Option<Result<v1::ContainerEventResponse, CriError>> {
    match events {
        Some(events) => events.next().await,
        None => std::future::pending().await,
    }
}

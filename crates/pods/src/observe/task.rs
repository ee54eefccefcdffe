//! The task that owns the records: one loop, every question in a task of its own.

use super::follow::{ASK_AGAIN, process_end};
use super::last_words::complete;
use super::records::{Question, Records, Stamp};
use super::seen::{SeenContainer, SeenPod, SeenSandbox};
use crate::metrics::Metrics;
use cri::{CriError, EventStream, RuntimeService, v1};
use futures::StreamExt;
use host::files::Files;
use host::processes::Processes;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tasks::Stop;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};
use types::{ContainerId, PodName, PodUid, SandboxId};

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
}

impl Default for ObserverSettings {
    fn default() -> Self {
        Self {
            has_events: false,
            relist_alone: Duration::from_secs(1),
            relist_as_net: Duration::from_secs(10),
        }
    }
}

/// What an actor saw itself, right after its own action.
enum Message {
    Subscribe(PodUid, PodName, oneshot::Sender<watch::Receiver<Option<Arc<SeenPod>>>>),
    Container {
        uid: PodUid,
        name: PodName,
        stamp: Stamp,
        seen: Box<SeenContainer>,
        pid: Option<u32>,
        done: oneshot::Sender<Result<(), CriError>>,
    },
    Sandbox {
        uid: PodUid,
        name: PodName,
        stamp: Stamp,
        seen: Box<SeenSandbox>,
        pid: Option<u32>,
        done: oneshot::Sender<Result<(), CriError>>,
    },
    Gone {
        question: Question,
        stamp: Stamp,
        done: oneshot::Sender<Result<(), CriError>>,
    },
    Listed {
        uid: PodUid,
        stamp: Stamp,
        sandboxes: Vec<v1::PodSandbox>,
        containers: Vec<v1::Container>,
        done: oneshot::Sender<Result<(), CriError>>,
    },
}

/// What actors hold of the observer.
#[derive(Clone)]
pub struct ObserverHandle {
    runtime: Arc<dyn RuntimeService>,
    files: Arc<dyn Files>,
    messages: mpsc::Sender<Message>,
    stamps: Arc<std::sync::atomic::AtomicU64>,
    present: watch::Receiver<Option<Arc<BTreeMap<PodUid, PodName>>>>,
    is_verbose: bool,
}

/// The observer has ended, which it does only when the process does.
#[derive(Debug, thiserror::Error)]
#[error("the observer has ended")]
pub struct ObserverGone;

impl ObserverHandle {
    /// The pods that the runtime has something of; `None` before the first list.
    pub fn present(&self) -> watch::Receiver<Option<Arc<BTreeMap<PodUid, PodName>>>> {
        self.present.clone()
    }

    /// What is seen of one pod, from now on. `None` in it: not looked at yet.
    pub async fn subscribe(
        &self,
        uid: &PodUid,
        name: &PodName,
    ) -> Result<watch::Receiver<Option<Arc<SeenPod>>>, ObserverGone> {
        let (answer_tx, answer_rx) = oneshot::channel();
        self.send(Message::Subscribe(uid.clone(), name.clone(), answer_tx)).await?;
        answer_rx.await.map_err(|_| ObserverGone)
    }

    /// Asks about one container and takes the answer into the records before it returns.
    pub async fn confirm_container(
        &self,
        uid: &PodUid,
        name: &PodName,
        sandbox_id: &SandboxId,
        id: &ContainerId,
    ) -> Result<(), CriError> {
        let stamp = self.stamp();
        match self.runtime.container_status(id.as_str(), self.is_verbose).await {
            Ok(answer) => {
                let Some(status) = &answer.status else { return Ok(()) };
                let seen = Box::new(complete(self.files.as_ref(), sandbox_id.clone(), status).await);
                let pid = cri::info::container_pid(&answer);
                let (uid, name) = (uid.clone(), name.clone());
                self.apply(|done| Message::Container { uid, name, stamp, seen, pid, done }).await
            }
            Err(CriError::NotFound { .. }) => {
                let question =
                    Question::Container { uid: uid.clone(), sandbox_id: sandbox_id.clone(), id: id.clone() };
                self.apply(|done| Message::Gone { question, stamp, done }).await
            }
            Err(error) => Err(error),
        }
    }

    /// Asks about one sandbox and takes the answer into the records before it returns it.
    pub async fn confirm_sandbox(
        &self,
        uid: &PodUid,
        name: &PodName,
        id: &SandboxId,
    ) -> Result<Option<SeenSandbox>, CriError> {
        let stamp = self.stamp();
        match self.runtime.pod_sandbox_status(id.as_str(), self.is_verbose).await {
            Ok(answer) => {
                let Some(status) = &answer.status else { return Ok(None) };
                let seen = SeenSandbox::from_status(status);
                let pid = cri::info::sandbox_pid(&answer);
                let (uid, name, boxed) = (uid.clone(), name.clone(), Box::new(seen.clone()));
                self.apply(|done| Message::Sandbox { uid, name, stamp, seen: boxed, pid, done }).await?;
                Ok(Some(seen))
            }
            Err(CriError::NotFound { .. }) => {
                let question = Question::Sandbox { uid: uid.clone(), id: id.clone() };
                self.apply(|done| Message::Gone { question, stamp, done }).await?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Notes that a container was removed; fails while its pod cannot be published without it.
    pub async fn container_removed(
        &self,
        uid: &PodUid,
        sandbox_id: &SandboxId,
        id: &ContainerId,
    ) -> Result<(), CriError> {
        let stamp = self.stamp();
        let question =
            Question::Container { uid: uid.clone(), sandbox_id: sandbox_id.clone(), id: id.clone() };
        self.apply(|done| Message::Gone { question, stamp, done }).await
    }

    /// Lists one pod's sandboxes and containers afresh and takes the answer into the records before it returns:
    /// what to do after an action whose effect is not known.
    pub async fn refresh(&self, uid: &PodUid) -> Result<(), CriError> {
        let stamp = self.stamp();
        let selector = BTreeMap::from([(translate::labels::POD_UID.to_owned(), uid.to_string())]);
        let sandboxes = self
            .runtime
            .list_pod_sandbox(Some(v1::PodSandboxFilter {
                label_selector: selector.clone(),
                ..Default::default()
            }))
            .await?;
        let containers = self
            .runtime
            .list_containers(Some(v1::ContainerFilter { label_selector: selector, ..Default::default() }))
            .await?;
        let uid = uid.clone();
        self.apply(|done| Message::Listed { uid, stamp, sandboxes, containers, done }).await
    }

    fn stamp(&self) -> Stamp {
        Stamp(self.stamps.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
    }

    async fn send(&self, message: Message) -> Result<(), ObserverGone> {
        self.messages.send(message).await.map_err(|_| ObserverGone)
    }

    /// Sends and waits until it is taken in and published; fails while something else about the pod could not be
    /// asked. When the observer is gone the process is ending and nobody cares.
    async fn apply(
        &self,
        message: impl FnOnce(oneshot::Sender<Result<(), CriError>>) -> Message,
    ) -> Result<(), CriError> {
        let (done_tx, done_rx) = oneshot::channel();
        if self.send(message(done_tx)).await.is_err() {
            return Ok(());
        }
        done_rx.await.unwrap_or(Ok(()))
    }
}

/// Everything that the runtime lists.
type Lists = (Vec<v1::PodSandbox>, Vec<v1::Container>);

/// What a task of the observer brings back.
enum Finished {
    Listed(Stamp, Box<Result<Lists, CriError>>),
    Container(Question, Stamp, Box<Result<Looked, CriError>>, usize),
    Sandbox(Question, Stamp, Box<Result<v1::PodSandboxStatusResponse, CriError>>, usize),
    /// A process ended, or (`false`) cannot be watched.
    ProcessEnded(Question, bool),
}

/// The observer's task.
pub struct Observer {
    handle: ObserverHandle,
    messages: mpsc::Receiver<Message>,
    present: watch::Sender<Option<Arc<BTreeMap<PodUid, PodName>>>>,
    processes: Arc<dyn Processes>,
    settings: ObserverSettings,
    metrics: Metrics,
    records: Records,
    finished: JoinSet<Finished>,
    questions: Arc<Semaphore>,
    /// Whoever waits for what it brought to be published, with all questions about the pod answered.
    refreshed: Vec<(PodUid, oneshot::Sender<Result<(), CriError>>)>,
    asked: BTreeMap<PodUid, u32>,
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
        let handle = ObserverHandle {
            runtime,
            files,
            messages: messages_tx,
            stamps: Arc::default(),
            present: present_rx,
            is_verbose: !settings.has_events,
        };
        let observer = Self {
            handle: handle.clone(),
            messages,
            present,
            processes,
            settings,
            metrics,
            records: Records::default(),
            finished: JoinSet::new(),
            questions: Arc::new(Semaphore::new(MAX_QUESTIONS)),
            refreshed: Vec::new(),
            asked: BTreeMap::new(),
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

    fn message(&mut self, message: Message) {
        match message {
            Message::Subscribe(uid, name, answer) => {
                answer.send(self.records.subscribe(&uid, &name)).ok();
            }
            Message::Container { uid, name, stamp, seen, pid, done } => {
                let question = Question::Container {
                    uid: uid.clone(),
                    sandbox_id: seen.sandbox_id.clone(),
                    id: seen.id.clone(),
                };
                self.records.container(&uid, &name, stamp, *seen);
                self.records.settle(&uid);
                self.follow(question, pid);
                self.acknowledge(uid, done);
            }
            Message::Sandbox { uid, name, stamp, seen, pid, done } => {
                let question = Question::Sandbox { uid: uid.clone(), id: seen.id.clone() };
                self.records.sandbox(&uid, &name, stamp, *seen);
                self.records.settle(&uid);
                self.follow(question, pid);
                self.acknowledge(uid, done);
            }
            Message::Gone { question, stamp, done } => {
                self.records.gone(&question, stamp);
                self.records.settle(question.uid());
                self.acknowledge(question.uid().clone(), done);
            }
            Message::Listed { uid, stamp, sandboxes, containers, done } => {
                let questions = self.records.list_one(&uid, stamp, &sandboxes, &containers);
                self.ask_all(questions);
                self.acknowledge(uid, done);
            }
        }
        self.publish_present();
    }

    /// Tells an actor that its pod is published with what it brought, at once or when nothing about it is being asked
    /// any more: acting on the view before, it would do once more what it has just done.
    fn acknowledge(&mut self, uid: PodUid, done: oneshot::Sender<Result<(), CriError>>) {
        if self.asked.contains_key(&uid) {
            self.refreshed.push((uid, done));
        } else {
            done.send(self.records.failure(&uid).cloned().map_or(Ok(()), Err)).ok();
        }
    }

    fn ask_all(&mut self, questions: Vec<Question>) {
        for question in questions {
            self.records.asking(question.uid());
            *self.asked.entry(question.uid().clone()).or_default() += 1;
            self.ask(question, Duration::ZERO, 0);
        }
    }

    /// Asks in a task of its own, after a pause.
    fn ask(&mut self, question: Question, pause: Duration, round: usize) {
        let handle = self.handle.clone();
        let questions = self.questions.clone();
        self.finished.spawn(async move {
            if !pause.is_zero() {
                sleep(pause).await;
            }
            let _place = questions.acquire().await;
            let stamp = handle.stamp();
            let is_verbose = handle.is_verbose;
            match &question {
                Question::Container { id, sandbox_id, .. } => {
                    let answer = look(&handle, id, sandbox_id, is_verbose).await;
                    Finished::Container(question, stamp, Box::new(answer), round)
                }
                Question::Sandbox { id, .. } => {
                    let answer = handle.runtime.pod_sandbox_status(id.as_str(), is_verbose).await;
                    Finished::Sandbox(question, stamp, Box::new(answer), round)
                }
            }
        });
    }

    /// Takes in what a task brought back; whether it was a list.
    fn finished(&mut self, finished: Result<Finished, tokio::task::JoinError>) -> bool {
        let Ok(finished) = finished else { return false };
        match finished {
            Finished::Listed(stamp, answer) => {
                self.is_listing = false;
                self.listed(stamp, *answer);
                return true;
            }
            Finished::Container(question, stamp, answer, round) => {
                let (mut pid, mut error) = (None, None);
                match *answer {
                    Ok(looked) => {
                        pid = looked.pid;
                        if let Some(seen) = looked.seen {
                            let uid = question.uid();
                            let name = self.records.name_of(uid).unwrap_or_else(|| PodName::new("", ""));
                            self.records.container(uid, &name, stamp, seen);
                        }
                    }
                    Err(CriError::NotFound { .. }) => self.records.gone(&question, stamp),
                    Err(other) => error = Some(other),
                }
                self.answered(question, pid, error, round);
            }
            Finished::Sandbox(question, stamp, answer, round) => {
                let (mut pid, mut error) = (None, None);
                match *answer {
                    Ok(answer) => {
                        pid = cri::info::sandbox_pid(&answer);
                        if let (Some(status), Question::Sandbox { uid, .. }) = (&answer.status, &question) {
                            let name = self.records.name_of(uid).unwrap_or_else(|| PodName::new("", ""));
                            self.records.sandbox(uid, &name, stamp, SeenSandbox::from_status(status));
                        }
                    }
                    Err(CriError::NotFound { .. }) => self.records.gone(&question, stamp),
                    Err(other) => error = Some(other),
                }
                self.answered(question, pid, error, round);
            }
            Finished::ProcessEnded(question, is_ended) => {
                self.followed.remove(&question);
                if self.records.is_ended(&question) {
                    return false;
                }
                if is_ended {
                    self.begin_asking(question, 1);
                } else {
                    self.unfollowed.insert(question);
                }
            }
        }
        self.publish_present();
        false
    }

    /// Asks about something that is believed to have changed; `round` above zero: until it is seen to have ended.
    fn begin_asking(&mut self, question: Question, round: usize) {
        self.records.asking(question.uid());
        *self.asked.entry(question.uid().clone()).or_default() += 1;
        self.ask(question, Duration::ZERO, round);
    }

    fn answered(&mut self, question: Question, pid: Option<u32>, error: Option<CriError>, round: usize) {
        if let Some(error) = &error {
            tracing::debug!(err = %error, podUID = %question.uid(), "Asking the runtime failed; the next list asks again");
        }
        let is_awaited = round > 0 && !self.records.is_ended(&question);
        if let Some(pause) = ASK_AGAIN.get(round.saturating_sub(1)).filter(|_| is_awaited) {
            // The runtime does not know of the end yet.
            self.ask(question, *pause, round + 1);
            return;
        }
        let uid = question.uid().clone();
        self.records.answered(&question, error);
        if let Some(count) = self.asked.get_mut(&uid) {
            *count -= 1;
            if *count == 0 {
                self.asked.remove(&uid);
                let failure = self.records.failure(&uid);
                for (_, done) in self.refreshed.extract_if(.., |(waiting, _)| *waiting == uid) {
                    done.send(failure.cloned().map_or(Ok(()), Err)).ok();
                }
            }
        }
        self.follow(question, pid);
    }

    fn listed(&mut self, stamp: Stamp, answer: Result<Lists, CriError>) {
        match answer {
            Ok((sandboxes, containers)) => {
                if let Some(started) = self.list_started {
                    self.metrics.pleg_relist_duration.observe(started.elapsed().as_secs_f64());
                }
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
                if let Some(question) = self.records.question_about(&event.container_id)
                    && !self.records.is_ended(&question)
                {
                    self.begin_asking(question, 1);
                }
            }
            v1::ContainerEventType::ContainerDeletedEvent => {
                if let Some(question) = self.records.question_about(&event.container_id) {
                    self.begin_asking(question, 0);
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

/// A container as it was found.
struct Looked {
    seen: Option<SeenContainer>,
    pid: Option<u32>,
}

async fn look(
    handle: &ObserverHandle,
    id: &ContainerId,
    sandbox_id: &SandboxId,
    is_verbose: bool,
) -> Result<Looked, CriError> {
    let answer = handle.runtime.container_status(id.as_str(), is_verbose).await?;
    let pid = cri::info::container_pid(&answer);
    let seen = match &answer.status {
        Some(status) => Some(complete(handle.files.as_ref(), sandbox_id.clone(), status).await),
        None => None,
    };
    Ok(Looked { seen, pid })
}

async fn next_event(
    events: &mut Option<EventStream>,
) -> Option<Result<v1::ContainerEventResponse, CriError>> {
    match events {
        Some(events) => events.next().await,
        None => std::future::pending().await,
    }
}

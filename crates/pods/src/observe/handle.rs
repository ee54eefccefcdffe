//! How actors look: subscriptions, and questions about what they have just done.

use super::last_words::complete;
use super::records::{Question, Stamp};
use super::seen::{SeenContainer, SeenPod, SeenSandbox};
use cri::{CriError, RuntimeService, v1};
use host::files::Files;
use std::collections::BTreeMap;
use std::sync::Arc;
use tasks::watch;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use types::{ContainerId, PodName, PodUid, SandboxId};

/// What an actor saw itself, right after its own action.
pub(super) enum Message {
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
    /// It was stopped.
    Stopped {
        question: Question,
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
    pub(super) runtime: Arc<dyn RuntimeService>,
    pub(super) files: Arc<dyn Files>,
    pub(super) messages: mpsc::Sender<Message>,
    pub(super) stamps: Arc<std::sync::atomic::AtomicU64>,
    pub(super) present: watch::Receiver<Option<Arc<BTreeMap<PodUid, PodName>>>>,
    pub(super) listed: watch::Receiver<Option<Instant>>,
    pub(super) is_verbose: bool,
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

    /// When the last list was asked for that was answered; `None` before the first one.
    pub(super) fn last_list(&self) -> watch::Receiver<Option<Instant>> {
        self.listed.clone()
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

    /// Returns once a container that was stopped is seen to have ended. It is asked about if that is not known, or being asked,
    /// already: as a rule the runtime's event is first.
    pub async fn container_stopped(
        &self,
        uid: &PodUid,
        sandbox_id: &SandboxId,
        id: &ContainerId,
    ) -> Result<(), CriError> {
        let question =
            Question::Container { uid: uid.clone(), sandbox_id: sandbox_id.clone(), id: id.clone() };
        self.apply(|done| Message::Stopped { question, done }).await
    }

    /// The same for a sandbox.
    pub async fn sandbox_stopped(&self, uid: &PodUid, id: &SandboxId) -> Result<(), CriError> {
        let question = Question::Sandbox { uid: uid.clone(), id: id.clone() };
        self.apply(|done| Message::Stopped { question, done }).await
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

    pub(super) fn stamp(&self) -> Stamp {
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

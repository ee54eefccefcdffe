//! Questions to the runtime, each in a task of its own, and their answers.

use super::super::follow::ASK_AGAIN;
use super::super::handle::ObserverHandle;
use super::super::last_words::complete;
use super::super::records::{Question, Stamp};
use super::super::seen::{SeenContainer, SeenSandbox};
use super::Observer;
use cri::{CriError, v1};
use std::time::Duration;
use tokio::time::sleep;
use types::{ContainerId, PodName, SandboxId};

/// Everything that the runtime lists.
pub(super) type Lists = (Vec<v1::PodSandbox>, Vec<v1::Container>);

/// What a task of the observer brings back.
pub(super) enum Finished {
    Listed(Stamp, Box<Result<Lists, CriError>>),
    Container(Question, Stamp, Box<Result<Looked, CriError>>, usize),
    Sandbox(Question, Stamp, Box<Result<v1::PodSandboxStatusResponse, CriError>>, usize),
    /// A process ended, or (`false`) cannot be watched.
    ProcessEnded(Question, bool),
}

impl Observer {
    pub(super) fn ask_all(&mut self, questions: Vec<Question>) {
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
    pub(super) fn finished(&mut self, finished: Result<Finished, tokio::task::JoinError>) -> bool {
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
                    self.ask_for_end(&question);
                } else {
                    self.unfollowed.insert(question);
                }
            }
        }
        self.publish_present();
        false
    }

    /// Asks about something that has ended, or is about to, until that is seen. One row of questions will do, whoever told.
    pub(super) fn ask_for_end(&mut self, question: &Question) {
        if !self.records.is_ended(question) && self.ends.insert(question.clone()) {
            self.begin_asking(question.clone(), 1);
        }
    }

    /// Asks about something that is believed to have changed; `round` above zero: until it is seen to have ended.
    pub(super) fn begin_asking(&mut self, question: Question, round: usize) {
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
        if round > 0 {
            self.ends.remove(&question);
        }
        let uid = question.uid().clone();
        self.records.answered(&question, error);
        if is_awaited {
            // Its process is gone, or is not to be seen from here, and the runtime says that it runs: the list has to find its end.
            self.unfollowed.insert(question.clone());
        }
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
        if !is_awaited {
            self.follow(question, pid);
        }
    }
}

/// A container as it was found.
pub(super) struct Looked {
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

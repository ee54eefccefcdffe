//! What was seen, when, and what has to be asked about. No I/O, no time.

mod pod;
mod question;

pub(super) use question::{Question, Stamp};

use super::seen::{SeenContainer, SeenPod, SeenSandbox};
use cri::{CriError, v1};
use pod::{PodRecord, Record, matches_state, remove_older};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tasks::watch;
use translate::labels;
use types::{ContainerId, PodName, PodUid, SandboxId};

/// All pods' records.
#[derive(Default)]
pub(super) struct Records {
    pods: BTreeMap<PodUid, PodRecord>,
    /// Stamp of the last complete list that was taken in.
    listed: Option<Stamp>,
    /// Pods that the runtime has something of, and whether that changed since it was last taken.
    present: BTreeMap<PodUid, PodName>,
    is_presence_new: bool,
    /// Questions that failed. Until they are answered nobody acts on what is known of their pods: what was listed and
    /// could not be looked at would be taken for absent, and made once more.
    unanswered: BTreeMap<Question, CriError>,
}

impl Records {
    /// The channel of one pod; made when it is not known yet. `None` in it: not looked at yet.
    pub(super) fn subscribe(
        &mut self,
        uid: &PodUid,
        name: &PodName,
    ) -> watch::Receiver<Option<Arc<SeenPod>>> {
        let is_known = self.listed.is_some() && self.failure(uid).is_none();
        let record = self.pods.entry(uid.clone()).or_insert_with(|| PodRecord::new(name.clone()));
        if is_known && record.asked == 0 && record.published.borrow().is_none() {
            record.publish(uid);
        }
        record.published.subscribe()
    }

    /// Pods that the runtime has something of, if that changed since the last call.
    pub(super) fn take_presence(&mut self) -> Option<BTreeMap<PodUid, PodName>> {
        (self.listed.is_some() && std::mem::take(&mut self.is_presence_new)).then(|| self.present.clone())
    }

    fn note_presence(&mut self, uid: &PodUid) {
        let is_unanswered = self.failure(uid).is_some();
        let record =
            self.pods.get(uid).filter(|record| !record.is_empty() || record.asked > 0 || is_unanswered);
        match record {
            Some(record) if !self.present.contains_key(uid) => {
                self.present.insert(uid.clone(), record.name.clone());
                self.is_presence_new = true;
            }
            None if self.present.remove(uid).is_some() => self.is_presence_new = true,
            Some(_) | None => {}
        }
    }

    /// Takes in a complete list asked for at `stamp`; returns what has to be asked about.
    pub(super) fn list(
        &mut self,
        stamp: Stamp,
        sandboxes: &[v1::PodSandbox],
        containers: &[v1::Container],
    ) -> Vec<Question> {
        let questions = self.differences(stamp, sandboxes, containers, None);
        if self.listed.replace(stamp).is_none() {
            self.is_presence_new = true;
        }
        for (uid, record) in &mut self.pods {
            let was_looked_at = record.published.borrow().is_some();
            if record.is_dirty || !was_looked_at {
                // What could not be answered before is among the questions again.
                let is_asked = record.asked > 0 || questions.iter().any(|question| question.uid() == uid);
                if !is_asked {
                    record.publish(uid);
                }
            }
        }
        questions
    }

    /// Takes in a list of one pod alone; returns what has to be asked about.
    pub(super) fn list_one(
        &mut self,
        uid: &PodUid,
        stamp: Stamp,
        sandboxes: &[v1::PodSandbox],
        containers: &[v1::Container],
    ) -> Vec<Question> {
        let questions = self.differences(stamp, sandboxes, containers, Some(uid));
        if questions.is_empty() {
            self.settle(uid);
        }
        questions
    }

    fn differences(
        &mut self,
        stamp: Stamp,
        sandboxes: &[v1::PodSandbox],
        containers: &[v1::Container],
        only: Option<&PodUid>,
    ) -> Vec<Question> {
        let mut questions = Vec::new();
        let mut listed_sandboxes = BTreeSet::new();
        let mut listed_containers = BTreeSet::new();
        for sandbox in sandboxes {
            let Some((uid, name)) = pod_of(&sandbox.labels) else { continue };
            listed_sandboxes.insert(sandbox.id.as_str());
            let record = self.pods.entry(uid.clone()).or_insert_with(|| PodRecord::new(name));
            let is_ready = sandbox.state() == v1::PodSandboxState::SandboxReady;
            let known = record.sandboxes.get(sandbox.id.as_str());
            if known.is_none_or(|known| known.stamp < stamp && known.value.is_ready != is_ready) {
                questions.push(Question::Sandbox { uid, id: SandboxId::from(sandbox.id.as_str()) });
            }
        }
        for container in containers {
            let Some((uid, name)) = pod_of(&container.labels) else { continue };
            listed_containers.insert(container.id.as_str());
            let record = self.pods.entry(uid.clone()).or_insert_with(|| PodRecord::new(name));
            let known = record.containers.get(container.id.as_str());
            let is_same = |known: &Record<SeenContainer>| {
                known.stamp >= stamp || matches_state(&known.value.state, container.state())
            };
            if !known.is_some_and(is_same) {
                questions.push(Question::Container {
                    uid,
                    sandbox_id: SandboxId::from(container.pod_sandbox_id.as_str()),
                    id: ContainerId::from(container.id.as_str()),
                });
            }
        }
        self.unanswered.retain(|question, _| match question {
            _ if only.is_some_and(|only| only != question.uid()) => true,
            Question::Container { id, .. } => listed_containers.contains(id.as_str()),
            Question::Sandbox { id, .. } => listed_sandboxes.contains(id.as_str()),
        });
        let again = self.unanswered.keys().filter(|question| only.is_none_or(|only| only == question.uid()));
        let again: Vec<Question> = again.filter(|question| !questions.contains(question)).cloned().collect();
        questions.extend(again);
        let pods = self.pods.iter_mut().filter(|(uid, _)| only.is_none_or(|only| only == *uid));
        let mut shrunk = Vec::new();
        for (uid, record) in pods {
            if record.forget_unlisted(stamp, &listed_sandboxes, &listed_containers) {
                record.is_dirty = true;
                shrunk.push(uid.clone());
            }
        }
        for uid in &shrunk {
            self.note_presence(uid);
        }
        questions
    }

    /// Notes that a question about a pod is on its way.
    pub(super) fn asking(&mut self, uid: &PodUid) {
        if let Some(record) = self.pods.get_mut(uid) {
            record.asked += 1;
        }
        self.note_presence(uid);
    }

    /// Why the latest question about a pod that failed did so, if it has not been answered since.
    pub(super) fn failure(&self, uid: &PodUid) -> Option<&CriError> {
        self.unanswered.iter().find(|(question, _)| question.uid() == uid).map(|(_, error)| error)
    }

    /// Whether something has to be asked again soon.
    pub(super) fn has_failures(&self) -> bool {
        !self.unanswered.is_empty()
    }

    /// Notes that a question has come back, whatever the answer, and publishes what changed.
    pub(super) fn answered(&mut self, question: &Question, error: Option<CriError>) {
        let uid = question.uid();
        match error {
            Some(error) => {
                self.unanswered.insert(question.clone(), error);
            }
            None => {
                self.unanswered.remove(question);
            }
        }
        if let Some(record) = self.pods.get_mut(uid) {
            record.asked = record.asked.saturating_sub(1);
        }
        self.note_presence(uid);
        self.settle(uid);
    }

    /// Takes in a container's status.
    pub(super) fn container(&mut self, uid: &PodUid, name: &PodName, stamp: Stamp, seen: SeenContainer) {
        self.unanswered
            .retain(|question, _| !matches!(question, Question::Container { id, .. } if *id == seen.id));
        let record = self.pods.entry(uid.clone()).or_insert_with(|| PodRecord::new(name.clone()));
        record.container(seen, stamp, self.listed);
        self.note_presence(uid);
    }

    /// Takes in a sandbox's status.
    pub(super) fn sandbox(&mut self, uid: &PodUid, name: &PodName, stamp: Stamp, seen: SeenSandbox) {
        self.unanswered
            .retain(|question, _| !matches!(question, Question::Sandbox { id, .. } if *id == seen.id));
        let record = self.pods.entry(uid.clone()).or_insert_with(|| PodRecord::new(name.clone()));
        record.sandbox(seen, stamp, self.listed);
        self.note_presence(uid);
    }

    /// Forgets what the runtime says it does not have.
    pub(super) fn gone(&mut self, question: &Question, stamp: Stamp) {
        self.unanswered.remove(question);
        let Some(record) = self.pods.get_mut(question.uid()) else { return };
        let was_there = match question {
            Question::Container { id, .. } => remove_older(&mut record.containers, id, stamp),
            Question::Sandbox { id, .. } => remove_older(&mut record.sandboxes, id, stamp),
        };
        record.is_dirty |= was_there;
        self.note_presence(question.uid());
    }

    /// The question that a container's or sandbox's id stands for, if it is known.
    pub(super) fn question_about(&self, id: &str) -> Option<Question> {
        self.pods.iter().find_map(|(uid, record)| {
            if let Some(known) = record.containers.get(id) {
                return Some(Question::Container {
                    uid: uid.clone(),
                    sandbox_id: known.value.sandbox_id.clone(),
                    id: known.value.id.clone(),
                });
            }
            let known = record.sandboxes.get(id)?;
            Some(Question::Sandbox { uid: uid.clone(), id: known.value.id.clone() })
        })
    }

    /// The pod's name, for records made from an answer.
    pub(super) fn name_of(&self, uid: &PodUid) -> Option<PodName> {
        self.pods.get(uid).map(|record| record.name.clone())
    }

    /// Whether the thing asked about is known to have ended.
    pub(super) fn is_ended(&self, question: &Question) -> bool {
        let Some(record) = self.pods.get(question.uid()) else { return true };
        match question {
            Question::Container { id, .. } => {
                record.containers.get(id).is_none_or(|known| !known.value.is_maybe_running())
            }
            Question::Sandbox { id, .. } => {
                record.sandboxes.get(id).is_none_or(|known| !known.value.is_ready)
            }
        }
    }

    /// Publishes a pod that changed, unless something about it is still being asked.
    pub(super) fn settle(&mut self, uid: &PodUid) {
        if self.listed.is_none() || self.failure(uid).is_some() {
            return;
        }
        let Some(record) = self.pods.get_mut(uid) else { return };
        if record.asked == 0 && (record.is_dirty || record.published.borrow().is_none()) {
            record.publish(uid);
        }
    }

    /// Drops pods that the runtime has nothing of and nobody watches.
    pub(super) fn sweep(&mut self) {
        let unanswered = &self.unanswered;
        self.pods.retain(|uid, record| {
            !record.is_empty()
                || record.asked > 0
                || record.published.receiver_count() > 0
                || unanswered.keys().any(|question| question.uid() == uid)
        });
    }
}

/// The pod that labels name; `None` for what no kubelet made.
fn pod_of(own: &BTreeMap<String, String>) -> Option<(PodUid, PodName)> {
    let text = |key| own.get(key).map(String::as_str).unwrap_or_default();
    let uid = text(labels::POD_UID);
    if uid.is_empty() {
        return None;
    }
    Some((PodUid::from(uid), PodName::new(text(labels::POD_NAMESPACE), text(labels::POD_NAME))))
}

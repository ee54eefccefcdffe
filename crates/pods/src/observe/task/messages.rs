//! What actors tell of their own actions, taken in at once: they act on it next.

use super::super::handle::Message;
use super::super::records::Question;
use super::Observer;
use cri::CriError;
use tokio::sync::oneshot;
use types::PodUid;

impl Observer {
    pub(super) fn message(&mut self, message: Message) {
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
            Message::Stopped { question, done } => {
                self.ask_for_end(&question);
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
}

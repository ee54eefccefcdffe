//! What the loop does about the API: files of volumes that change, and objects that a failed start waits for.

use super::super::follow::{Follow, Retry, is_same_content};
use super::super::plan::Start;
use super::super::prepare::files_of;
use super::super::state::{Goal, PodPhase};
use super::Loop;
use types::WantedPod;

impl Loop {
    /// Before a start: what it is about to do is awaited no more, and what was prepared for another specification has to
    /// be prepared again, which nobody else may do meanwhile.
    pub(super) fn begin_start(&mut self, wanted: &WantedPod, start: &Start) {
        self.follow.awaited.forget(&Retry::Pod);
        let containers = start.containers.iter().filter_map(|step| step.container(wanted.spec()));
        for container in containers {
            self.follow.awaited.forget(&Retry::Container(container.name.clone()));
        }
        self.prepared.send_if_modified(|prepared| {
            let is_other = |prepared: &_| !is_prepared_for(prepared, wanted);
            prepared.take_if(|prepared| is_other(prepared)).is_some()
        });
        if self.prepared.borrow().is_none() {
            self.follow.let_go();
        }
    }

    /// Keeps the files of volumes up to date as long as the pod is to run, and nobody sets them up or takes them down.
    pub(super) fn mind_files(&mut self) {
        let goal = self.actor.goal.borrow().clone();
        let Goal::Run(wanted) = goal else {
            self.follow = Follow::default();
            return;
        };
        if self.phase != PodPhase::Syncing {
            self.follow = Follow::default();
            return;
        }
        if self.follow.keeps(&wanted.pod) {
            return;
        }
        let prepared = self.prepared.borrow().clone();
        let prepared = prepared.filter(|prepared| is_prepared_for(prepared, &wanted));
        let is_adopted =
            self.seen.borrow().as_ref().is_some_and(|seen| seen.maybe_running().next().is_some());
        match prepared {
            Some(prepared) => self.follow.keep(&self.actor.world, &wanted, prepared.files.clone()),
            None if self.under_way.is_none() && is_adopted => {
                let files = files_of(&self.actor.world, &wanted);
                self.follow.keep(&self.actor.world, &wanted, files);
            }
            None => self.follow.let_go(),
        }
    }

    /// Something that a failed start waits for has changed.
    pub(super) fn retry_now(&mut self, retry: Retry) {
        let now = self.actor.world.clock.now();
        self.memory.send_if_modified(|memory| {
            let failure = match &retry {
                Retry::Pod => memory.pod_failure.as_mut(),
                Retry::Container(name) => memory.failures.get_mut(name),
            };
            failure.map(|failure| failure.retry_at = now).is_some()
        });
    }
}

fn is_prepared_for(prepared: &super::Prepared, wanted: &WantedPod) -> bool {
    is_same_content(&prepared.wanted.pod, &wanted.pod)
}

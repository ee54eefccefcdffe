//! Actors: started in turn, started again after a panic, forgotten when nothing of their pod is left.

use super::{Admission, Supervisor};
use crate::actor::{Actor, Ended, Goal};
use crate::metrics::origin;
use crate::supervisor::turns::Place;
use std::time::Duration;
use tokio::task::{Id, JoinError};
use types::{PodName, PodUid};

/// Pause before an actor that panicked is started again.
const PANIC_PAUSE: Duration = Duration::from_secs(1);

impl Supervisor {
    /// Starts the first in the queue of a name; those that only have to be ended never wait.
    pub(super) fn next_turn(&mut self, name: &PodName) {
        for place in self.turns.of(name) {
            let (Place::First(uid) | Place::Later(uid)) = &place;
            let Some(entry) = self.entries.get(uid) else { continue };
            let is_ending = matches!(&*entry.goal.borrow(), Goal::End(_) | Goal::Stop(_));
            let is_next = matches!(place, Place::First(_)) && entry.admission != Admission::Undecided;
            if !entry.is_started && (is_next || is_ending) {
                self.start(uid);
            }
        }
    }

    pub(super) fn start(&mut self, uid: &PodUid) {
        let Some(actor) = self.actor(uid) else { return };
        if let Some(entry) = self.entries.get_mut(uid) {
            entry.is_started = true;
        }
        let handle = self.actors.spawn(actor.run());
        self.uids.insert(handle.id(), uid.clone());
    }

    fn start_after_panic(&mut self, uid: &PodUid) {
        let Some(actor) = self.actor(uid) else { return };
        let handle = self.actors.spawn(async move {
            tokio::time::sleep(PANIC_PAUSE).await;
            actor.run().await
        });
        self.uids.insert(handle.id(), uid.clone());
    }

    fn actor(&self, uid: &PodUid) -> Option<Actor> {
        let entry = self.entries.get(uid)?;
        Some(Actor {
            world: self.world.clone(),
            uid: uid.clone(),
            name: entry.name.clone(),
            goal: entry.goal.subscribe(),
            state: entry.state.clone(),
            after: entry
                .after
                .iter()
                .filter_map(|uid| Some(self.entries.get(uid)?.state.subscribe()))
                .collect(),
            stop: self.stop.clone(),
        })
    }

    pub(super) fn ended(&mut self, ended: Result<(Id, Ended), JoinError>) {
        let (id, ended) = match ended {
            Ok((id, ended)) => (id, Ok(ended)),
            Err(error) => (error.id(), Err(error)),
        };
        let Some(uid) = self.uids.remove(&id) else { return };
        match ended {
            Ok(Ended::Gone) => self.gone(&uid),
            Ok(Ended::KeptByRuntime) => {
                self.kept_by_runtime.insert(uid.clone());
                self.gone(&uid);
            }
            Ok(Ended::Stopped) => {}
            Err(error) => {
                tracing::error!(podUID = %uid, err = %error, "The actor of a pod panicked and is started again");
                self.start_after_panic(&uid);
            }
        }
    }

    /// Nothing is left of a pod: the next of its name, or itself again.
    fn gone(&mut self, uid: &PodUid) {
        let Some(entry) = self.entries.remove(uid) else { return };
        tracing::info!(pod = %entry.name, podUID = %uid, "Pod is gone");
        self.turns.leave(&entry.name, uid);
        self.publish_states();
        if let Some(wanted) = entry.again {
            self.world.metrics.restarted_pods.with_label_values(&[origin(wanted.source)]).inc();
            self.want(wanted);
        }
        self.next_turn(&entry.name);
    }
}

//! What the loop tells of its pod: its state, events about waits, the metric of its start.

use super::super::early_ends::as_told;
use super::super::plan::{Plan, Waits};
use super::super::state::{PodState, Waiting};
use super::Loop;
use crate::observe::SeenPod;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use types::reasons::{container_event, waiting as waiting_reasons};
use types::{EventKind, EventObject, PodName, PodUid, WantedPod};

impl Loop {
    /// Says once per wait that a container is held back.
    pub(super) fn tell_waits(&self, wanted: &WantedPod, waits: &Waits) {
        for (name, _) in waits.iter().filter(|(name, until)| self.waits.get(*name) != Some(*until)) {
            let object = EventObject::of_pod(wanted).any_container(Some(wanted), name);
            let message = format!(
                "Back-off restarting failed container {name} in pod {}",
                upstream_name(&wanted.name, &wanted.uid)
            );
            let events = &self.actor.world.events;
            events.tell(EventKind::Warning, object, container_event::BACK_OFF, message);
        }
    }

    /// Takes in which containers are held back. One that has waited, and is being started now, is told as waiting until its
    /// start has come to something: nobody is to see it as ended for good in between.
    pub(super) fn keep_waits(&mut self, wanted: &WantedPod, next: &Plan, waits: Waits) {
        let before = std::mem::replace(&mut self.waits, waits);
        let Plan::Start(group) = next else { return };
        for container in group.containers.iter().filter_map(|step| step.container(wanted.spec())) {
            if let Some(until) = before.get(&container.name) {
                self.waits.insert(container.name.clone(), *until);
            }
        }
    }

    pub(super) fn note_running(&mut self, wanted: &WantedPod, seen: &SeenPod, now: Timestamp) {
        let is_running = |container: &k8s_openapi::api::core::v1::Container| {
            seen.newest(&container.name).is_some_and(crate::observe::SeenContainer::is_maybe_running)
        };
        if !self.was_running && wanted.spec().containers.iter().all(is_running) {
            self.was_running = true;
            let took = now.duration_since(wanted.seen).as_secs_f64();
            self.actor.world.metrics.pod_start_duration.observe(took);
        }
    }

    pub(super) fn publish(&self) {
        let wanted = self.actor.goal.borrow().wanted().cloned();
        let memory = self.memory.borrow();
        let mut waiting: BTreeMap<String, Waiting> = memory
            .failures
            .iter()
            .map(|(name, failure)| {
                (name.clone(), Waiting { reason: failure.reason, message: failure.message.clone() })
            })
            .collect();
        let told = Arc::clone(&self.actor.state.borrow());
        let now = self.actor.world.clock.now();
        for (name, until) in &self.waits {
            // One that is being started has the next back-off by now: what it has waited is told on.
            if let Some(waited) = told.waiting.get(name).filter(|_| *until <= now) {
                waiting.insert(name.clone(), waited.clone());
                continue;
            }
            let delay = memory.restarts.get(name).map_or(0, |record| record.delay_milliseconds);
            let message = format!(
                "back-off {} restarting failed container={name} pod={}",
                go_seconds(delay / 1000),
                upstream_name(&self.actor.name, &self.actor.uid)
            );
            waiting.insert(name.clone(), Waiting { reason: waiting_reasons::CRASH_LOOP_BACK_OFF, message });
        }
        let pod_waiting = memory
            .pod_failure
            .as_ref()
            .map(|failure| Waiting { reason: failure.reason, message: failure.message.clone() });
        let seen = self.seen.borrow().clone().map(|seen| as_told(seen, &memory));
        if let (Some(wanted), Some(before), Some(now)) = (&wanted, &told.seen, &seen)
            && !Arc::ptr_eq(before, now)
        {
            self.count_ends(wanted, before, now);
        }
        let failure = self.failure.clone();
        let state = PodState {
            wanted,
            phase: self.phase,
            seen,
            waiting,
            pod_waiting,
            failure,
            is_released: self.is_released,
            pulled_for: memory.pulled_for,
            taken_out: memory.taken_out.keys().cloned().collect(),
            replaced: self.under_way.as_ref().map(|action| action.replaced.clone()).unwrap_or_default(),
        };
        // Most wake-ups change nothing that anybody else looks at.
        if !state.is_same_as(&told) {
            self.actor.state.send_replace(Arc::new(state));
        }
    }
}

/// A pod as upstream's messages name it.
fn upstream_name(name: &PodName, uid: &PodUid) -> String {
    format!("{}_{}({uid})", name.name, name.namespace)
}

/// Whole seconds as Go prints a duration.
fn go_seconds(seconds: u64) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds}s"),
        (minutes, seconds) => format!("{minutes}m{seconds}s"),
    }
}

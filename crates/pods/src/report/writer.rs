//! One pod's writer.

use super::memory::{Memory, Reaction};
use super::metrics::ReportMetrics;
use super::patch::status_patch;
use super::plan::{Inputs, Step, plan};
use crate::actor::PodState;
use crate::status::Facts;
use apiserver::{ApiError, Pods};
use k8s_openapi::api::core::v1::{Pod, PodStatus};
use serde_json::Value;
use std::sync::Arc;
use tasks::{Clock, Stop, watch};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep_until};
use types::hash::Fnv1a32;
use types::{PodName, PodUid};

/// Grace of a pod that is over.
const NO_GRACE: i64 = 0;

/// What all writers share.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) pods: Pods,
    pub(super) facts: watch::Receiver<Arc<Facts>>,
    pub(super) clock: Clock,
    pub(super) metrics: ReportMetrics,
    /// Places for calls.
    pub(super) slots: Arc<Semaphore>,
    pub(super) stop: Stop,
}

/// A writer, before its loop.
#[derive(Clone)]
pub(super) struct Writer {
    pub(super) shared: Shared,
    pub(super) uid: PodUid,
    pub(super) name: PodName,
    pub(super) state: watch::Receiver<Arc<PodState>>,
    /// What takes the status: the pod, or its mirror; `None` while the server has neither.
    pub(super) target: watch::Receiver<Option<Arc<Pod>>>,
}

impl Writer {
    /// Writes until the stop; whoever started it drops it when the pod is gone.
    pub(super) async fn run(mut self) {
        let mut memory = Memory::default();
        let stop = self.shared.stop.clone();
        let mut known: Option<Arc<Pod>> = None;
        loop {
            let state = self.state.borrow_and_update().clone();
            let facts = self.shared.facts.borrow_and_update().clone();
            let told = self.target.borrow_and_update().clone();
            self.note_target(&mut memory, &mut known, told.as_ref(), &state);
            let server = newest(told, &mut memory.written);
            let planned = plan(&Inputs {
                state: &state,
                server: server.as_deref(),
                memory: &memory,
                facts: &facts,
                now: self.shared.clock.now(),
                instant: Instant::now(),
            });
            memory.dirty_since = planned.dirty_since;
            if let Some(status) = planned.status {
                memory.built = Some(status);
            }
            let wake_at = match (planned.step, server) {
                (Step::Write(patch), Some(_)) => {
                    tokio::select! {
                        biased;
                        () = stop.requested() => return,
                        () = self.write(&mut memory, patch) => {}
                    }
                    continue;
                }
                (Step::Delete, Some(server)) => {
                    tokio::select! {
                        biased;
                        () = stop.requested() => return,
                        () = self.delete(&mut memory, &server) => {}
                    }
                    continue;
                }
                (Step::Wait(moment), _) => Some(moment),
                (Step::Rest | Step::Write(_) | Step::Delete, _) => None,
            };
            let changed = async {
                tokio::select! {
                    biased;
                    changed = self.state.changed() => changed,
                    changed = self.target.changed() => changed,
                    changed = self.shared.facts.changed() => changed,
                }
            };
            tokio::select! {
                biased;
                () = stop.requested() => return,
                // The pod is gone.
                changed = changed => if changed.is_err() { return },
                () = sleep_until(wake_at.unwrap_or_else(Instant::now)), if wake_at.is_some() => {}
            }
        }
    }

    /// Takes in what the watch has told of the object.
    fn note_target(
        &self,
        memory: &mut Memory,
        known: &mut Option<Arc<Pod>>,
        told: Option<&Arc<Pod>>,
        state: &PodState,
    ) {
        let Some(told) = told else {
            *known = None;
            return;
        };
        if known.as_ref().is_some_and(|known| Arc::ptr_eq(known, told)) {
            return;
        }
        let is_another = known.as_ref().is_none_or(|known| known.metadata.uid != told.metadata.uid);
        if is_another {
            memory.forget_object();
        } else if memory.failure.is_some_and(|failure| failure.reaction == Reaction::WaitForTheWatch) {
            memory.failure = None;
        }
        memory.startup = memory.startup.seen(told, state, self.shared.clock.now(), &self.shared.metrics);
        *known = Some(told.clone());
    }

    async fn write(&self, memory: &mut Memory, patch: Value) {
        let _slot = self.shared.slots.acquire().await.expect("the slots are never closed");
        let answer = self.shared.pods.patch_status(&self.name.namespace, &self.name.name, &patch).await;
        match answer {
            Ok(pod) => {
                if let Some(since) = memory.dirty_since.take() {
                    self.shared.metrics.pod_status_sync_duration.observe(since.elapsed().as_secs_f64());
                }
                tracing::debug!(pod = %self.name, podUID = %self.uid, patch = %patch, "Status for pod updated successfully");
                memory.failure = None;
                memory.startup = memory.startup.written(&pod);
                memory.refused = self.not_kept(memory, &patch, &pod);
                memory.last = Some((patch.to_string().into(), Instant::now()));
                memory.written = Some(pod);
            }
            Err(error) => {
                self.tell_failure(memory, &error, "Failed to update status for pod");
                memory.failed(&error, self.spread());
                if Reaction::to(&error) == Reaction::GiveUp {
                    memory.refused = Some(patch);
                    memory.failure = None;
                }
            }
        }
    }

    /// What the server took and left out of its answer: an older one does not know every field. What was not sent, and
    /// differs all the same, somebody else has changed before the watch could tell: that is sent next.
    fn not_kept(&self, memory: &Memory, sent: &Value, pod: &Pod) -> Option<Value> {
        let unknown = PodStatus::default();
        let uid = pod.metadata.uid.as_deref().unwrap_or_default();
        let lacking = status_patch(uid, pod.status.as_ref().unwrap_or(&unknown), memory.built.as_ref()?)?;
        is_part_of(&lacking, sent).then_some(lacking)
    }

    async fn delete(&self, memory: &mut Memory, server: &Pod) {
        let uid = PodUid::from(server.metadata.uid.as_deref().unwrap_or_default());
        let _slot = self.shared.slots.acquire().await.expect("the slots are never closed");
        let answer = self.shared.pods.delete(&self.name.namespace, &self.name.name, &uid, NO_GRACE).await;
        match answer {
            Ok(()) => {
                tracing::info!(pod = %self.name, podUID = %self.uid, "Pod fully terminated and removed from etcd");
                memory.deleted_at = Some(Instant::now());
            }
            // It is gone: the watch will tell.
            Err(ApiError::NotFound(_)) => memory.deleted_at = Some(Instant::now()),
            // Another one has its name, which the watch will tell, or somebody wrote to it at the same time.
            Err(error @ ApiError::Conflict(_)) => memory.failed(&error, self.spread()),
            Err(error) => {
                self.tell_failure(memory, &error, "Failed to delete status for pod");
                memory.failed(&error, self.spread());
            }
        }
    }

    /// The first failure is told, and what will not be tried again; the rest only who looks for it.
    fn tell_failure(&self, memory: &Memory, error: &ApiError, words: &str) {
        let is_first = memory.failure.is_none();
        let error = types::error::chain(error);
        if is_first {
            tracing::warn!(pod = %self.name, podUID = %self.uid, err = %error, "{words}");
        } else {
            tracing::debug!(pod = %self.name, podUID = %self.uid, err = %error, "{words}");
        }
    }

    /// The pod's own share of a spread, in thousandths.
    fn spread(&self) -> u32 {
        let mut hash = Fnv1a32::default();
        hash.write(self.uid.as_str().as_bytes());
        hash.finish() % 1000
    }
}

/// Whether all of `part` stands in `whole` too.
fn is_part_of(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => {
            part.iter().all(|(key, value)| whole.get(key).is_some_and(|whole| is_part_of(value, whole)))
        }
        (Value::Array(part), Value::Array(whole)) => {
            part.iter().all(|item| whole.iter().any(|whole| is_part_of(item, whole)))
        }
        (part, whole) => part == whole,
    }
}

/// The younger one of what the watch has told and what the server answered to a write, which is forgotten once the watch
/// has caught up.
fn newest(told: Option<Arc<Pod>>, written: &mut Option<Arc<Pod>>) -> Option<Arc<Pod>> {
    let told = told?;
    // Resource versions of one resource are numbers that grow (KEP-5504).
    let version =
        |pod: &Pod| pod.metadata.resource_version.as_deref().and_then(|text| text.parse::<u64>().ok());
    *written = written
        .take()
        .filter(|written| written.metadata.uid == told.metadata.uid && version(written) > version(&told));
    Some(written.clone().unwrap_or(told))
}

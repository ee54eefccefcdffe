//! Who writes for which pod, and to which object.

use super::metrics::ReportMetrics;
use super::writer::{Shared, Writer};
use crate::actor::PodState;
use crate::mirror::identity::{is_mirror, is_mirror_of, name_of, uid_of};
use crate::sources::api::ServerPod;
use crate::status::Facts;
use crate::supervisor::{PodsHandle, States};
use apiserver::Pods;
use k8s_openapi::api::core::v1::Pod;
use std::collections::BTreeMap;
use std::sync::Arc;
use tasks::{Clock, Stop, supervise, watch};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::task::AbortOnDropHandle;
use types::{PodName, PodSource, PodUid, WantedPod};

/// Writes under way at a time. A server that comes back is not met by all pods at once, and one that hangs holds up few.
const SLOTS: usize = 16;

/// The status writer, before its loop.
pub struct Reporter {
    /// The server's pods.
    pub pods: Pods,
    /// The pods' states.
    pub states: PodsHandle,
    /// What the server has, from the API source.
    pub server: mpsc::Receiver<ServerPod>,
    /// What statuses say of the node; its addresses may change.
    pub facts: watch::Receiver<Arc<Facts>>,
    /// Wall time.
    pub clock: Clock,
    /// Metrics.
    pub metrics: ReportMetrics,
}

/// A writer that runs.
struct Running {
    /// By which a pod that came again under its UID is told from the one before.
    state: watch::Receiver<Arc<PodState>>,
    wanted: Arc<WantedPod>,
    target: watch::Sender<Option<Arc<Pod>>>,
    _task: AbortOnDropHandle<()>,
}

/// The loop's own state.
struct Router {
    shared: Shared,
    /// The server's own pods.
    pods: BTreeMap<PodUid, Arc<Pod>>,
    /// Mirror pods.
    mirrors: BTreeMap<PodName, Arc<Pod>>,
    writers: BTreeMap<PodUid, Running>,
}

impl Reporter {
    /// Writes until `stop`. Calls under way are dropped then: the next kubelet finds out what the server lacks.
    pub async fn run(mut self, stop: Stop) {
        let mut states = self.states.states();
        let shared = Shared {
            pods: self.pods,
            facts: self.facts,
            clock: self.clock,
            metrics: self.metrics,
            slots: Arc::new(Semaphore::new(SLOTS)),
            stop: stop.clone(),
        };
        let mut router =
            Router { shared, pods: BTreeMap::new(), mirrors: BTreeMap::new(), writers: BTreeMap::new() };
        states.mark_changed();
        loop {
            tokio::select! {
                biased;
                () = stop.requested() => return,
                told = self.server.recv() => match told {
                    Some(told) => router.told(told),
                    None => return,
                },
                changed = states.changed() => match changed {
                    Ok(()) => {
                        let present = states.borrow_and_update().clone();
                        router.follow(&present);
                    }
                    Err(_) => return,
                },
            }
        }
    }
}

impl Router {
    /// Starts writers for pods that came and ends those of pods that went.
    fn follow(&mut self, states: &States) {
        self.writers
            .retain(|uid, running| states.get(uid).is_some_and(|state| state.same_channel(&running.state)));
        for (uid, state) in states {
            if self.writers.contains_key(uid) {
                continue;
            }
            let wanted = state.borrow().wanted.clone();
            if let Some(wanted) = wanted {
                let running = self.start(uid.clone(), wanted, state.clone());
                self.writers.insert(uid.clone(), running);
            }
        }
    }

    fn start(&self, uid: PodUid, wanted: Arc<WantedPod>, state: watch::Receiver<Arc<PodState>>) -> Running {
        let target = watch::Sender::new(self.target(&wanted));
        let writer = Writer {
            shared: self.shared.clone(),
            uid,
            name: wanted.name.clone(),
            state: state.clone(),
            target: target.subscribe(),
        };
        let task = supervise("status writer", self.shared.stop.clone(), move || writer.clone().run());
        Running { state, wanted, target, _task: AbortOnDropHandle::new(task) }
    }

    /// The object that takes a pod's status.
    fn target(&self, wanted: &WantedPod) -> Option<Arc<Pod>> {
        match wanted.source {
            PodSource::Api => self.pods.get(&wanted.uid).cloned(),
            PodSource::File | PodSource::Http => {
                let mirror = self.mirrors.get(&wanted.name)?;
                is_mirror_of(mirror, &wanted.pod).then(|| mirror.clone())
            }
        }
    }

    fn told(&mut self, told: ServerPod) {
        match told {
            ServerPod::Has(pod) if is_mirror(&pod) => {
                let name = name_of(&pod);
                self.mirrors.insert(name.clone(), pod);
                self.retarget_name(&name);
            }
            ServerPod::Has(pod) => {
                let uid = uid_of(&pod);
                self.pods.insert(uid.clone(), pod);
                self.retarget(&uid);
            }
            ServerPod::Gone(pod) if is_mirror(&pod) => {
                let name = name_of(&pod);
                // Its successor may have been told before.
                let is_same = |known: &Arc<Pod>| known.metadata.uid == pod.metadata.uid;
                if self.mirrors.get(&name).is_some_and(is_same) {
                    self.mirrors.remove(&name);
                    self.retarget_name(&name);
                }
            }
            ServerPod::Gone(pod) => {
                let uid = uid_of(&pod);
                self.pods.remove(&uid);
                self.retarget(&uid);
            }
            ServerPod::Synced => {}
        }
    }

    fn retarget(&self, uid: &PodUid) {
        if let Some(running) = self.writers.get(uid) {
            running.target.send_replace(self.target(&running.wanted));
        }
    }

    fn retarget_name(&self, name: &PodName) {
        let of_name = self
            .writers
            .values()
            .filter(|running| running.wanted.name == *name && running.wanted.source != PodSource::Api);
        for running in of_name {
            running.target.send_replace(self.target(&running.wanted));
        }
    }
}

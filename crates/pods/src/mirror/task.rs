//! The loop that keeps mirrors.

use super::identity::{is_mirror, mirror_of, name_of, uid_of};
use super::plan::{Action, Inputs, StaticPods, plan};
use crate::actor::{PodPhase, PodState};
use crate::sources::api::ServerPod;
use crate::status;
use crate::supervisor::PodsHandle;
use apiserver::{ApiError, Pods};
use futures::StreamExt;
use futures::future::{BoxFuture, select_all};
use futures::stream::FuturesUnordered;
use k8s_openapi::api::core::v1::{Node, Pod};
use prometheus::IntGauge;
use std::collections::BTreeMap;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;
use tasks::{Stop, watch};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use types::{PodName, PodSource};

/// The pause after a call that failed; it doubles.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// After a call that went well the watch shows its effect; should it not, the call is made again.
const EFFECT: Duration = Duration::from_secs(10);

/// Mirror pods have nothing to end.
const NO_GRACE: i64 = 0;

/// The keeper of mirror pods, before its loop.
pub struct Mirrors {
    /// The server's pods.
    pub pods: Pods,
    /// The static pods, among others.
    pub states: PodsHandle,
    /// What the server has, from the API source.
    pub server: mpsc::Receiver<ServerPod>,
    /// The Node object, once it is registered: mirrors belong to it.
    pub node: watch::Receiver<Option<Arc<Node>>>,
    /// `kubelet_mirror_pods`.
    pub count: IntGauge,
}

/// When a name's turn comes again.
#[derive(Clone, Copy)]
struct Held {
    attempts: u32,
    until: Instant,
}

type Call = BoxFuture<'static, (PodName, Result<(), ApiError>)>;

/// The loop's own state.
struct Keeper {
    pods: Pods,
    states: PodsHandle,
    mirrors: BTreeMap<PodName, Arc<Pod>>,
    /// The states of the static pods that the last step looked at.
    followed: Vec<watch::Receiver<Arc<PodState>>>,
    is_told: bool,
    under_way: FuturesUnordered<Call>,
    /// Names that a call is under way for (`None`), or that wait.
    held: BTreeMap<PodName, Option<Held>>,
    /// How often the calls under way failed before.
    attempts: BTreeMap<PodName, u32>,
}

impl Mirrors {
    /// Keeps mirrors until `stop`.
    pub async fn run(mut self, stop: Stop) {
        let mut synced = self.states.synced();
        let mut states = self.states.states();
        let mut keeper = Keeper {
            pods: self.pods,
            states: self.states,
            mirrors: BTreeMap::new(),
            followed: Vec::new(),
            is_told: false,
            under_way: FuturesUnordered::new(),
            held: BTreeMap::new(),
            attempts: BTreeMap::new(),
        };
        loop {
            let is_synced = *synced.borrow_and_update();
            states.borrow_and_update();
            let node = self.node.borrow_and_update().clone();
            let wake_at = keeper.step(node.as_ref(), is_synced);
            self.count.set(i64::try_from(keeper.mirrors.len()).unwrap_or(i64::MAX));
            tokio::select! {
                biased;
                () = stop.requested() => return,
                Some((name, answer)) = keeper.under_way.next() => keeper.answered(name, answer),
                told = next_of_mirrors(&mut self.server) => match told {
                    Some(told) => keeper.told(told),
                    None => return,
                },
                Ok(()) = synced.changed() => {}
                changed = states.changed() => if changed.is_err() { return },
                () = any_changed(&mut keeper.followed) => {}
                Ok(()) = self.node.changed() => {}
                () = sleep_until(wake_at.unwrap_or_else(Instant::now)), if wake_at.is_some() => {}
            }
        }
    }
}

/// What is told next that has to do with mirrors: most of what the server tells has not.
async fn next_of_mirrors(server: &mut mpsc::Receiver<ServerPod>) -> Option<ServerPod> {
    loop {
        match server.recv().await? {
            ServerPod::Has(pod) | ServerPod::Gone(pod) if !is_mirror(&pod) => {}
            told => return Some(told),
        }
    }
}

/// Waits until one of these states changes.
async fn any_changed(states: &mut [watch::Receiver<Arc<PodState>>]) {
    let changes = states.iter_mut().map(|state| {
        Box::pin(async {
            // That a pod is gone is told by those that are left.
            if state.changed().await.is_err() {
                pending::<()>().await;
            }
        })
    });
    let changes: Vec<_> = changes.collect();
    if changes.is_empty() {
        pending::<()>().await;
    }
    select_all(changes).await;
}

impl Keeper {
    /// Begins what is to be done; returns when to look again.
    fn step(&mut self, node: Option<&Arc<Node>>, is_synced: bool) -> Option<Instant> {
        let pods = self.static_pods();
        let actions = plan(&Inputs {
            pods: &pods,
            mirrors: &self.mirrors,
            node: node.map(AsRef::as_ref),
            is_synced: is_synced && self.is_told,
        });
        // What is as it should be is held no longer.
        self.held.retain(|name, held| held.is_none() || actions.contains_key(name));
        let mut wake_at: Option<Instant> = None;
        for (name, action) in actions {
            match self.held.get(&name) {
                Some(None) => continue,
                Some(Some(held)) if held.until > Instant::now() => {
                    wake_at = Some(wake_at.map_or(held.until, |earlier| earlier.min(held.until)));
                    continue;
                }
                Some(Some(_)) | None => {}
            }
            let attempts = self.held.get(&name).copied().flatten().map_or(0, |held| held.attempts);
            self.begin(name, action, node, attempts);
        }
        wake_at
    }

    fn static_pods(&mut self) -> BTreeMap<PodName, StaticPods> {
        let channels = self.states.states().borrow().clone();
        self.followed.clear();
        let mut pods: BTreeMap<PodName, StaticPods> = BTreeMap::new();
        for channel in channels.values() {
            let mut channel = channel.clone();
            let state = channel.borrow_and_update().clone();
            let Some(wanted) = state.wanted.as_ref().filter(|wanted| wanted.source != PodSource::Api) else {
                continue;
            };
            let of_name = pods.entry(wanted.name.clone()).or_default();
            match state.phase {
                PodPhase::Ending => of_name.is_ending = true,
                // Of several pods of one name the one that has its turn is shown.
                PodPhase::Syncing | PodPhase::Completed
                    if of_name.wanted.is_some() && state.seen.is_none() => {}
                PodPhase::Syncing | PodPhase::Completed => {
                    let mirror = self.mirrors.get(&wanted.name);
                    of_name.is_mirror_wrong =
                        mirror.is_some_and(|mirror| status::is_contradicted(mirror, &state));
                    of_name.wanted = Some(wanted.clone());
                }
            }
            self.followed.push(channel);
        }
        pods
    }

    fn begin(&mut self, name: PodName, action: Action, node: Option<&Arc<Node>>, attempts: u32) {
        let pods = self.pods.clone();
        let call: Call = match (action, node) {
            (Action::Create(wanted), Some(node)) => {
                tracing::info!(pod = %name, podUID = %wanted.uid, "Creating a mirror pod for static pod");
                let mirror = mirror_of(&wanted.pod, node);
                let name = name.clone();
                Box::pin(async move { (name, pods.create(&mirror).await.map(drop)) })
            }
            (Action::Create(_), None) => return,
            (Action::Delete(mirror), _) => {
                let uid = uid_of(&mirror);
                tracing::info!(pod = %name, podUID = %uid, "Deleting a mirror pod");
                let name = name.clone();
                Box::pin(async move {
                    let answer = pods.delete(&name.namespace, &name.name, &uid, NO_GRACE).await;
                    (name, answer)
                })
            }
        };
        self.attempts.insert(name.clone(), attempts);
        self.held.insert(name, None);
        self.under_way.push(call);
    }

    fn answered(&mut self, name: PodName, answer: Result<(), ApiError>) {
        let attempts = self.attempts.remove(&name).unwrap_or_default();
        let held = match answer {
            // Another one has the name: the watch will tell.
            Ok(()) | Err(ApiError::Conflict(_)) => Held { attempts: 0, until: Instant::now() + EFFECT },
            // It is gone, as it should be; a mirror that cannot be made has no namespace.
            Err(ApiError::NotFound(_)) if self.mirrors.contains_key(&name) => {
                Held { attempts: 0, until: Instant::now() + EFFECT }
            }
            Err(error) => {
                tracing::warn!(pod = %name, err = %types::error::chain(&error), "Failed to keep the mirror pod of a static pod");
                let pause = FIRST_PAUSE.saturating_mul(1 << attempts.min(6)).min(LONGEST_PAUSE);
                Held { attempts: attempts.saturating_add(1), until: Instant::now() + pause }
            }
        };
        self.held.insert(name, Some(held));
    }

    fn told(&mut self, told: ServerPod) {
        match told {
            ServerPod::Has(pod) if is_mirror(&pod) => {
                let name = name_of(&pod);
                self.free(&name);
                self.mirrors.insert(name, pod);
            }
            ServerPod::Gone(pod) if is_mirror(&pod) => {
                let name = name_of(&pod);
                // Its successor may have been told before.
                if self.mirrors.get(&name).is_some_and(|known| known.metadata.uid == pod.metadata.uid) {
                    self.free(&name);
                    self.mirrors.remove(&name);
                }
            }
            // Pods of others are left out before.
            ServerPod::Has(_) | ServerPod::Gone(_) => {}
            ServerPod::Synced => self.is_told = true,
        }
    }

    /// What was waited for has come: the next call need not wait, unless the last one failed.
    fn free(&mut self, name: &PodName) {
        if self.held.get(name).copied().flatten().is_some_and(|held| held.attempts == 0) {
            self.held.remove(name);
        }
    }
}

//! The supervisor's loop.

mod actors;
mod admit;

use super::desired::{Change, Desired};
use super::handle::{PodsHandle, States};
use super::orphans::on_this_machine;
use super::turns::Turns;
use crate::actor::{Ended, Goal, PodState};
use crate::admission::{FreshNode, NodeView};
use crate::qos::Levels;
use crate::sources::SourceEvent;
use crate::world::World;
use admit::SecondLook;
use host::cgroups::QosClass;
use host::cgroups::resources::{PodAmounts, Protection, Requested};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tasks::{Stop, watch};
use tokio::sync::mpsc;
use tokio::task::{Id, JoinSet};
use tokio_util::task::AbortOnDropHandle;
use types::{PodName, PodSource, PodUid, WantedPod};

/// Pause between two looks for orphans on disk and in control groups.
const ORPHAN_PERIOD: Duration = Duration::from_secs(60);

/// What the supervisor is configured with.
#[derive(Clone)]
pub struct SupervisorSettings {
    /// The sources that must have told all they know before anything is ended.
    pub sources: BTreeSet<PodSource>,
    /// Huge page sizes of the machine, in bytes.
    pub huge_page_sizes: Vec<u64>,
    /// What pods are admitted to, as it is now: labels and what is allocatable may change while the kubelet runs.
    pub node: watch::Receiver<Arc<NodeView>>,
    /// How to ask for it anew; `None` for a kubelet without an API server.
    pub fresh_node: Option<Arc<dyn FreshNode>>,
}

/// A pod's actor, or its place in the queue of its name.
struct Entry {
    name: PodName,
    goal: watch::Sender<Goal>,
    state: watch::Sender<Arc<PodState>>,
    is_started: bool,
    admission: Admission,
    /// Pods that have to be over before this one starts.
    after: Vec<PodUid>,
    /// Wanted again while it ends.
    again: Option<Arc<WantedPod>>,
}

/// Whether a pod may start on this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Admission {
    /// Not decided before the runtime was looked at: what runs already counts first.
    Undecided,
    /// It may, or nobody wants it to.
    Admitted,
    /// It may not.
    Rejected,
}

/// The supervisor, before its loop.
pub struct Supervisor {
    world: Arc<World>,
    desired: Desired,
    events: mpsc::Receiver<SourceEvent>,
    entries: BTreeMap<PodUid, Entry>,
    /// In order of arrival.
    undecided: Vec<PodUid>,
    /// Pods of which the runtime keeps records that it refuses to remove, until it is asked to again.
    kept_by_runtime: BTreeSet<PodUid>,
    turns: Turns,
    actors: JoinSet<Ended>,
    uids: BTreeMap<Id, PodUid>,
    /// The look for what is left on this machine, if one is under way: a disk that hangs holds up no pod.
    looks: JoinSet<BTreeMap<PodUid, PodName>>,
    /// Second looks at the node: at most one for each pod.
    second_looks: JoinSet<SecondLook>,
    states: watch::Sender<Arc<States>>,
    synced: watch::Sender<bool>,
    requested: watch::Sender<Requested>,
    settings: SupervisorSettings,
    stop: Stop,
}

impl Supervisor {
    /// A supervisor of no pods, and the handle to look at them.
    pub fn new(
        world: Arc<World>,
        events: mpsc::Receiver<SourceEvent>,
        settings: SupervisorSettings,
        stop: Stop,
    ) -> (Self, PodsHandle) {
        let (states, receiver) = watch::channel(Arc::default());
        let (synced, is_synced) = watch::channel(settings.sources.is_empty());
        let supervisor = Self {
            world,
            desired: Desired::new(settings.sources.clone()),
            events,
            entries: BTreeMap::new(),
            undecided: Vec::new(),
            kept_by_runtime: BTreeSet::new(),
            turns: Turns::default(),
            actors: JoinSet::new(),
            uids: BTreeMap::new(),
            looks: JoinSet::new(),
            second_looks: JoinSet::new(),
            states,
            synced,
            requested: watch::Sender::new(Requested::default()),
            settings,
            stop,
        };
        (supervisor, PodsHandle { states: receiver, synced: is_synced })
    }

    /// Supervises until the stop, then until every actor has reached a safe point.
    pub async fn run(mut self) {
        let mut present = self.world.observer.present();
        let mut look_for_orphans = tokio::time::interval(ORPHAN_PERIOD);
        look_for_orphans.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let sizes = self.settings.huge_page_sizes.clone();
        let levels = Levels {
            cgroups: self.world.cgroups.clone(),
            requested: self.requested.subscribe(),
            memory: self.world.settings.enforcement.memory,
            huge_page_sizes: sizes,
        };
        let _levels = AbortOnDropHandle::new(tokio::spawn(levels.run(self.stop.clone())));
        let stop = self.stop.clone();
        let mut was_seen = false;
        loop {
            tokio::select! {
                biased;
                () = stop.requested() => break,
                Some(ended) = self.actors.join_next_with_id() => self.ended(ended),
                Some(event) = self.events.recv() => self.event(event),
                Ok(()) = present.changed() => {
                    self.decide_undecided();
                    self.end_orphans_in_runtime();
                    if !std::mem::replace(&mut was_seen, true) {
                        // Only now what is left on disk can be told from what runs.
                        look_for_orphans.reset_immediately();
                    }
                }
                Some(Ok(look)) = self.second_looks.join_next() => self.decide_finally(look),
                Some(Ok(found)) = self.looks.join_next() => self.end_orphans(&found),
                _ = look_for_orphans.tick() => {
                    if !std::mem::take(&mut self.kept_by_runtime).is_empty() {
                        self.end_orphans_in_runtime();
                    }
                    self.look_for_orphans();
                }
            }
        }
        while self.actors.join_next().await.is_some() {}
    }

    fn event(&mut self, event: SourceEvent) {
        match self.desired.apply(event) {
            Change::Wanted(wanted) => self.want(wanted),
            Change::Unwanted(uid) => {
                // Before all sources are known the pod may still be named by another one.
                if self.desired.is_synced() {
                    self.end(&uid);
                }
            }
            Change::AllSynced => {
                let unwanted: Vec<PodUid> =
                    self.entries.keys().filter(|uid| self.desired.get(uid).is_none()).cloned().collect();
                for uid in unwanted {
                    self.end(&uid);
                }
                self.synced.send_replace(true);
                self.end_orphans_in_runtime();
                self.look_for_orphans();
            }
            Change::None => {}
        }
        self.sum_requests();
    }

    fn want(&mut self, wanted: Arc<WantedPod>) {
        let uid = wanted.uid.clone();
        if let Some(entry) = self.entries.get_mut(&uid) {
            let goal = entry.goal.borrow().clone();
            match goal {
                Goal::End(_) if entry.is_started => entry.again = Some(wanted),
                Goal::End(_) | Goal::Run(_) => {
                    entry.goal.send_replace(Goal::of(wanted));
                    let name = entry.name.clone();
                    self.next_turn(&name);
                }
                Goal::Stop(_) => {
                    entry.goal.send_replace(Goal::Stop(wanted));
                }
                // What changes without a new UID changes nothing about that.
                Goal::Fail(_, failure) => {
                    entry.goal.send_replace(Goal::Fail(wanted, failure));
                }
            }
            return;
        }
        tracing::info!(pod = %wanted.name, podUID = %uid, source = wanted.source.as_str(), "SyncLoop ADD");
        self.add(uid, wanted.name.clone(), Goal::of(wanted));
    }

    fn end(&mut self, uid: &PodUid) {
        let Some(entry) = self.entries.get_mut(uid) else { return };
        entry.again = None;
        let wanted = match &*entry.goal.borrow() {
            Goal::Run(wanted) | Goal::Fail(wanted, _) | Goal::Stop(wanted) => wanted.clone(),
            Goal::End(_) => return,
        };
        tracing::info!(pod = %entry.name, podUID = %uid, "SyncLoop REMOVE");
        entry.goal.send_replace(Goal::End(Some(wanted)));
        let name = entry.name.clone();
        self.next_turn(&name);
    }

    /// Gives a pod its place in the queue of its name, and its actor if it is first.
    fn add(&mut self, uid: PodUid, name: PodName, goal: Goal) {
        let wanted = goal.wanted().cloned();
        let source = wanted.as_ref().map(|wanted| wanted.source);
        let admission = match goal {
            Goal::Run(_) => Admission::Undecided,
            Goal::Stop(_) | Goal::Fail(..) | Goal::End(_) => Admission::Admitted,
        };
        let entry = Entry {
            name: name.clone(),
            goal: watch::Sender::new(goal),
            state: watch::Sender::new(Arc::new(PodState::new(wanted))),
            is_started: false,
            admission,
            after: Vec::new(),
            again: None,
        };
        self.entries.insert(uid.clone(), entry);
        if admission == Admission::Undecided {
            self.undecided.push(uid.clone());
            self.decide_undecided();
        }
        // A nameless orphan cannot be in anybody's way.
        if name.name.is_empty() {
            self.start(&uid);
        } else {
            self.turns.join(&name, &uid, source);
            self.next_turn(&name);
        }
        self.publish_states();
    }

    fn end_orphans_in_runtime(&mut self) {
        let present = self.world.observer.present().borrow().clone();
        self.end_orphans(present.as_deref().unwrap_or(&BTreeMap::new()));
    }

    /// Looks, in a task of its own, for what earlier pods left on this machine.
    fn look_for_orphans(&mut self) {
        // Without a look at the runtime nobody knows which of them run.
        let is_seen = self.world.observer.present().borrow().is_some();
        if self.desired.is_synced() && is_seen && self.looks.is_empty() {
            let world = self.world.clone();
            self.looks.spawn(async move { on_this_machine(&world).await });
        }
    }

    fn end_orphans(&mut self, found: &BTreeMap<PodUid, PodName>) {
        if !self.desired.is_synced() {
            return;
        }
        for (uid, name) in found {
            if !self.entries.contains_key(uid) && !self.kept_by_runtime.contains(uid) {
                tracing::info!(pod = %name, podUID = %uid, "Ending a pod that nobody wants");
                self.world.metrics.orphaned_runtime_pods.inc();
                self.add(uid.clone(), name.clone(), Goal::End(None));
            }
        }
    }

    fn sum_requests(&self) {
        let keeps_memory = self.world.settings.enforcement.memory.protection == Protection::Requests;
        let mut sum = Requested::default();
        for wanted in self.active() {
            let qos = QosClass::of_pod(&wanted.pod);
            if qos == QosClass::Burstable || keeps_memory && qos == QosClass::Guaranteed {
                sum.add(qos, &PodAmounts::of_spec(wanted.spec()));
            }
        }
        self.requested.send_if_modified(|known| std::mem::replace(known, sum) != sum);
    }

    fn publish_states(&self) {
        let states = self.entries.iter().map(|(uid, entry)| (uid.clone(), entry.state.subscribe()));
        self.states.send_replace(Arc::new(states.collect()));
    }
}

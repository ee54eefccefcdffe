//! The supervisor's loop.

use super::desired::{Change, Desired};
use super::orphans::on_this_machine;
use super::turns::{Place, Turns};
use crate::actor::{Actor, Goal, PodFailure, PodPhase, PodState};
use crate::admission::{self, NodeView};
use crate::metrics::origin;
use crate::qos;
use crate::sources::SourceEvent;
use crate::world::World;
use host::cgroups::QosClass;
use host::cgroups::resources::PodAmounts;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tasks::Stop;
use tokio::sync::{mpsc, watch};
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::task::AbortOnDropHandle;
use types::reasons::{container_event, pod_status};
use types::{EventKind, EventObject, PodName, PodSource, PodUid, WantedPod};

/// Pause between two looks for orphans on disk and in control groups.
const ORPHAN_PERIOD: Duration = Duration::from_secs(60);

/// Pause before an actor that panicked is started again.
const PANIC_PAUSE: Duration = Duration::from_secs(1);

/// What the supervisor is configured with.
#[derive(Clone, Debug)]
pub struct SupervisorSettings {
    /// The sources that must have told all they know before anything is ended.
    pub sources: BTreeSet<PodSource>,
    /// Huge page sizes of the machine, in bytes.
    pub huge_page_sizes: Vec<u64>,
    /// What pods are admitted to, as it is now: labels and what is allocatable may change while the kubelet runs.
    pub node: watch::Receiver<Arc<NodeView>>,
}

/// The state of each pod, by UID. A pod that comes again under its UID has another channel.
pub type States = BTreeMap<PodUid, watch::Receiver<Arc<PodState>>>;

/// What the rest of the kubelet holds of the pods.
#[derive(Clone)]
pub struct PodsHandle {
    states: watch::Receiver<Arc<States>>,
    synced: watch::Receiver<bool>,
}

impl PodsHandle {
    /// The state of every pod that has an actor or waits for its turn.
    pub fn list(&self) -> Vec<Arc<PodState>> {
        self.states.borrow().values().map(|state| state.borrow().clone()).collect()
    }

    /// The channels of all these states; it changes when pods come or go.
    pub fn states(&self) -> watch::Receiver<Arc<States>> {
        self.states.clone()
    }

    /// Whether every source has told all it knows.
    pub fn synced(&self) -> watch::Receiver<bool> {
        self.synced.clone()
    }
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
    turns: Turns,
    actors: JoinSet<bool>,
    uids: BTreeMap<Id, PodUid>,
    /// The look for what is left on this machine, if one is under way: a disk that hangs holds up no pod.
    looks: JoinSet<BTreeMap<PodUid, PodName>>,
    states: watch::Sender<Arc<States>>,
    synced: watch::Sender<bool>,
    burstable: watch::Sender<u64>,
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
            turns: Turns::default(),
            actors: JoinSet::new(),
            uids: BTreeMap::new(),
            looks: JoinSet::new(),
            states,
            synced,
            burstable: watch::Sender::new(0),
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
        let shares =
            qos::run(self.world.cgroups.clone(), self.burstable.subscribe(), sizes, self.stop.clone());
        let _shares = AbortOnDropHandle::new(tokio::spawn(shares));
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
                Some(Ok(found)) = self.looks.join_next() => self.end_orphans(&found),
                _ = look_for_orphans.tick() => self.look_for_orphans(),
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

    /// Decides who may start, in order of arrival; what runs already may, and counts before all others.
    fn decide_undecided(&mut self) {
        let present = self.world.observer.present().borrow().clone();
        let Some(present) = present else { return };
        let undecided = std::mem::take(&mut self.undecided);
        for uid in undecided.iter().filter(|uid| present.contains_key(*uid)) {
            if let Some(entry) = self.entries.get_mut(uid) {
                entry.admission = Admission::Admitted;
            }
        }
        for uid in &undecided {
            self.decide(uid);
        }
        let names: BTreeSet<PodName> = undecided
            .iter()
            .filter_map(|uid| self.entries.get(uid))
            .map(|entry| entry.name.clone())
            .collect();
        for name in names {
            self.next_turn(&name);
        }
        if !undecided.is_empty() {
            self.sum_requests();
        }
    }

    fn decide(&mut self, uid: &PodUid) {
        let Some(entry) = self.entries.get(uid).filter(|entry| entry.admission == Admission::Undecided)
        else {
            return;
        };
        let goal = entry.goal.borrow().clone();
        let Goal::Run(wanted) = goal else { return };
        let others: Vec<Arc<WantedPod>> =
            self.active().filter(|other| other.uid != *uid && other.name != wanted.name).collect();
        let others: Vec<&WantedPod> = others.iter().map(AsRef::as_ref).collect();
        let node = self.settings.node.borrow().clone();
        let verdict = admission::admit(&node, &wanted, &others);
        let admission = match verdict {
            Ok(preemption) => {
                for victim in &preemption.victims {
                    self.preempt(victim, &preemption.resource);
                }
                if let Some(entry) = self.entries.get_mut(uid) {
                    entry.after = preemption.victims;
                }
                Admission::Admitted
            }
            Err(rejection) => {
                self.reject(&wanted, &rejection);
                Admission::Rejected
            }
        };
        if let Some(entry) = self.entries.get_mut(uid) {
            entry.admission = admission;
        }
    }

    /// The pods that were admitted and may run. One that its source has forgotten does not count, as upstream has it; one
    /// that the API server still has, marked as deleted, counts until it is seen to be over (`filterOutInactivePods`).
    fn active(&self) -> impl Iterator<Item = Arc<WantedPod>> {
        self.entries.values().filter(|entry| entry.admission == Admission::Admitted).filter_map(|entry| {
            let state = entry.state.borrow();
            match &*entry.goal.borrow() {
                Goal::Run(wanted) if state.phase != PodPhase::Completed => Some(wanted.clone()),
                Goal::Stop(wanted) if !types::pod::is_terminal(&wanted.pod) && !state.is_over() => {
                    Some(wanted.clone())
                }
                Goal::Run(_) | Goal::Stop(_) | Goal::Fail(..) | Goal::End(_) => None,
            }
        })
    }

    fn reject(&self, wanted: &Arc<WantedPod>, rejection: &admission::Rejection) {
        let (uid, name) = (&wanted.uid, &wanted.name);
        tracing::info!(
            podUID = %uid, pod = %name, reason = %rejection.reason, message = %rejection.message,
            "Pod admission denied"
        );
        let object = EventObject::of_pod(wanted);
        self.world.events.tell(EventKind::Warning, object, &rejection.reason, rejection.message.clone());
        self.world.metrics.admission_rejections.with_label_values(&[rejection.metric_reason()]).inc();
        let failure = PodFailure { reason: rejection.reason.clone(), message: rejection.status_message() };
        self.fail(uid, failure);
    }

    /// Ends a pod so that a critical one finds its place (`preemption.go`).
    fn preempt(&self, uid: &PodUid, resource: &str) {
        let message = "Preempted in order to admit critical pod";
        let Some(entry) = self.entries.get(uid) else { return };
        tracing::info!(pod = %entry.name, podUID = %uid, resource, "Preempting pod to free up resources");
        let object = EventObject::pod(&entry.name.namespace, &entry.name.name, uid.as_str());
        self.world.events.tell(EventKind::Warning, object, container_event::PREEMPTING, message);
        self.world.metrics.preemptions.with_label_values(&[resource]).inc();
        self.fail(uid, PodFailure { reason: pod_status::PREEMPTING.to_owned(), message: message.to_owned() });
    }

    fn fail(&self, uid: &PodUid, failure: PodFailure) {
        let Some(entry) = self.entries.get(uid) else { return };
        entry.goal.send_if_modified(|goal| match goal {
            Goal::Run(wanted) => {
                *goal = Goal::Fail(wanted.clone(), failure);
                true
            }
            Goal::Fail(..) | Goal::Stop(_) | Goal::End(_) => false,
        });
    }

    /// Starts the first in the queue of a name; those that only have to be ended never wait.
    fn next_turn(&mut self, name: &PodName) {
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

    fn start(&mut self, uid: &PodUid) {
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

    fn ended(&mut self, ended: Result<(Id, bool), JoinError>) {
        let (id, is_gone) = match ended {
            Ok((id, is_gone)) => (id, Ok(is_gone)),
            Err(error) => (error.id(), Err(error)),
        };
        let Some(uid) = self.uids.remove(&id) else { return };
        match is_gone {
            Ok(true) => self.gone(&uid),
            // It only ends so when the process does.
            Ok(false) => {}
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
            if !self.entries.contains_key(uid) {
                tracing::info!(pod = %name, podUID = %uid, "Ending a pod that nobody wants");
                self.world.metrics.orphaned_runtime_pods.inc();
                self.add(uid.clone(), name.clone(), Goal::End(None));
            }
        }
    }

    fn sum_requests(&self) {
        let burstable = self.active().filter(|wanted| QosClass::of_pod(&wanted.pod) == QosClass::Burstable);
        let sum = burstable.map(|wanted| PodAmounts::of_spec(wanted.spec()).cpu_request_milli).sum();
        self.burstable.send_if_modified(|known| std::mem::replace(known, sum) != sum);
    }

    fn publish_states(&self) {
        let states = self.entries.iter().map(|(uid, entry)| (uid.clone(), entry.state.subscribe()));
        self.states.send_replace(Arc::new(states.collect()));
    }
}

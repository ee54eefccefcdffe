//! Who may start.

use super::{Admission, Supervisor};
use crate::actor::{FailureKind, Goal, PodFailure, PodPhase};
use crate::admission::{self, NodeView, Preemption, Rejection};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use types::qos::QosClass;
use types::reasons::{container_event, pod_status};
use types::{EventKind, EventObject, PodName, PodSource, PodUid, WantedPod};

/// How long a pod waits for a second look at the node.
const SECOND_LOOK: Duration = Duration::from_secs(5);

/// A pod that waits for a second look at the node, and the node as it was found.
pub(super) type SecondLook = (PodUid, Option<Arc<NodeView>>);

impl Supervisor {
    /// Decides who may start, in order of arrival; what runs already may, and counts before all others.
    pub(super) fn decide_undecided(&mut self) {
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

    /// Judges a pod by the node as it was told. Only its labels may be younger than the pod: those are asked for once more
    /// before it is rejected for them (`predicate.go` `generalFilter`).
    fn decide(&mut self, uid: &PodUid) {
        let Some(wanted) = self.undecided_pod(uid) else { return };
        let node = self.settings.node.borrow().clone();
        let verdict = self.verdict(&node, &wanted);
        let is_of_labels =
            |rejection: &Rejection| rejection.is_of_labels() && wanted.source == PodSource::Api;
        match &self.settings.fresh_node {
            Some(fresh) if verdict.as_ref().is_err_and(is_of_labels) => {
                let (look, uid) = (fresh.look(), uid.clone());
                self.second_looks.spawn(async move {
                    let node = timeout(SECOND_LOOK, look).await;
                    (uid, node.ok().flatten())
                });
            }
            Some(_) | None => self.conclude(&wanted, verdict),
        }
    }

    /// Judges a pod by the node as it was found at the second look, if it was.
    pub(super) fn decide_finally(&mut self, (uid, node): SecondLook) {
        let Some(wanted) = self.undecided_pod(&uid) else { return };
        let node = node.unwrap_or_else(|| self.settings.node.borrow().clone());
        let verdict = self.verdict(&node, &wanted);
        self.conclude(&wanted, verdict);
        self.next_turn(&wanted.name);
        self.sum_requests();
    }

    fn undecided_pod(&self, uid: &PodUid) -> Option<Arc<WantedPod>> {
        let entry = self.entries.get(uid).filter(|entry| entry.admission == Admission::Undecided)?;
        match &*entry.goal.borrow() {
            Goal::Run(wanted) => Some(wanted.clone()),
            Goal::Fail(..) | Goal::Stop(_) | Goal::End(_) => None,
        }
    }

    fn verdict(&self, node: &NodeView, wanted: &WantedPod) -> Result<Preemption, Rejection> {
        let others: Vec<Arc<WantedPod>> =
            self.active().filter(|other| other.uid != wanted.uid && other.name != wanted.name).collect();
        let others: Vec<&WantedPod> = others.iter().map(AsRef::as_ref).collect();
        admission::admit(node, wanted, &others)
    }

    fn conclude(&mut self, wanted: &Arc<WantedPod>, verdict: Result<Preemption, Rejection>) {
        let (admission, after) = match verdict {
            Ok(preemption) => {
                for victim in &preemption.victims {
                    self.preempt(victim, &preemption.resource);
                }
                self.count_admitted(wanted);
                (Admission::Admitted, preemption.victims)
            }
            Err(rejection) => {
                self.reject(wanted, &rejection);
                (Admission::Rejected, Vec::new())
            }
        };
        if let Some(entry) = self.entries.get_mut(&wanted.uid) {
            entry.admission = admission;
            entry.after = after;
        }
    }

    /// Counts how admitted pods ask for resources (`recordPodLevelResourcesAdmission`).
    fn count_admitted(&self, wanted: &WantedPod) {
        let spec = wanted.spec();
        let mut containers = spec.containers.iter().chain(spec.init_containers.iter().flatten());
        let of_containers = containers.any(|container| {
            container.resources.as_ref().is_some_and(|own| {
                [&own.requests, &own.limits].into_iter().flatten().any(|amounts| !amounts.is_empty())
            })
        });
        let mode = match (types::resources::pod_level_resources_set(spec), of_containers) {
            (true, true) => "pod_and_container_level",
            (true, false) => "pod_level",
            (false, true) => "container_level",
            (false, false) => "",
        };
        let qos = QosClass::of_pod(&wanted.pod).as_str().to_lowercase();
        self.world.metrics.pod_level_resources_admissions.with_label_values(&[mode, qos.as_str()]).inc();
    }

    /// The pods that were admitted and may run. One that its source has forgotten does not count, as upstream has it; one
    /// that the API server still has, marked as deleted, counts until it is seen to be over (`filterOutInactivePods`).
    pub(super) fn active(&self) -> impl Iterator<Item = Arc<WantedPod>> {
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

    fn reject(&self, wanted: &Arc<WantedPod>, rejection: &Rejection) {
        let (uid, name) = (&wanted.uid, &wanted.name);
        tracing::info!(
            podUID = %uid, pod = %name, reason = %rejection.reason, message = %rejection.message,
            "Pod admission denied"
        );
        let object = EventObject::of_pod(wanted);
        self.world.events.tell(EventKind::Warning, object, &rejection.reason, rejection.message.clone());
        self.world.metrics.admission_rejections.with_label_values(&[rejection.metric_reason()]).inc();
        let failure = PodFailure {
            kind: FailureKind::Rejected,
            reason: rejection.reason.clone(),
            message: rejection.status_message(),
        };
        self.fail(uid, failure);
    }

    /// Ends a pod so that a critical one finds its place (`preemption.go`).
    fn preempt(&self, uid: &PodUid, resource: &str) {
        let message = "Preempted in order to admit critical pod";
        let Some(entry) = self.entries.get(uid) else { return };
        tracing::info!(pod = %entry.name, podUID = %uid, resource, "Preempting pod to free up resources");
        let wanted = entry.goal.borrow().wanted().cloned();
        let object = EventObject::of_known_pod(wanted.as_deref(), &entry.name, uid);
        self.world.events.tell(EventKind::Warning, object, container_event::PREEMPTING, message);
        self.world.metrics.preemptions.with_label_values(&[resource]).inc();
        let failure = PodFailure {
            kind: FailureKind::Ended,
            reason: pod_status::PREEMPTING.to_owned(),
            message: message.to_owned(),
        };
        self.fail(uid, failure);
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
}

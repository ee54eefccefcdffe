//! Pods that the API server has bound to this node.
//!
//! What changes for the pod itself goes to the supervisor, as from any source. A change of status alone, most often the
//! kubelet's own, touches no actor; it goes to those who write to the server, as everything does. Mirror pods are no pods
//! that anybody runs. Upstream: `pkg/kubelet/config/apiserver.go`, `config.go` `checkAndUpdatePod`.

use super::SourceEvent;
use super::decode::{CONFIG_SEEN, CONFIG_SOURCE};
use crate::mirror::identity::{is_mirror, name_of, uid_of};
use apiserver::{PodChange, Pods};
use futures::StreamExt;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Pod, PodSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use tasks::{Clock, Stop};
use tokio::sync::mpsc;
use types::{PodSource, PodUid, WantedPod};

/// How many changes may wait for those who write to the server. They only note them down; a watch that is faster waits.
pub const SERVER_QUEUE: usize = 256;

/// What the server has, for those who write to it; without specifications, which are in the wanted pods.
#[derive(Clone, Debug)]
pub enum ServerPod {
    /// It has this pod, which may be a mirror pod.
    Has(Arc<Pod>),
    /// It has this pod no more.
    Gone(Arc<Pod>),
    /// All that it has was told once.
    Synced,
}

/// The source, before its loop.
#[derive(Clone)]
pub struct ApiSource {
    /// The server's pods.
    pub pods: Pods,
    /// The node's name.
    pub node_name: Arc<str>,
    /// Wall time.
    pub clock: Clock,
    /// Whoever wants to know what the server has.
    pub listeners: Vec<mpsc::Sender<ServerPod>>,
}

impl ApiSource {
    /// Reports until `stop`, or until nobody listens any more.
    pub async fn run(self, events: mpsc::Sender<SourceEvent>, stop: Stop) {
        let mut changes = pin!(self.pods.watch(&self.node_name));
        let mut known = Known::default();
        loop {
            let change = tokio::select! {
                biased;
                () = stop.requested() => return,
                change = changes.next() => match change {
                    Some(change) => change,
                    None => return,
                },
            };
            let (told, next) = match change {
                PodChange::Applied { pod, spec } => {
                    let next = known.applied(&pod, *spec, self.clock.now());
                    (ServerPod::Has(pod), next)
                }
                PodChange::Deleted { uid, last } => {
                    let next = known.deleted(&uid, &last, self.clock.now());
                    (ServerPod::Gone(last), next)
                }
                PodChange::Synced => (ServerPod::Synced, vec![SourceEvent::Synced(PodSource::Api)]),
            };
            for listener in &self.listeners {
                // One that has ended needs nothing any more.
                listener.send(told.clone()).await.ok();
            }
            for event in next {
                if events.send(event).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// The pods that were told to the supervisor.
#[derive(Default)]
struct Known {
    pods: BTreeMap<PodUid, Arc<WantedPod>>,
}

impl Known {
    fn applied(&mut self, pod: &Pod, spec: PodSpec, now: Timestamp) -> Vec<SourceEvent> {
        if is_mirror(pod) {
            return Vec::new();
        }
        let uid = uid_of(pod);
        let seen = match self.pods.get(&uid) {
            Some(known) if !is_news(&known.pod, pod, &spec) => return Vec::new(),
            Some(known) => known.seen,
            None => now,
        };
        let wanted = wanted(pod, spec, uid.clone(), seen);
        self.pods.insert(uid, wanted.clone());
        vec![SourceEvent::Upsert(wanted)]
    }

    /// A pod that is gone without notice was deleted by force: what its last state says of grace still counts.
    fn deleted(&mut self, uid: &PodUid, last: &Pod, now: Timestamp) -> Vec<SourceEvent> {
        let Some(known) = self.pods.get(uid) else { return Vec::new() };
        let mut events = match last.metadata.deletion_timestamp {
            Some(_) => self.applied(last, known.spec().clone(), now),
            None => Vec::new(),
        };
        self.pods.remove(uid);
        events.push(SourceEvent::Remove(PodSource::Api, uid.clone()));
        events
    }
}

/// The server's pod with the annotations that upstream adds, which the runtime and the downward API show.
fn wanted(pod: &Pod, spec: PodSpec, uid: PodUid, seen: Timestamp) -> Arc<WantedPod> {
    let mut pod = Pod { spec: Some(spec), ..pod.clone() };
    let annotations = pod.metadata.annotations.get_or_insert_default();
    annotations.insert(CONFIG_SOURCE.to_owned(), PodSource::Api.as_str().to_owned());
    annotations.insert(CONFIG_SEEN.to_owned(), seen.to_string());
    let name = name_of(&pod);
    Arc::new(WantedPod { uid, name, source: PodSource::Api, seen, pod: Arc::new(pod) })
}

/// Whether the pod's actor has to know (`podsDifferSemantically`). Of the status only that somebody else ended the pod.
fn is_news(known: &Pod, pod: &Pod, spec: &PodSpec) -> bool {
    let (one, other) = (&known.metadata, &pod.metadata);
    one.deletion_timestamp != other.deletion_timestamp
        || one.deletion_grace_period_seconds != other.deletion_grace_period_seconds
        || one.labels != other.labels
        || !has_same_annotations(one, other)
        || types::pod::is_terminal(known) != types::pod::is_terminal(pod)
        || known.spec.as_ref() != Some(spec)
}

fn has_same_annotations(known: &ObjectMeta, other: &ObjectMeta) -> bool {
    let is_ours = |key: &str| key == CONFIG_SOURCE || key == CONFIG_SEEN;
    let known = known.annotations.iter().flatten().filter(|(key, _)| !is_ours(key));
    let other = other.annotations.iter().flatten().filter(|(key, _)| !is_ours(key));
    known.eq(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mirror::identity::CONFIG_MIRROR;
    use serde_json::json;

    fn pod(metadata: serde_json::Value, phase: &str) -> Arc<Pod> {
        let mut pod = json!({
            "metadata": {"name": "web", "namespace": "default", "uid": "u1"},
            "spec": {"containers": [{"name": "c", "image": "busybox"}]},
            "status": {"phase": phase},
        });
        for (key, value) in metadata.as_object().expect("an object") {
            pod["metadata"][key] = value.clone();
        }
        Arc::new(serde_json::from_value(pod).expect("a pod"))
    }

    fn applied(known: &mut Known, pod: &Pod) -> Vec<SourceEvent> {
        known.applied(pod, pod.spec.clone().expect("a specification"), Timestamp::UNIX_EPOCH)
    }

    fn told(events: &[SourceEvent]) -> Vec<String> {
        let told = events.iter().map(|event| match event {
            SourceEvent::Upsert(wanted) => {
                format!("upsert {:?}", wanted.pod.metadata.deletion_grace_period_seconds)
            }
            SourceEvent::Remove(_, uid) => format!("remove {uid}"),
            SourceEvent::Synced(_) => "synced".to_owned(),
        });
        told.collect()
    }

    #[test]
    fn only_what_the_pod_itself_is_told_by_reaches_its_actor() {
        let now = Timestamp::UNIX_EPOCH;
        let deleting = json!({"deletionTimestamp": "2026-01-01T00:00:00Z", "deletionGracePeriodSeconds": 30});
        let mut known = Known::default();
        let rows: [(Arc<Pod>, &[&str]); 8] = [
            (pod(json!({}), "Pending"), &["upsert None"]),
            (pod(json!({}), "Running"), &[]),
            (pod(json!({"resourceVersion": "7", "generation": 2}), "Running"), &[]),
            (pod(json!({"annotations": {"a": "b"}}), "Running"), &["upsert None"]),
            (pod(json!({"annotations": {"a": "b"}}), "Running"), &[]),
            (pod(json!({"labels": {"a": "b"}}), "Running"), &["upsert None"]),
            (pod(json!({"labels": {"a": "b"}}), "Failed"), &["upsert None"]),
            (pod(deleting.clone(), "Failed"), &["upsert Some(30)"]),
        ];
        for (pod, expected) in rows {
            assert_eq!(told(&applied(&mut known, &pod)), expected, "{:?}", pod.metadata);
        }
        let uid = PodUid::from("u1");
        assert_eq!(told(&known.deleted(&uid, &pod(deleting, "Failed"), now)), ["remove u1"]);
        assert_eq!(told(&known.deleted(&uid, &pod(json!({}), "Failed"), now)), Vec::<String>::new());
    }

    #[test]
    fn a_pod_deleted_by_force_ends_with_the_grace_of_its_last_state() {
        let now = Timestamp::UNIX_EPOCH;
        let forced = json!({"deletionTimestamp": "2026-01-01T00:00:00Z", "deletionGracePeriodSeconds": 0});
        let uid = PodUid::from("u1");
        let mut known = Known::default();
        applied(&mut known, &pod(json!({}), "Running"));
        assert_eq!(told(&known.deleted(&uid, &pod(forced, "Running"), now)), ["upsert Some(0)", "remove u1"]);
        applied(&mut known, &pod(json!({}), "Running"));
        assert_eq!(told(&known.deleted(&uid, &pod(json!({}), "Running"), now)), ["remove u1"]);
    }

    #[test]
    fn mirror_pods_are_nobodys_to_run() {
        let mirror = pod(json!({"annotations": {CONFIG_MIRROR: "1"}}), "Pending");
        let mut known = Known::default();
        assert!(applied(&mut known, &mirror).is_empty());
        assert!(known.deleted(&PodUid::from("u1"), &mirror, Timestamp::UNIX_EPOCH).is_empty());
    }
}

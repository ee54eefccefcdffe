//! The pods that one place (a file, a URL) asked for last, and what changes with its next content.

use super::SourceEvent;
use std::collections::BTreeMap;
use std::sync::Arc;
use types::{PodSource, PodUid, WantedPod};

/// Replaces `known` by `next` and returns the difference, removals first so that a changed manifest's old
/// pod begins to end before its successor queues up behind it.
pub(super) fn replace(
    source: PodSource,
    known: &mut BTreeMap<PodUid, Arc<WantedPod>>,
    next: Vec<Arc<WantedPod>>,
) -> Vec<SourceEvent> {
    let mut next: BTreeMap<PodUid, Arc<WantedPod>> =
        next.into_iter().map(|wanted| (wanted.uid.clone(), wanted)).collect();
    let mut events = Vec::new();
    for uid in known.keys().filter(|uid| !next.contains_key(*uid)) {
        events.push(SourceEvent::Remove(source, uid.clone()));
    }
    for (uid, wanted) in &mut next {
        match known.get(uid) {
            // Unchanged: keep the object that everybody holds already.
            Some(old) if old.pod.spec == wanted.pod.spec && same_metadata(old, wanted) => {
                *wanted = old.clone();
            }
            Some(_) | None => events.push(SourceEvent::Upsert(wanted.clone())),
        }
    }
    *known = next;
    events
}

fn same_metadata(one: &WantedPod, other: &WantedPod) -> bool {
    let (one, other) = (&one.pod.metadata, &other.pod.metadata);
    let annotations = |metadata: &k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta| {
        let mut annotations = metadata.annotations.clone().unwrap_or_default();
        annotations.remove(super::decode::CONFIG_SEEN);
        annotations
    };
    one.labels == other.labels && annotations(one) == annotations(other)
}

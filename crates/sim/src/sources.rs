//! Sources of pods without files and servers: they report differences as the real ones do.

use crate::world::World;
use k8s_openapi::api::core::v1::Pod;
use pods::sources::SourceEvent;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use types::{PodName, PodSource, PodUid, WantedPod};

/// What the manifests hold: by index of the manifest.
pub type Contents = BTreeMap<usize, (PodSource, Arc<Pod>)>;

/// What the sources of one life of the kubelet read from.
#[derive(Clone)]
pub struct Deliveries {
    contents: watch::Receiver<Arc<Contents>>,
    has_url: bool,
    url_delay: Duration,
    /// Sources that have not told all they know.
    unsynced: Arc<AtomicUsize>,
}

impl Deliveries {
    /// For a new life.
    pub fn new(contents: watch::Receiver<Arc<Contents>>, has_url: bool, url_delay: Duration) -> Self {
        let count = if has_url { 2 } else { 1 };
        Self { contents, has_url, url_delay, unsynced: Arc::new(AtomicUsize::new(count)) }
    }

    /// The sources.
    pub fn kinds(&self) -> BTreeSet<PodSource> {
        if self.has_url { [PodSource::File, PodSource::Http].into() } else { [PodSource::File].into() }
    }
}

/// Reports until nobody listens any more.
pub async fn source(
    kind: PodSource,
    world: Arc<World>,
    mut deliveries: Deliveries,
    events: mpsc::Sender<SourceEvent>,
) {
    if kind == PodSource::Http {
        tokio::time::sleep(deliveries.url_delay).await;
    }
    let mut known: BTreeMap<usize, Arc<Pod>> = BTreeMap::new();
    let mut is_synced = false;
    loop {
        let contents = deliveries.contents.borrow_and_update().clone();
        for event in replace(kind, &world, &mut known, &contents) {
            if events.send(event).await.is_err() {
                return;
            }
        }
        if !is_synced {
            is_synced = true;
            if deliveries.unsynced.fetch_sub(1, Ordering::SeqCst) == 1 {
                world.ledger().synced();
            }
            if events.send(SourceEvent::Synced(kind)).await.is_err() {
                return;
            }
        }
        if deliveries.contents.changed().await.is_err() {
            return;
        }
    }
}

/// The differences, removals first.
fn replace(
    kind: PodSource,
    world: &World,
    known: &mut BTreeMap<usize, Arc<Pod>>,
    contents: &Contents,
) -> Vec<SourceEvent> {
    let next: BTreeMap<usize, Arc<Pod>> = contents
        .iter()
        .filter(|(_, (source, _))| *source == kind)
        .map(|(index, (_, pod))| (*index, pod.clone()))
        .collect();
    let mut events = Vec::new();
    let mut ledger = world.ledger();
    for (index, pod) in known.iter() {
        if next.get(index).is_none_or(|next| uid(next) != uid(pod)) {
            ledger.withdraws(uid(pod));
            events.push(SourceEvent::Remove(kind, PodUid::from(uid(pod))));
        }
    }
    for (index, pod) in &next {
        if known.get(index).is_some_and(|known| Arc::ptr_eq(known, pod)) {
            continue;
        }
        ledger.delivers(uid(pod), types::pod::termination_grace_period_seconds(types::pod::spec(pod)));
        let metadata = &pod.metadata;
        let namespace = metadata.namespace.as_deref().unwrap_or_default();
        let name = metadata.name.as_deref().unwrap_or_default();
        events.push(SourceEvent::Upsert(Arc::new(WantedPod {
            uid: PodUid::from(uid(pod)),
            name: PodName::new(namespace, name),
            source: kind,
            seen: world.clock.now(),
            pod: pod.clone(),
        })));
    }
    *known = next;
    events
}

/// The pod's UID.
pub fn uid(pod: &Pod) -> &str {
    pod.metadata.uid.as_deref().unwrap_or_default()
}

//! Sources of pods without files and servers: they report differences as the real ones do.

use crate::scenario::{Mutant, Scenario};
use crate::world::World;
use k8s_openapi::api::core::v1::Pod;
use pods::sources::SourceEvent;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tasks::watch;
use tokio::sync::mpsc;
use types::{PodName, PodSource, PodUid, WantedPod};

/// What the manifests hold: by index of the manifest.
pub type Contents = BTreeMap<usize, (PodSource, Arc<Pod>)>;

/// What the sources of one life of the kubelet read from.
#[derive(Clone)]
pub struct Deliveries {
    contents: watch::Receiver<Arc<Contents>>,
    /// Whether there is an API server.
    pub has_api: bool,
    has_url: bool,
    url_delay: Duration,
    /// Sources that have not told all they know.
    unsynced: Arc<AtomicUsize>,
}

impl Deliveries {
    /// For a new life.
    pub fn new(contents: watch::Receiver<Arc<Contents>>, scenario: &Scenario) -> Self {
        let has_url = scenario.manifests.iter().any(|manifest| manifest.source == PodSource::Http);
        let url_delay = scenario.url_delay;
        let count = 1 + usize::from(has_url) + usize::from(scenario.api.is_some());
        Self {
            contents,
            has_api: scenario.api.is_some(),
            has_url,
            url_delay,
            unsynced: Arc::new(AtomicUsize::new(count)),
        }
    }

    /// One source has told all it knows.
    fn told(&self, world: &World) {
        if self.unsynced.fetch_sub(1, Ordering::SeqCst) == 1 {
            world.ledger().synced();
        }
    }

    /// The sources that read manifests.
    pub fn kinds(&self) -> BTreeSet<PodSource> {
        if self.has_url { [PodSource::File, PodSource::Http].into() } else { [PodSource::File].into() }
    }
}

/// Passes on what the API server's source tells, and lets the ledger know.
pub async fn relay(
    world: Arc<World>,
    deliveries: Deliveries,
    mut told: mpsc::Receiver<SourceEvent>,
    events: mpsc::Sender<SourceEvent>,
) {
    while let Some(event) = told.recv().await {
        match &event {
            SourceEvent::Upsert(wanted) => {
                let own = types::pod::termination_grace_period_seconds(types::pod::spec(&wanted.pod));
                let given = wanted.pod.metadata.deletion_grace_period_seconds.unwrap_or(0);
                world.ledger().delivers(wanted.uid.as_str(), own.max(given));
            }
            SourceEvent::Remove(..) if world.mutant == Some(Mutant::MissesDeletions) => continue,
            SourceEvent::Remove(_, uid) => world.ledger().withdraws(uid.as_str()),
            SourceEvent::Synced(_) => deliveries.told(&world),
        }
        if events.send(event).await.is_err() {
            return;
        }
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
            deliveries.told(&world);
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

//! The record of pods over two lives of a kubelet.

use super::*;
use host::fake::FakeHost;
use serde_json::json;

const DIRECTORY: &str = "/var/lib/kubelet/offline_pods";

struct Bench {
    files: Arc<dyn Files>,
    clock: Clock,
    source: mpsc::Sender<SourceEvent>,
    supervisor: mpsc::Receiver<SourceEvent>,
}

impl Bench {
    /// A kubelet that starts on what an earlier one has left.
    fn start(files: &Arc<dyn Files>) -> Self {
        let clock = Clock::simulated(jiff::Timestamp::UNIX_EPOCH);
        let (source, told) = mpsc::channel(8);
        let (events, supervisor) = mpsc::channel(8);
        let offline = OfflinePods { files: files.clone(), directory: PathBuf::from(DIRECTORY), clock };
        tokio::spawn(offline.run(told, events, Stop::new()));
        Self { files: files.clone(), clock, source, supervisor }
    }

    async fn told(&mut self) -> String {
        match self.supervisor.recv().await.expect("an event") {
            SourceEvent::Upsert(wanted) => {
                let annotations = wanted.pod.metadata.annotations.as_ref();
                let is_marked = annotations.is_some_and(|known| known.contains_key(OFFLINE_SINCE));
                format!("{} {}", if is_marked { "offline" } else { "wanted" }, wanted.uid)
            }
            SourceEvent::Remove(_, uid) => format!("removed {uid}"),
            SourceEvent::Synced(_) => "synced".to_owned(),
        }
    }

    /// What the server tells, and what the supervisor hears of it.
    async fn hears(&mut self, event: SourceEvent, expected: &[&str]) {
        self.source.send(event).await.expect("the record listens");
        for expected in expected {
            assert_eq!(self.told().await, *expected);
        }
    }

    fn pod(&self, uid: &str) -> SourceEvent {
        let pod = json!({"metadata": {"name": uid, "namespace": "default", "uid": uid}, "spec": {"containers": []}});
        let pod: Pod = serde_json::from_value(pod).expect("a pod");
        let (uid, name) = (uid_of(&pod), name_of(&pod));
        let wanted =
            WantedPod { uid, name, source: PodSource::Api, seen: self.clock.now(), pod: Arc::new(pod) };
        SourceEvent::Upsert(Arc::new(wanted))
    }

    async fn recorded(&self) -> Vec<String> {
        let entries = self.files.list_dir(std::path::Path::new(DIRECTORY)).await.expect("readable");
        entries.unwrap_or_default().iter().map(|entry| entry.name.to_string_lossy().into_owned()).collect()
    }
}

fn removed(uid: &str) -> SourceEvent {
    SourceEvent::Remove(PodSource::Api, PodUid::from(uid))
}

#[tokio::test(start_paused = true)]
async fn what_the_server_told_last_starts_without_it() {
    let files: Arc<dyn Files> = FakeHost::new();
    let mut first = Bench::start(&files);
    for uid in ["a", "b", "c"] {
        let pod = first.pod(uid);
        first.hears(pod, &[&format!("wanted {uid}")]).await;
    }
    first.hears(SourceEvent::Synced(PodSource::Api), &["synced"]).await;
    first.hears(removed("c"), &["removed c"]).await;
    assert_eq!(first.recorded().await, ["a.json", "b.json"]);
    drop(first);

    let mut next = Bench::start(&files);
    let before = Instant::now();
    assert_eq!(next.told().await, "offline a");
    assert_eq!(next.told().await, "offline b");
    assert_eq!(before.elapsed(), PATIENCE);
    // The server is back, and has deleted one of them meanwhile.
    let pod = next.pod("a");
    next.hears(pod, &["wanted a"]).await;
    next.hears(SourceEvent::Synced(PodSource::Api), &["removed b", "synced"]).await;
    assert_eq!(next.recorded().await, ["a.json"]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_answers_is_believed_alone() {
    let files: Arc<dyn Files> = FakeHost::new();
    let mut first = Bench::start(&files);
    let pod = first.pod("a");
    first.hears(pod, &["wanted a"]).await;
    drop(first);
    files
        .write_atomic(std::path::Path::new("/var/lib/kubelet/offline_pods/bad.json"), b"{", 0o600)
        .await
        .expect("room");

    let mut next = Bench::start(&files);
    next.hears(SourceEvent::Synced(PodSource::Api), &["synced"]).await;
    tokio::time::sleep(2 * PATIENCE).await;
    assert!(next.supervisor.try_recv().is_err(), "nothing else is wanted");
    assert_eq!(next.recorded().await, ["bad.json"]);
}

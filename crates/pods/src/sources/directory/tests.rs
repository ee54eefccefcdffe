//! The directory source on a real directory.

use super::{DirectorySettings, DirectorySource};
use crate::sources::{EVENT_QUEUE, NodeIdentity, SourceEvent};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tasks::{Clock, Stop, watch};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

/// Two rescans, and the time in which a directory may be replaced.
const SETTLED: Duration = Duration::from_secs(45);

/// Real time that inotify gets on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

struct Source {
    root: TempDir,
    events: mpsc::Receiver<SourceEvent>,
    settings: watch::Sender<DirectorySettings>,
    /// Name and UID of the wanted pods.
    pods: BTreeMap<String, String>,
    removals: usize,
    _task: AbortOnDropHandle<()>,
}

impl Source {
    /// Of `<root>/manifests`, which is not there yet.
    fn new(rescan: Duration) -> Self {
        let root = TempDir::new().expect("a directory");
        let path = root.path().join("manifests");
        let (settings, settings_rx) = watch::channel(DirectorySettings { path: Some(path), rescan });
        let source = DirectorySource {
            settings: settings_rx,
            node: NodeIdentity { name: "node".into() },
            clock: Clock::simulated(Timestamp::UNIX_EPOCH),
        };
        let (events_tx, events) = mpsc::channel(EVENT_QUEUE);
        let task = AbortOnDropHandle::new(tokio::spawn(source.run(events_tx, Stop::new())));
        Self { root, events, settings, pods: BTreeMap::new(), removals: 0, _task: task }
    }

    fn path(&self) -> PathBuf {
        self.root.path().join("manifests")
    }

    fn take(&mut self, event: SourceEvent) {
        match event {
            SourceEvent::Upsert(wanted) => {
                self.pods.insert(wanted.name.name.to_string(), wanted.uid.to_string());
            }
            SourceEvent::Remove(_, uid) => {
                self.removals += 1;
                self.pods.retain(|_, known| *known != uid.as_str());
            }
            SourceEvent::Synced(_) => {}
        }
    }

    /// The names of the wanted pods, once all is quiet.
    async fn settled(&mut self) -> Vec<&str> {
        tokio::time::sleep(SETTLED).await;
        while let Ok(event) = self.events.try_recv() {
            self.take(event);
        }
        self.pods.keys().map(|name| name.strip_suffix("-node").expect("a static pod's name")).collect()
    }
}

fn manifest(name: &str, image: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\nspec:\n  containers:\n  - name: c\n    image: {image}\n"
    )
}

/// Puts a file in place at once, as careful writers do.
fn rename_into(directory: &Path, name: &str, content: &str) {
    let temporary = directory.join(format!(".{name}.new"));
    fs::write(&temporary, content).expect("writes");
    fs::rename(temporary, directory.join(name)).expect("renames");
}

type Step = (&'static str, fn(&Path), &'static [&'static str]);

/// Steps on the manifest path one after the other, and the pods that are wanted when all is quiet after each.
#[tokio::test(start_paused = true)]
async fn what_a_directory_holds_is_wanted() {
    let steps: &[Step] = &[
        ("nothing is there", |_| {}, &[]),
        (
            "the directory appears, with a manifest",
            |path| {
                fs::create_dir(path).expect("makes it");
                fs::write(path.join("a.yaml"), manifest("a", "one")).expect("writes");
            },
            &["a"],
        ),
        (
            "another one is renamed into place",
            |path| rename_into(path, "b.yaml", &manifest("b", "one")),
            &["a", "b"],
        ),
        (
            "dot-files and directories are none",
            |path| {
                fs::write(path.join(".c.yaml"), manifest("c", "one")).expect("writes");
                fs::create_dir(path.join("d.yaml")).expect("makes it");
            },
            &["a", "b"],
        ),
        (
            "one goes bad: its last good pod goes on",
            |path| {
                fs::write(path.join("a.yaml"), "kind: Pod\nmetadata: [").expect("writes");
            },
            &["a", "b"],
        ),
        (
            "and is good again",
            |path| fs::write(path.join("a.yaml"), manifest("a", "two")).expect("writes"),
            &["a", "b"],
        ),
        (
            "one that was never good starts nothing",
            |path| {
                fs::write(path.join("e.yaml"), "kind: Pod").expect("writes");
            },
            &["a", "b"],
        ),
        ("until it is finished", |path| rename_into(path, "e.yaml", &manifest("e", "one")), &["a", "b", "e"]),
        (
            "a file with another name is another pod",
            |path| {
                fs::rename(path.join("e.yaml"), path.join("f.yaml")).expect("renames");
            },
            &["a", "b", "e"],
        ),
        (
            "it is changed in place",
            |path| fs::write(path.join("f.yaml"), manifest("f", "one")).expect("writes"),
            &["a", "b", "f"],
        ),
        ("one is removed", |path| fs::remove_file(path.join("b.yaml")).expect("removes"), &["a", "f"]),
        ("the directory is removed", |path| fs::remove_dir_all(path).expect("removes"), &[]),
        ("and comes back as one file", |path| fs::write(path, manifest("g", "one")).expect("writes"), &["g"]),
    ];
    let mut source = Source::new(Duration::from_secs(20));
    for (what, step, expected) in steps {
        step(&source.path());
        assert_eq!(source.settled().await, *expected, "{what}");
    }
}

/// Two renames put another directory in the place of the old one; what is in both is never missed.
#[tokio::test(start_paused = true)]
async fn a_directory_that_is_replaced_keeps_its_pods() {
    let mut source = Source::new(Duration::from_secs(20));
    let (path, other) = (source.path(), source.root.path().join("other"));
    for directory in [&path, &other] {
        fs::create_dir(directory).expect("makes it");
        fs::write(directory.join("a.yaml"), manifest("a", "one")).expect("writes");
    }
    assert_eq!(source.settled().await, ["a"]);
    fs::rename(&path, source.root.path().join("old")).expect("renames");
    tokio::time::sleep(Duration::from_millis(500)).await;
    fs::rename(&other, &path).expect("renames");
    assert_eq!(source.settled().await, ["a"]);
    assert_eq!(source.removals, 0);
}

#[tokio::test(start_paused = true)]
async fn another_path_takes_effect_at_once() {
    let mut source = Source::new(Duration::from_secs(20));
    let (path, other) = (source.path(), source.root.path().join("other"));
    for (directory, name) in [(&path, "a"), (&other, "b")] {
        fs::create_dir(directory).expect("makes it");
        fs::write(directory.join("pod.yaml"), manifest(name, "one")).expect("writes");
    }
    assert_eq!(source.settled().await, ["a"]);
    source.settings.send_modify(|settings| settings.path = Some(other));
    assert_eq!(source.settled().await, ["b"]);
    source.settings.send_modify(|settings| settings.path = None);
    assert_eq!(source.settled().await, [""; 0]);
}

/// In real time, with an hour between rescans: inotify alone tells, and a file is read when its writer closes it, not before.
#[tokio::test]
async fn inotify_tells_of_finished_files() {
    let mut source = Source::new(Duration::from_secs(3600));
    let path = source.path();
    let mut next = async || {
        let event = tokio::time::timeout(PATIENCE, source.events.recv()).await;
        event.expect("in time").expect("the source runs")
    };
    assert!(matches!(next().await, SourceEvent::Synced(_)));
    fs::create_dir(&path).expect("makes it");
    let mut file = fs::File::create(path.join("a.yaml")).expect("makes it");
    let content = manifest("a", "one");
    let (first, rest) = content.split_at(content.len() - 4);
    file.write_all(first.as_bytes()).expect("writes");
    // Whatever is seen of it before it is closed has to be followed by what it is in the end.
    file.write_all(rest.as_bytes()).expect("writes");
    drop(file);
    let image = async |event: SourceEvent| match event {
        SourceEvent::Upsert(wanted) => wanted.spec().containers[0].image.clone(),
        SourceEvent::Remove(..) | SourceEvent::Synced(_) => None,
    };
    assert_eq!(image(next().await).await.as_deref(), Some("one"));
    rename_into(&path, "a.yaml", &manifest("a", "two"));
    assert!(matches!(next().await, SourceEvent::Remove(..)));
    assert_eq!(image(next().await).await.as_deref(), Some("two"));
    fs::remove_file(path.join("a.yaml")).expect("removes");
    assert!(matches!(next().await, SourceEvent::Remove(..)));
}

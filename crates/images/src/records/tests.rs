use super::*;
use crate::credentials::{Coordinates, Credential, Source};
use cri::fake::{FakeOptions, FakeRuntime};
use host::files::RealFiles;
use std::path::PathBuf;

const REF: &str = "sha256:1";
const NOW: Timestamp = Timestamp::UNIX_EPOCH;

async fn load(root: &Path, verification: Verification) -> PullRecords {
    load_with(root, verification, &FakeRuntime::new(FakeOptions::default())).await
}

async fn load_with(root: &Path, verification: Verification, runtime: &FakeRuntime) -> PullRecords {
    let files: Arc<dyn Files> = Arc::new(RealFiles::default());
    let metrics = Metrics::new(&prometheus::Registry::new()).unwrap();
    PullRecords::load(files, runtime, root, verification, metrics, NOW).await
}

async fn pull(records: &PullRecords, image: &str, image_ref: &str, used: Option<&TrackedCredential>) {
    records.begin(image).await.succeeded(image_ref, used, NOW).await;
}

fn secret(name: &str, hash: &str) -> TrackedCredential {
    let coordinates =
        Coordinates { uid: format!("uid-{name}"), namespace: "ns".to_owned(), name: name.to_owned() };
    let source = Source::Secret(coordinates);
    TrackedCredential { credential: Credential::default(), hash: hash.to_owned(), source }
}

fn record_file(root: &Path) -> PathBuf {
    // The SHA-256 of what the runtime calls the image.
    root.join("image_manager/pulled/sha256-51ae7fa00c92525c319404a3a6d400e52ff9372c5a39cb415e0486fe425f3165")
}

#[tokio::test]
async fn another_name_for_a_pulled_image_is_pulled_again() {
    let root = tempfile::tempdir().unwrap();
    let records = load(root.path(), Verification::Pulled).await;
    // It was there before us.
    assert_eq!(records.access("busybox:1", REF), Access::Granted);
    let pulling = records.begin("busybox:1").await;
    assert_eq!(records.access("busybox:1", REF), Access::Denied);
    pulling.succeeded(REF, None, NOW).await;
    let check = |records: &PullRecords, image: &str, expected: Access| {
        assert_eq!(records.access(image, REF), expected, "{image}");
    };
    check(&records, "busybox:1", Access::Granted);
    check(&records, "busybox:2", Access::Granted);
    check(&records, "busybox@sha256:abc", Access::Granted);
    check(&records, "docker.io/library/busybox:1", Access::Denied);
    assert_eq!(records.access("other", "sha256:2"), Access::Granted);
    // So does the next kubelet see it.
    let next = load(root.path(), Verification::Pulled).await;
    check(&next, "busybox:1", Access::Granted);
    check(&next, "docker.io/library/busybox:1", Access::Denied);
}

#[tokio::test]
async fn an_image_of_a_secret_is_for_pods_with_that_secret() {
    let root = tempfile::tempdir().unwrap();
    let records = load(root.path(), Verification::Pulled).await;
    pull(&records, "private:1", REF, Some(&secret("a", "h1"))).await;
    assert_eq!(records.access("private:2", REF), Access::Restricted);
    let proven = async |records: &PullRecords, shown: &[TrackedCredential]| {
        records.is_proven("private:1", REF, &Proof::of(shown), NOW).await
    };
    assert!(!proven(&records, &[]).await);
    assert!(!proven(&records, &[secret("b", "h2")]).await);
    assert!(proven(&records, &[secret("b", "h2"), secret("a", "h1")]).await);
    // The same credential in another secret; that secret then counts whatever it holds.
    assert!(proven(&records, &[secret("b", "h1")]).await);
    assert!(proven(&load(root.path(), Verification::Pulled).await, &[secret("b", "h3")]).await);
    // Pulled with what all pods of the node have, it is for all of them.
    pull(&records, "private:1", REF, None).await;
    assert_eq!(records.access("private:2", REF), Access::Granted);
    let counted = |result: &str| records.metrics.must_pull_checks.with_label_values(&[result]).get();
    assert_eq!((counted("credentialRecordFound"), counted("mustAuthenticate")), (3, 2));
    assert_eq!(records.metrics.pulled_records.get(), 1);
    assert_eq!(records.metrics.pull_intents.get(), 0);
}

#[tokio::test]
async fn a_pull_that_nobody_saw_end_counts_as_pulled() {
    let root = tempfile::tempdir().unwrap();
    // The future of a pull is dropped when the pod goes.
    drop(load(root.path(), Verification::Pulled).await.begin("busybox").await);
    let next = load(root.path(), Verification::Pulled).await;
    assert_eq!(next.access("busybox", REF), Access::Denied);
    let (one, two) = (next.begin("busybox").await, next.begin("busybox").await);
    one.failed().await;
    assert_eq!(next.access("busybox", REF), Access::Denied, "one is under way");
    two.failed().await;
    assert_eq!(next.access("busybox", REF), Access::Granted);
    assert_eq!(load(root.path(), Verification::Pulled).await.access("busybox", REF), Access::Granted);
}

#[tokio::test]
async fn an_image_that_came_while_nobody_looked_is_nobodys() {
    let root = tempfile::tempdir().unwrap();
    let runtime = FakeRuntime::new(FakeOptions::default());
    drop(load(root.path(), Verification::Pulled).await.begin("docker.io/library/busybox:1").await);
    let spec = cri::v1::ImageSpec { image: "busybox:1".to_owned(), ..Default::default() };
    let id = runtime.pull_image(spec, None, None).await.unwrap();
    let next = load_with(root.path(), Verification::Pulled, &runtime).await;
    assert_eq!(next.access("docker.io/library/busybox:1", &id), Access::Denied);
    assert_eq!(next.access("another/name", &id), Access::Denied);
    assert_eq!(next.metrics.pull_intents.get(), 0);
    assert!(root.path().join("image_manager/pulling").read_dir().unwrap().next().is_none());
}

#[tokio::test]
async fn policies() {
    let root = tempfile::tempdir().unwrap();
    let list = vec!["docker.io/library/busybox".to_owned(), "example.com/team/*".to_owned()];
    for (verification, image, expected) in [
        (Verification::Off, "busybox", Access::Granted),
        (Verification::Never, "busybox", Access::Granted),
        (Verification::Always, "busybox", Access::Denied),
        (Verification::NotListed(list.clone()), "docker.io/library/busybox:1", Access::Granted),
        (Verification::NotListed(list.clone()), "example.com/team/a:1", Access::Granted),
        (Verification::NotListed(list), "busybox:1", Access::Denied),
    ] {
        let records = load(root.path(), verification.clone()).await;
        assert_eq!(records.access(image, REF), expected, "{verification:?} {image}");
    }
    pull(&load(root.path(), Verification::Off).await, "busybox", REF, None).await;
    assert!(!root.path().join("image_manager").exists());
}

#[tokio::test]
async fn records_are_upstreams() {
    let root = tempfile::tempdir().unwrap();
    let records = load(root.path(), Verification::Pulled).await;
    let soon = Timestamp::from_millisecond(1500).unwrap();
    records.begin("busybox:1").await.succeeded(REF, None, soon).await;
    let file = record_file(root.path());
    let read = || std::fs::read_to_string(&file).unwrap();
    assert_eq!(
        read(),
        r#"{"kind":"ImagePulledRecord","apiVersion":"kubelet.config.k8s.io/v1beta1","lastUpdatedTime":"1970-01-01T00:00:01Z","imageRef":"sha256:1","credentialMapping":{"busybox":{"nodePodsAccessible":true}}}
"#
    );
    // What another kubelet noted of secrets and accounts stays, and counts.
    let of_another = read().replace(
        r#""busybox":{"nodePodsAccessible":true}"#,
        r#""private":{"kubernetesSecrets":[{"uid":"uid-s","namespace":"ns","name":"s","credentialHash":"h"}],"kubernetesServiceAccounts":[{"uid":"u","namespace":"ns","name":"sa"}]}"#,
    );
    std::fs::write(&file, &of_another).unwrap();
    let next = load(root.path(), Verification::Pulled).await;
    assert_eq!(next.access("private:1", REF), Access::Restricted);
    assert!(next.is_proven("private:1", REF, &Proof::of(&[secret("s", "h")]), NOW).await);
    pull(&next, "busybox:1", REF, None).await;
    assert!(
        read().contains(r#""credentialHash":"h"}],"kubernetesServiceAccounts":[{"uid":"u""#),
        "{}",
        read()
    );
    // Who may use the image of a broken one is not known.
    std::fs::write(&file, "{").unwrap();
    let next = load(root.path(), Verification::Pulled).await;
    assert_eq!(next.access("busybox:1", REF), Access::Denied);
    assert_eq!(next.metrics.must_pull_checks.with_label_values(&["error"]).get(), 1);
    pull(&next, "busybox:1", REF, None).await;
    assert_eq!(load(root.path(), Verification::Pulled).await.access("busybox:1", REF), Access::Granted);
}

#[tokio::test]
async fn records_of_images_that_are_gone_go() {
    let root = tempfile::tempdir().unwrap();
    let runtime = FakeRuntime::new(FakeOptions::default());
    let spec = cri::v1::ImageSpec { image: "kept".to_owned(), ..Default::default() };
    let kept = runtime.pull_image(spec, None, None).await.unwrap();
    let records = load(root.path(), Verification::Pulled).await;
    let second = |second| Timestamp::from_second(second).unwrap();
    for (image, image_ref, at) in [("old", "ref-old", 1), ("kept", kept.as_str(), 1), ("new", "ref-new", 5)] {
        records.begin(image).await.succeeded(image_ref, None, second(at)).await;
    }
    let metrics = Metrics::new(&prometheus::Registry::new()).unwrap();
    let files: Arc<dyn Files> = Arc::new(RealFiles::default());
    PullRecords::load(files, &runtime, root.path(), Verification::Pulled, metrics.clone(), second(5)).await;
    assert_eq!(metrics.pulled_records.get(), 2);
    let next = load(root.path(), Verification::Pulled).await;
    let known: Vec<String> = next.known().pulled.keys().cloned().collect();
    assert_eq!(known, BTreeSet::from([kept, "ref-new".to_owned()]).into_iter().collect::<Vec<_>>());
}

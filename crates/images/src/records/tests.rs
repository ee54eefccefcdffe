use super::{PullRecords, Verification};
use host::files::{Files, RealFiles};
use jiff::Timestamp;
use std::path::Path;
use std::sync::Arc;

const REF: &str = "sha256:1";

async fn load(root: &Path, verification: Verification) -> PullRecords {
    let files: Arc<dyn Files> = Arc::new(RealFiles::default());
    PullRecords::load(files, root, verification).await
}

#[tokio::test]
async fn another_name_for_a_pulled_image_is_pulled_again() {
    let root = tempfile::tempdir().unwrap();
    let records = load(root.path(), Verification::Pulled).await;
    // It was there before us.
    assert!(!records.must_pull("busybox:1", REF));
    records.begins("busybox:1").await;
    assert!(records.must_pull("busybox:1", REF));
    records.ended("busybox:1", Some(REF), Timestamp::UNIX_EPOCH).await;
    let check = |records: &PullRecords, image: &str, expected: bool| {
        assert_eq!(records.must_pull(image, REF), expected, "{image}");
    };
    check(&records, "busybox:1", false);
    check(&records, "busybox:2", false);
    check(&records, "busybox@sha256:abc", false);
    check(&records, "docker.io/library/busybox:1", true);
    assert!(!records.must_pull("other", "sha256:2"));
    // So does the next kubelet see it.
    let next = load(root.path(), Verification::Pulled).await;
    check(&next, "busybox:1", false);
    check(&next, "docker.io/library/busybox:1", true);
}

#[tokio::test]
async fn a_pull_that_nobody_saw_end_counts_as_pulled() {
    let root = tempfile::tempdir().unwrap();
    load(root.path(), Verification::Pulled).await.begins("busybox").await;
    let next = load(root.path(), Verification::Pulled).await;
    assert!(next.must_pull("busybox", REF));
    next.begins("busybox").await;
    next.ended("busybox", None, Timestamp::UNIX_EPOCH).await;
    assert!(!next.must_pull("busybox", REF));
    assert!(!load(root.path(), Verification::Pulled).await.must_pull("busybox", REF));
}

#[tokio::test]
async fn policies() {
    let root = tempfile::tempdir().unwrap();
    let list = vec!["docker.io/library/busybox".to_owned(), "example.com/team/*".to_owned()];
    for (verification, image, expected) in [
        (Verification::Never, "busybox", false),
        (Verification::Always, "busybox", true),
        (Verification::NotListed(list.clone()), "docker.io/library/busybox:1", false),
        (Verification::NotListed(list.clone()), "example.com/team/a:1", false),
        (Verification::NotListed(list), "busybox:1", true),
    ] {
        let records = load(root.path(), verification.clone()).await;
        assert_eq!(records.must_pull(image, REF), expected, "{verification:?} {image}");
    }
}

#[tokio::test]
async fn records_are_upstreams() {
    let root = tempfile::tempdir().unwrap();
    let records = load(root.path(), Verification::Pulled).await;
    records.begins("busybox:1").await;
    records.ended("busybox:1", Some(REF), Timestamp::UNIX_EPOCH).await;
    let directory = root.path().join("image_manager/pulled");
    // The SHA-256 of what the runtime calls the image.
    let file = directory.join("sha256-51ae7fa00c92525c319404a3a6d400e52ff9372c5a39cb415e0486fe425f3165");
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(
        text,
        r#"{"kind":"ImagePulledRecord","apiVersion":"kubelet.config.k8s.io/v1beta1","lastUpdatedTime":"1970-01-01T00:00:00Z","imageRef":"sha256:1","credentialMapping":{"busybox":{"nodePodsAccessible":true}}}"#
    );
    // What another kubelet noted of secrets stays.
    let with_secret = text.replace(
        r#""busybox":{"nodePodsAccessible":true}"#,
        r#""private":{"kubernetesSecrets":[{"uid":"u","namespace":"n","name":"s","credentialHash":"h"}]}"#,
    );
    std::fs::write(&file, &with_secret).unwrap();
    let next = load(root.path(), Verification::Pulled).await;
    assert!(next.must_pull("private:1", REF));
    next.begins("busybox:1").await;
    next.ended("busybox:1", Some(REF), Timestamp::UNIX_EPOCH).await;
    assert!(std::fs::read_to_string(&file).unwrap().contains("credentialHash"));
    // A broken one is nothing.
    std::fs::write(&file, "{").unwrap();
    assert!(!load(root.path(), Verification::Pulled).await.must_pull("busybox:1", REF));
}

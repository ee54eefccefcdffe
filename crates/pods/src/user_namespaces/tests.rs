use super::{DEFAULT_IDS_PER_POD, FILE, IdSpace, UserNamespaceError, UserNamespaces};
use host::files::{Files, RealFiles};
use std::path::Path;
use types::PodUid;

const SIZE: u32 = DEFAULT_IDS_PER_POD;

fn space(blocks: u32) -> IdSpace {
    IdSpace { first: 2 * SIZE, length: blocks * SIZE, per_pod: SIZE }
}

#[test]
fn spaces() {
    let check = |space: IdSpace, max_pods: u32, expected: &str| {
        let found = match UserNamespaces::new(space, max_pods) {
            Ok(_) => "good",
            Err(UserNamespaceError::Misaligned(_)) => "misaligned",
            Err(UserNamespaceError::TooFew { .. }) => "too few",
            Err(_) => "other",
        };
        assert_eq!(found, expected, "{space:?}");
    };
    check(IdSpace::unconfigured(SIZE), 110, "good");
    check(space(110), 110, "good");
    check(space(109), 110, "too few");
    check(IdSpace { first: 0, ..space(110) }, 110, "misaligned");
    check(IdSpace { first: SIZE + 1, ..space(110) }, 110, "misaligned");
    check(IdSpace { length: SIZE + 1, ..space(110) }, 0, "misaligned");
    // The block with the largest id of all is nobody's.
    assert_eq!(IdSpace::unconfigured(SIZE).blocks(), (1 << 16) - 2);
    assert_eq!(space(3).blocks(), 3);
}

fn pod_directory(root: &Path, name: &str) -> std::path::PathBuf {
    let directory = root.join(name);
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

#[tokio::test]
async fn ranges_are_given_kept_and_given_back() {
    let root = tempfile::tempdir().unwrap();
    let files = RealFiles::default();
    let users = UserNamespaces::new(space(2), 2).unwrap();
    let range = |name: &'static str| {
        let directory = pod_directory(root.path(), name);
        let (users, files) = (&users, &files);
        async move {
            let range = users.of_pod(files, &PodUid::from(name), &directory).await;
            range.map(|range| (range.first_host_id / SIZE, range.length)).map_err(|error| error.to_string())
        }
    };
    assert_eq!(range("a").await, Ok((2, SIZE)));
    assert_eq!(range("b").await, Ok((3, SIZE)));
    assert_eq!(range("a").await, Ok((2, SIZE)));
    assert!(range("c").await.is_err());
    std::fs::remove_dir_all(root.path().join("a")).unwrap();
    users.release(&PodUid::from("a"));
    assert_eq!(range("c").await, Ok((2, SIZE)));

    // Another kubelet finds the same.
    let later = UserNamespaces::new(space(3), 2).unwrap();
    later.recall(&files, root.path()).await.unwrap();
    for (name, block) in [("c", 2), ("b", 3), ("d", 4)] {
        let directory = pod_directory(root.path(), name);
        let range = later.of_pod(&files, &PodUid::from(name), &directory).await.unwrap();
        assert_eq!(range.first_host_id, block * SIZE, "{name}");
    }
}

#[tokio::test]
async fn records_are_judged() {
    let root = tempfile::tempdir().unwrap();
    let files: &dyn Files = &RealFiles::default();
    let check = async |text: &str, expected: &str| {
        let users = UserNamespaces::new(space(2), 2).unwrap();
        let directory = pod_directory(root.path(), "a");
        std::fs::write(directory.join(FILE), text).unwrap();
        let found = match users.of_pod(files, &PodUid::from("a"), &directory).await {
            Ok(range) => (range.first_host_id / SIZE).to_string(),
            Err(UserNamespaceError::Record { problem, .. }) => problem,
            Err(error) => error.to_string(),
        };
        assert!(found.contains(expected), "{text}: {found}");
    };
    let record = |host: u32, container: u32, length: u32| {
        let mapping = format!(r#"[{{"hostId":{host},"containerId":{container},"length":{length}}}]"#);
        format!(r#"{{"uidMappings":{mapping},"gidMappings":{mapping}}}"#)
    };
    check(&record(3 * SIZE, 0, SIZE), "3").await;
    // Emptied by a crash: as if there were none.
    check("", "2").await;
    check("{", "EOF").await;
    check(&record(3 * SIZE, 1, SIZE), "root must be mapped").await;
    check(&record(3 * SIZE, 0, 1), "no block of 65536").await;
    check(&record(7, 0, SIZE), "no block of 65536").await;
    check(&record(SIZE, 0, SIZE), "not set aside").await;
    check(&record(4 * SIZE, 0, SIZE), "not set aside").await;
    check(r#"{"uidMappings":[],"gidMappings":[]}"#, "one mapping").await;
}

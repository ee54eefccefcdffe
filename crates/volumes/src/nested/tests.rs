use super::*;

#[test]
fn nested() {
    #[track_caller]
    fn check(mounts: &[(&str, &str)], expected: &[&str]) {
        let mounts: Vec<VolumeMount> = mounts
            .iter()
            .map(|(name, path)| VolumeMount {
                name: (*name).into(),
                mount_path: (*path).into(),
                ..VolumeMount::default()
            })
            .collect();
        let found = nested_in(&mounts, "v");
        assert_eq!(found, expected.iter().map(PathBuf::from).collect::<Vec<_>>(), "{mounts:?}");
    }
    check(&[("v", "/a")], &[]);
    check(&[("v", "/a"), ("w", "/b")], &[]);
    check(&[("v", "/a"), ("w", "/ab")], &[]);
    check(&[("v", "/a"), ("w", "/a/b")], &["b"]);
    check(&[("v", "/a/"), ("w", "/a/./b/c")], &["b/c"]);
    check(&[("w", "/a/b/c"), ("v", "/a"), ("x", "/a/b")], &["b"]);
    check(
        &[("v", "/d"), ("w", "/d/nested"), ("x", "/d/nested-2"), ("y", "/d/nested/double")],
        &["nested", "nested-2"],
    );
    check(&[("v", "/a"), ("v", "/b"), ("w", "/a/x"), ("w", "/b/y")], &["x", "y"]);
    check(&[("v", "/a"), ("w", "/a/../../etc")], &[]);
    check(&[("w", "/a"), ("v", "/a/b")], &[]);
}

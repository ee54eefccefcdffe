use std::path::{Path, PathBuf};

use super::{Malformed, all, below, covering};
use crate::mounts::Mount;

const TABLE: &[u8] = b"\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
23 22 0:21 / /proc rw,nosuid - proc proc rw
40 22 254:0 /srv/data /mnt/with\\040space\\134and\\011more ro,relatime shared:7 master:2 - ext4 /dev/vda rw
41 22 0:50 / /pods/a/volumes/mem rw,relatime shared:9 - tmpfs tmpfs rw,size=1024k,noswap
42 41 0:51 / /pods/a/volumes/mem/inner rw - hugetlbfs nodev rw,pagesize=2M
43 22 0:52 / /pods/ab rw unbindable propagate_from:4 - nfs4 server:/a\\040b rw
";

fn points(mounts: &[Mount]) -> Vec<&Path> {
    mounts.iter().map(|mount| mount.mount_point.as_path()).collect()
}

#[test]
fn mounts_below_a_path() {
    #[track_caller]
    fn check(path: &str, expected: &[&str]) {
        let found = below(TABLE, Path::new(path)).unwrap();
        let expected: Vec<&Path> = expected.iter().map(Path::new).collect();
        assert_eq!(points(&found), expected, "{path}");
    }
    check("/pods/a", &["/pods/a/volumes/mem", "/pods/a/volumes/mem/inner"]);
    check("/pods/a/volumes/mem", &["/pods/a/volumes/mem", "/pods/a/volumes/mem/inner"]);
    check("/pods/b", &[]);
    check("/mnt", &["/mnt/with space\\and\tmore"]);
}

#[test]
fn fields() {
    let mounts = all(TABLE).unwrap();
    assert_eq!(mounts.len(), 6);
    assert_eq!(
        mounts[2],
        Mount {
            mount_point: PathBuf::from("/mnt/with space\\and\tmore"),
            root: "/srv/data".into(),
            fs_type: "ext4".into(),
            source: "/dev/vda".into(),
            read_only: true,
            fs_options: vec!["rw".into()],
            shared: true,
        }
    );
    assert_eq!(mounts[3].fs_options, ["rw", "size=1024k", "noswap"]);
    assert_eq!((mounts[5].source.as_str(), mounts[5].shared), ("server:/a b", false));
}

#[test]
fn the_mount_that_covers_a_path() {
    #[track_caller]
    fn check(path: &str, expected: &str) {
        let found = covering(TABLE, Path::new(path)).unwrap().unwrap();
        assert_eq!(found.mount_point, Path::new(expected), "{path}");
    }
    check("/", "/");
    check("/pods/a", "/");
    check("/pods/abc", "/");
    check("/pods/a/volumes/mem/x", "/pods/a/volumes/mem");
    check("/pods/a/volumes/mem/inner/x", "/pods/a/volumes/mem/inner");
}

#[test]
fn a_line_that_cannot_be_read_is_an_error() {
    #[track_caller]
    fn check(line: &str) {
        let line = line.to_owned();
        assert_eq!(all(line.as_bytes()), Err(Malformed { line: line.clone() }), "{line}");
    }
    check("22 1 254:0 /");
    check("22 1 254:0 / / rw,relatime");
    check("22 1 254:0 / / rw,relatime shared:1");
    check("22 1 254:0 / / rw,relatime - ext4");
}

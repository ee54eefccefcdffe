use std::path::Path;
use std::process::{Command, Stdio};

use super::*;

/// busybox takes the archive apart as the kernel would.
#[test]
fn an_archive_comes_apart_again() {
    if crate::places::find_program("busybox").is_none() {
        eprintln!("skipped: needs busybox; `cargo xtask setup` installs it");
        return;
    }
    let mut archive = Archive::new(Vec::new());
    archive.file(Path::new("/etc/odd"), 0o640, b"12345").unwrap();
    archive.link(Path::new("/etc/link"), "odd").unwrap();
    archive.directory(Path::new("/proc")).unwrap();
    archive.file(Path::new("/a/b/c/run"), 0o755, b"").unwrap();
    let bytes = archive.finish().unwrap();

    let directory = tempfile::tempdir().unwrap();
    let mut child = Command::new("busybox")
        .args(["cpio", "-i", "-d"])
        .current_dir(directory.path())
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&bytes).unwrap();
    assert!(child.wait().unwrap().success());
    let path = |name: &str| directory.path().join(name);
    assert_eq!(fs::read(path("etc/link")).unwrap(), b"12345");
    assert_eq!(fs::metadata(path("etc/odd")).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(path("proc").is_dir() && path("a/b/c/run").is_file());
}

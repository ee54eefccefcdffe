//! Where the project's commands keep their files.

use std::path::{Path, PathBuf};

/// Environment variable that moves the cache (built tools, images, downloaded Go).
pub const CACHE_VARIABLE: &str = "KUBELET_CACHE";
/// Environment variable that moves the boxes' directories, for machines whose `/var/tmp` is no place for overlay mounts.
pub const BOXES_VARIABLE: &str = "KUBELET_BOXES";

/// The cache directory: `$KUBELET_CACHE`, else `~/.cache/kubelet-rs`. Everything below it may be deleted at any time.
pub fn cache() -> PathBuf {
    if let Some(path) = std::env::var_os(CACHE_VARIABLE).filter(|value| !value.is_empty()) {
        return PathBuf::from(path);
    }
    let home = std::env::var_os("HOME").map_or_else(|| PathBuf::from("/root"), PathBuf::from);
    home.join(".cache/kubelet-rs")
}

/// The directory that holds one directory per box: `$KUBELET_BOXES`, else `/var/tmp/kubelet-rs`.
pub fn boxes() -> PathBuf {
    std::env::var_os(BOXES_VARIABLE)
        .filter(|value| !value.is_empty())
        .map_or_else(|| PathBuf::from("/var/tmp/kubelet-rs"), PathBuf::from)
}

/// The root of the source tree this program was built from.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the xtask crate lies in the workspace's root directory")
}

/// The first directory of `PATH`, then of the usual system directories, that holds an executable called `program`.
pub fn find_program(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(
            ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]
                .map(PathBuf::from),
        )
        .map(|directory| directory.join(program))
        .find(|candidate| is_executable(candidate))
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path)
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

//! Where things of a pod lie on disk; the same places as upstream's, since either kubelet may find the other's.

/// `<logs>/<namespace>_<name>_<uid>`: the directory of a pod's logs (`BuildPodLogsDirectory`).
pub fn pod_log_directory(logs_directory: &str, namespace: &str, name: &str, uid: &str) -> String {
    join(logs_directory, &format!("{namespace}_{name}_{uid}"))
}

/// A container's log directory below the pod's (`BuildContainerLogsDirectory`).
pub fn container_log_directory(pod_log_directory: &str, container: &str) -> String {
    join(pod_log_directory, container)
}

/// `<container>/<restarts>.log`: a container's log below the pod's log directory (`buildContainerLogsPath`).
pub fn container_log_path(container: &str, restart_count: u32) -> String {
    format!("{container}/{restart_count}.log")
}

/// `<root>/pods/<uid>/etc-hosts`: the file mounted at `/etc/hosts` (`getEtcHostsPath`).
pub fn etc_hosts_path(root_directory: &str, uid: &str) -> String {
    join(root_directory, &format!("pods/{uid}/etc-hosts"))
}

/// `<root>/pods/<uid>/containers/<container>/<8 hex digits>`: the file a container writes its last words to. `id` is
/// random per start, so that two starts of one container never share it (`makeUID`).
pub fn termination_log_path(root_directory: &str, uid: &str, container: &str, id: u32) -> String {
    join(root_directory, &format!("pods/{uid}/containers/{container}/{id:08x}"))
}

/// Directory of the symbolic links that older log collectors read.
const LEGACY_LOG_DIRECTORY: &str = "/var/log/containers";
/// ext4's limit for a file's name.
const MAX_FILE_NAME_BYTES: usize = 255;
const LOG_SUFFIX: &str = ".log";

/// `/var/log/containers/<pod>_<namespace>_<container>-<id>.log`, cut to what a file's name may hold
/// (`kuberuntime/legacy.go`). `directory` is `None` for the usual place.
pub fn legacy_log_symlink(
    directory: Option<&str>,
    container_id: &str,
    container: &str,
    pod: &str,
    namespace: &str,
) -> String {
    let name = cut(format!("{pod}_{namespace}_{container}-{container_id}"));
    join(directory.unwrap_or(LEGACY_LOG_DIRECTORY), &format!("{name}{LOG_SUFFIX}"))
}

/// How the file names of all links to logs of a pod begin.
pub fn legacy_log_symlink_beginning(pod: &str, namespace: &str) -> String {
    cut(format!("{pod}_{namespace}_"))
}

/// As much of a link's name as a file's name may hold with what comes after it.
fn cut(mut name: String) -> String {
    let mut end = name.len().min(MAX_FILE_NAME_BYTES - LOG_SUFFIX.len());
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.truncate(end);
    name
}

/// Joins as Go's `filepath.Join` does for the paths above: one slash in between.
fn join(directory: &str, rest: &str) -> String {
    format!("{}/{rest}", directory.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_upstreams() {
        let logs = pod_log_directory("/var/log/pods", "default", "web-node", "u1");
        assert_eq!(logs, "/var/log/pods/default_web-node_u1");
        assert_eq!(pod_log_directory("/logs/", "a", "b", "c"), "/logs/a_b_c");
        assert_eq!(container_log_directory(&logs, "app"), "/var/log/pods/default_web-node_u1/app");
        assert_eq!(container_log_path("app", 3), "app/3.log");
        assert_eq!(etc_hosts_path("/var/lib/kubelet", "u1"), "/var/lib/kubelet/pods/u1/etc-hosts");
        assert_eq!(
            termination_log_path("/var/lib/kubelet", "u1", "app", 0xab12),
            "/var/lib/kubelet/pods/u1/containers/app/0000ab12"
        );
    }

    #[test]
    fn a_legacy_link_fits_a_file_name() {
        assert_eq!(
            legacy_log_symlink(None, "0123", "app", "web", "default"),
            "/var/log/containers/web_default_app-0123.log"
        );
        let long = legacy_log_symlink(Some("/l"), &"a".repeat(64), "app", &"p".repeat(253), "default");
        assert_eq!(long, format!("/l/{}.log", "p".repeat(251)));
        assert_eq!(legacy_log_symlink_beginning("web", "default"), "web_default_");
        assert_eq!(legacy_log_symlink_beginning(&"p".repeat(253), "default"), "p".repeat(251));
    }
}

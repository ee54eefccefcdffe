//! The node's own processes: found by their program's name and the directories in their command line.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::{layout, root};

/// The programs of a node.
const PROGRAMS: [&str; 4] = ["kubelet", "containerd", "containerd-shim-runc-v2", "docker-registry"];

/// One process of the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its id.
    pub pid: Pid,
    /// Its program's name.
    pub program: String,
}

/// The node's processes whose program has this name.
pub fn find(program: &str) -> Vec<Process> {
    all().into_iter().filter(|process| process.program == program).collect()
}

/// All of the node's processes.
pub fn all() -> Vec<Process> {
    let directories = [root().display().to_string(), layout().state().display().to_string()];
    let mut found: Vec<Process> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok().and_then(Pid::from_raw)?;
            let line = fs::read(entry.path().join("cmdline")).ok()?;
            let program = program_of(&line, &directories)?;
            Some(Process { pid, program })
        })
        .collect();
    found.sort_by_key(|process| process.pid.as_raw_nonzero());
    found
}

/// The name of the node's program that this command line (words ended by zero bytes) starts.
fn program_of(line: &[u8], directories: &[String]) -> Option<String> {
    let line = String::from_utf8_lossy(line);
    let mut words = line.split('\0');
    let name = Path::new(words.next()?).file_name()?.to_str()?.to_owned();
    let ours = words.any(|word| directories.iter().any(|directory| word.contains(directory.as_str())));
    (ours && PROGRAMS.contains(&name.as_str())).then_some(name)
}

/// Asks the processes to end, and ends them when they did not within `grace`.
pub fn stop(processes: &[Process], grace: Duration) {
    signal(processes, Signal::TERM);
    let start = Instant::now();
    while processes.iter().any(is_alive) {
        if start.elapsed() > grace {
            signal(processes, Signal::KILL);
            thread::sleep(Duration::from_millis(100));
            return;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

fn signal(processes: &[Process], signal: Signal) {
    for process in processes {
        // It may have ended in between, which is what is wanted.
        let _ = kill_process(process.pid, signal);
    }
}

/// Whether the process runs: a zombie does not.
fn is_alive(process: &Process) -> bool {
    let pid = process.pid.as_raw_nonzero();
    let state = fs::read_to_string(format!("/proc/{pid}/stat"));
    test_kill_process(process.pid).is_ok() && !state.is_ok_and(|stat| stat.contains(") Z "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(words: &[&str], expected: Option<&str>) {
        let directories = ["/var/lib/ours".to_owned(), "/run/ours".to_owned()];
        let line = words.join("\0");
        assert_eq!(program_of(line.as_bytes(), &directories).as_deref(), expected, "{words:?}");
    }

    #[test]
    fn only_our_programs_with_our_directories_are_ours() {
        check(&["/usr/bin/containerd", "--config", "/var/lib/ours/node/containerd.toml"], Some("containerd"));
        check(&["/x/kubelet", "--root-dir=/var/lib/ours/kubelet"], Some("kubelet"));
        check(
            &["/usr/bin/containerd-shim-runc-v2", "-address", "/run/ours/containerd.sock"],
            Some("containerd-shim-runc-v2"),
        );
        check(&["/usr/bin/containerd"], None);
        check(&["vi", "/var/lib/ours/manifests/pod.yaml"], None);
        check(&["/usr/bin/kubelet", "--root-dir=/var/lib/kubelet"], None);
    }
}

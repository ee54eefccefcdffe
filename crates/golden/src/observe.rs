//! What the machine looks like at the moment of a call: the pod's cgroup before its sandbox is made, and the files
//! that a container is about to get.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use serde_json::{Value, json};

use crate::place;
use crate::proxy::Observed;

/// The values of a v1 pod cgroup that a kubelet sets, with the hierarchy that each is found in.
const CGROUP_V1: [(&str, &str); 5] = [
    ("cpu", "cpu.shares"),
    ("cpu", "cpu.cfs_quota_us"),
    ("cpu", "cpu.cfs_period_us"),
    ("memory", "memory.limit_in_bytes"),
    ("pids", "pids.max"),
];
/// The same on v2.
const CGROUP_V2: [&str; 6] = ["cpu.weight", "cpu.max", "memory.max", "memory.min", "memory.high", "pids.max"];
/// No limit on v1, in whole pages.
const UNLIMITED: &str = "9223372036854771712";
/// Files beyond this size are told by their size alone.
const CONTENT_LIMIT: u64 = 8192;
/// How deep the listing of a volume goes.
const DEPTH_LIMIT: usize = 6;
/// tmpfs in `statfs(2)`.
const TMPFS_MAGIC: i64 = 0x0102_1994;

/// What is worth a look before the request of `method` is passed on.
pub fn before(method: &str, request: &Value) -> Observed {
    match method {
        "RunPodSandbox" => request
            .pointer("/config/linux/cgroup_parent")
            .and_then(Value::as_str)
            .map(pod_cgroup)
            .unwrap_or_default(),
        "CreateContainer" => mounts(request),
        _ => Observed::new(),
    }
}

/// The values of the pod's cgroup, by file name.
fn pod_cgroup(parent: &str) -> Observed {
    let below = parent.trim_start_matches('/');
    let root = Path::new("/sys/fs/cgroup");
    let mut values = Observed::new();
    let mut note = |file: &str, path: &Path| {
        if let Ok(value) = fs::read_to_string(path) {
            values.insert(file.to_owned(), Value::from(value.trim()));
        }
    };
    for file in CGROUP_V2 {
        note(file, &root.join(below).join(file));
    }
    for (hierarchy, file) in CGROUP_V1 {
        note(file, &root.join(hierarchy).join(below).join(file));
    }
    let huge = root.join("hugetlb").join(below);
    for entry in fs::read_dir(&huge).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let limited = fs::read_to_string(entry.path()).is_ok_and(|value| value.trim() != UNLIMITED);
        if name.ends_with(".limit_in_bytes") && limited {
            note(&name, &entry.path());
        }
    }
    values
}

/// What lies below the kubelet's own directory and is about to be mounted, by its path in the container.
fn mounts(request: &Value) -> Observed {
    let mounts =
        request.pointer("/config/mounts").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    mounts
        .iter()
        .filter_map(|mount| {
            let text = |name: &str| mount.get(name).and_then(Value::as_str);
            let (inside, outside) = (text("container_path")?, text("host_path")?);
            let outside = Path::new(outside);
            outside.starts_with(place::root()).then(|| (inside.to_owned(), facts(outside)))
        })
        .collect()
}

/// Kind, mode, owner and content of a file; a volume made of files is listed whole.
fn facts(path: &Path) -> Value {
    let Ok(metadata) = fs::metadata(path) else { return json!("missing") };
    let mut facts = json!({
        "kind": kind(&metadata),
        "mode": format!("{:04o}", metadata.mode() & 0o7777),
        "owner": format!("{}:{}", metadata.uid(), metadata.gid()),
    });
    if metadata.is_file() {
        facts["content"] = content(path, metadata.len());
    } else if metadata.is_dir() {
        let tmpfs = rustix::fs::statfs(path).is_ok_and(|found| found.f_type == TMPFS_MAGIC);
        facts["memory"] = Value::Bool(tmpfs);
        if tmpfs && let Ok(found) = rustix::fs::statvfs(path) {
            facts["bytes"] = json!(found.f_blocks * found.f_frsize);
        }
        let text = path.to_string_lossy();
        if text.contains("/kubernetes.io~downward-api/") || text.contains("/kubernetes.io~projected/") {
            let mut listing = BTreeMap::new();
            list(path, path, DEPTH_LIMIT, &mut listing);
            facts["files"] = json!(listing);
        }
    }
    facts
}

fn list(root: &Path, directory: &Path, depth: usize, listing: &mut BTreeMap<String, Value>) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
        let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        let mut line = format!(
            "{} {:04o} {}:{}",
            kind(&metadata),
            metadata.mode() & 0o7777,
            metadata.uid(),
            metadata.gid()
        );
        if metadata.is_symlink() {
            let target = fs::read_link(&path).unwrap_or_default();
            line = format!("link to {}", target.display());
        } else if metadata.is_file() {
            line = format!("{line} {}", content(&path, metadata.len()));
        }
        listing.insert(name, Value::from(line));
        if metadata.is_dir() && depth > 0 {
            list(root, &path, depth - 1, listing);
        }
    }
}

fn content(path: &Path, size: u64) -> Value {
    if size > CONTENT_LIMIT {
        return json!(format!("{size} bytes"));
    }
    fs::read(path).map_or(Value::Null, |bytes| Value::from(String::from_utf8_lossy(&bytes).into_owned()))
}

fn kind(metadata: &fs::Metadata) -> &'static str {
    let kind = metadata.file_type();
    if kind.is_dir() {
        "directory"
    } else if kind.is_file() {
        "file"
    } else if kind.is_symlink() {
        "link"
    } else if kind.is_socket() {
        "socket"
    } else if kind.is_fifo() {
        "pipe"
    } else {
        "device"
    }
}

//! Directories of control groups: making, filling, listing. Everything here blocks.

use std::{
    collections::BTreeSet,
    fs,
    io::{self, Write as _},
    os::unix::fs::DirBuilderExt,
    path::Path,
};

use super::{
    CgroupError,
    hierarchies::{Hierarchies, V1_REQUIRED, V2_CONTROLLERS},
    values::{Failure, Write},
};

pub(super) fn failed(action: &'static str, path: &Path, source: impl Into<io::Error>) -> CgroupError {
    CgroupError::Io { action, path: path.to_owned(), source: source.into() }
}

pub(super) fn read(directory: &Path, file: &str) -> io::Result<String> {
    Ok(fs::read_to_string(directory.join(file))?.trim().to_owned())
}

/// Writes a file that the kernel has made.
pub(super) fn write(directory: &Path, file: &str, value: &str) -> io::Result<()> {
    fs::OpenOptions::new().write(true).open(directory.join(file))?.write_all(value.as_bytes())
}

/// Makes one level; whether it was missing.
fn make_level(directory: &Path) -> Result<bool, CgroupError> {
    match fs::DirBuilder::new().mode(0o755).create(directory) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(failed("make control group", directory, error)),
    }
}

/// Whether a group exists in all hierarchies that matter.
pub(super) fn exists(hierarchies: &Hierarchies, path: &str) -> bool {
    hierarchies.directories(path).iter().all(|directory| directory.is_dir())
}

/// Makes a group, and what is missing above it, in all hierarchies.
pub(super) fn make(hierarchies: &Hierarchies, path: &str) -> Result<(), CgroupError> {
    match hierarchies {
        Hierarchies::V2 { root } => make_v2(root, path),
        Hierarchies::V1 { roots, unified } => {
            let cpuset = roots.get("cpuset");
            for root in roots.values().chain(unified).collect::<BTreeSet<_>>() {
                if Some(root) == cpuset { make_cpuset(root, path) } else { make_v1(root, path) }?;
            }
            Ok(())
        }
    }
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}

/// On v2 each level passes all its controllers on to the next; to the last one's children the runtime does.
fn make_v2(root: &Path, path: &str) -> Result<(), CgroupError> {
    let mut directory = root.to_owned();
    for part in parts(path) {
        let next = directory.join(part);
        let lacks = |child: &Path| {
            let has = read(child, "cgroup.controllers").unwrap_or_default();
            let has: BTreeSet<&str> = has.split_whitespace().collect();
            V2_CONTROLLERS.iter().any(|controller| !has.contains(controller))
        };
        if make_level(&next)? || lacks(&next) {
            pass_on_controllers(&directory);
        }
        directory = next;
    }
    Ok(())
}

/// As far as the kernel lets us; what pods then lack is found by [`check_controllers`].
fn pass_on_controllers(directory: &Path) {
    let available = read(directory, "cgroup.controllers").unwrap_or_default();
    let all: Vec<String> = available.split_whitespace().map(|controller| format!("+{controller}")).collect();
    if write(directory, "cgroup.subtree_control", &all.join(" ")).is_err() {
        for one in all {
            if let Err(error) = write(directory, "cgroup.subtree_control", &one) {
                tracing::debug!(path = %directory.display(), controller = one, %error, "Controller not passed on");
            }
        }
    }
}

/// The whole path at once, then what is missing above it: that of a pod is there already, in each of a dozen hierarchies.
fn make_v1(root: &Path, path: &str) -> Result<(), CgroupError> {
    let directory = root.join(path.trim_start_matches('/'));
    let made = fs::DirBuilder::new().recursive(true).mode(0o755).create(&directory);
    made.map_err(|error| failed("make control group", &directory, error))
}

/// Whether a level was there before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    New,
    Known,
}

/// Each level inherits from the one above, which is looked at only if something is missing: that of a pod is complete.
fn make_cpuset(root: &Path, path: &str) -> Result<(), CgroupError> {
    make_cpuset_level(root, &root.join(path.trim_start_matches('/')))
}

fn make_cpuset_level(root: &Path, directory: &Path) -> Result<(), CgroupError> {
    let Some(parent) = directory.parent().filter(|_| directory != root) else { return Ok(()) };
    let level = match fs::DirBuilder::new().mode(0o755).create(directory) {
        Ok(()) => Level::New,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make_cpuset_level(root, parent)?;
            if make_level(directory)? { Level::New } else { Level::Known }
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Level::Known,
        Err(error) => return Err(failed("make control group", directory, error)),
    };
    inherit_cpuset(root, parent, directory, level)
}

/// A new v1 cpuset group has no CPUs and no memory nodes, and takes no process until it has.
fn inherit_cpuset(root: &Path, parent: &Path, child: &Path, child_is: Level) -> Result<(), CgroupError> {
    let fail = |error| failed("inherit the cpuset of", child, error);
    for file in ["cpuset.cpus", "cpuset.mems"] {
        if child_is == Level::Known && !read(child, file).map_err(fail)?.is_empty() {
            continue;
        }
        let mut inherited = read(parent, file).map_err(fail)?;
        if inherited.is_empty() {
            make_cpuset_level(root, parent)?;
            inherited = read(parent, file).map_err(fail)?;
        }
        write(child, file, &inherited).map_err(fail)?;
    }
    Ok(())
}

/// Makes sure that a group has the controllers that pods need.
pub(super) fn check_controllers(hierarchies: &Hierarchies, path: &str) -> Result<(), CgroupError> {
    let relative = path.trim_start_matches('/');
    let (directory, missing): (_, Vec<&str>) = match hierarchies {
        Hierarchies::V2 { root } => {
            let directory = root.join(relative);
            let list = |directory: &Path| {
                let text = read(directory, "cgroup.controllers");
                text.map_err(|error| failed("read the controllers of", directory, error))
            };
            let (kernel, group) = (list(root)?, list(&directory)?);
            let has = |text: &str, controller: &str| text.split_whitespace().any(|has| has == controller);
            let missing = V2_CONTROLLERS
                .into_iter()
                .filter(|controller| has(&kernel, controller) && !has(&group, controller));
            (directory, missing.collect())
        }
        Hierarchies::V1 { roots, .. } => {
            let missing = V1_REQUIRED.into_iter().filter(|controller| {
                let root = roots.get(*controller);
                // Not mounted at all is a machine without huge pages for that one, and an unusable one for the others.
                root.map_or(*controller != "hugetlb", |root| !root.join(relative).is_dir())
            });
            (Path::new("/").join(relative), missing.collect())
        }
    };
    if missing.is_empty() {
        return Ok(());
    }
    let controllers = missing.into_iter().map(str::to_owned).collect();
    Err(CgroupError::MissingControllers { path: directory, controllers })
}

/// Writes a group's values.
pub(super) fn set(hierarchies: &Hierarchies, path: &str, writes: &[Write]) -> Result<(), CgroupError> {
    let relative = path.trim_start_matches('/');
    for one in writes {
        let Some(root) = hierarchies.root_of(one.controller) else {
            continue;
        };
        let directory = root.join(relative);
        let Err(error) = write(&directory, &one.file, &one.value) else {
            continue;
        };
        let missing_file = error.kind() == io::ErrorKind::NotFound;
        let refused = error.kind() == io::ErrorKind::InvalidInput;
        match one.failure {
            Failure::IgnoreMissingFile if missing_file => {}
            Failure::IgnoreRefused if missing_file || refused => {}
            // A kernel without huge pages in control groups has the pages all the same.
            Failure::Error if missing_file && one.controller == "hugetlb" => {}
            Failure::Error | Failure::IgnoreMissingFile | Failure::IgnoreRefused => {
                return Err(failed("write", &directory.join(&one.file), error));
            }
        }
    }
    Ok(())
}

/// Names of the groups directly below a group, in any hierarchy.
pub(super) fn children(hierarchies: &Hierarchies, path: &str) -> Result<BTreeSet<String>, CgroupError> {
    let mut names = BTreeSet::new();
    for directory in hierarchies.directories(path) {
        let entries = match fs::read_dir(&directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(failed("list", &directory, error)),
        };
        for entry in entries {
            let entry = entry.map_err(|error| failed("list", &directory, error))?;
            let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if let (true, Ok(name)) = (is_dir, entry.file_name().into_string()) {
                names.insert(name);
            }
        }
    }
    Ok(names)
}

//! Logs of a pod's containers, and the links that lead to them, when they are not wanted any more.

use crate::world::World;
use host::files::{FileError, FileKind};
use std::path::Path;
use types::error::chain;
use types::{PodName, PodUid};

/// Removes all logs of the pod, and before them every link to one: those of containers that the runtime has lost too, which
/// would dangle until the next look for orphans.
pub(super) async fn remove_logs(world: &World, name: &PodName, uid: &PodUid) -> Result<(), FileError> {
    if name.name.is_empty() {
        return Ok(());
    }
    let logs = world.pod_log_directory(name, uid);
    let directory = &world.settings.container_logs_directory;
    let entries = world.files.list_dir(directory).await.ok().flatten().unwrap_or_default();
    // The names of others' links tell so: only their pod's own, and those of its namesakes, are followed.
    let beginning = translate::legacy_log_symlink_beginning(&name.name, &name.namespace);
    let is_ours = |link: &str| link.starts_with(&beginning);
    for entry in entries.iter().filter(|entry| entry.kind == FileKind::Link) {
        if !entry.name.to_str().is_some_and(is_ours) {
            continue;
        }
        let link = directory.join(&entry.name);
        if let Ok(Some(target)) = world.files.read_link(&link).await
            && target.starts_with(&logs)
        {
            remove_link(world, name, &link).await;
        }
    }
    world.files.remove_tree(&logs).await
}

/// Removes the legacy link to a container's log.
pub(super) async fn remove_log_link(world: &World, name: &PodName, id: &str, container_name: &str) {
    let link = translate::legacy_log_symlink(
        world.settings.container_logs_directory.to_str(),
        id,
        container_name,
        &name.name,
        &name.namespace,
    );
    remove_link(world, name, Path::new(&link)).await;
}

async fn remove_link(world: &World, name: &PodName, link: &Path) {
    if let Err(error) = world.files.remove(link).await {
        tracing::debug!(pod = %name, err = %chain(&error), "Failed to remove legacy symbolic link");
    }
}

//! Pods that nobody remembers but the disk or the control groups.

use crate::world::World;
use host::files::FileKind;
use std::collections::BTreeMap;
use std::path::Path;
use types::{PodName, PodUid};

/// UIDs with a directory below `<root-dir>/pods`, a control group, or logs. Only the logs know names.
pub(super) async fn on_this_machine(world: &World) -> BTreeMap<PodUid, PodName> {
    let mut found = BTreeMap::new();
    match world.files.list_dir(&world.pods_directory()).await {
        Ok(entries) => {
            for entry in entries.unwrap_or_default() {
                if let Some(uid) = entry.name.to_str() {
                    found.insert(PodUid::from(uid), PodName::new("", ""));
                }
            }
        }
        Err(error) => tracing::warn!(err = %error, "Unable to look for orphaned pod directories"),
    }
    match world.cgroups.list_pods().await {
        Ok(groups) => found.extend(groups.into_iter().map(|group| (group.uid, PodName::new("", "")))),
        Err(error) => tracing::warn!(err = %error, "Unable to look for orphaned pod control groups"),
    }
    let logs = Path::new(&world.facts.pod_logs_directory);
    found.extend(with_logs(world, logs).await);
    remove_dead_links(world, logs).await;
    found
}

/// The pods whose logs are there: a kubelet that ended between the removal of a pod's last container and that of its logs left
/// them (upstream's `evictPodLogsDirectories`, `kuberuntime_gc.go`).
async fn with_logs(world: &World, logs: &Path) -> BTreeMap<PodUid, PodName> {
    let entries = world.files.list_dir(logs).await.ok().flatten().unwrap_or_default();
    let directories = entries.iter().filter(|entry| entry.kind == FileKind::Directory);
    let pods = directories.filter_map(|entry| {
        // <namespace>_<name>_<uid>; neither namespace nor name can have an underscore.
        let mut parts = entry.name.to_str()?.splitn(3, '_');
        let (namespace, name, uid) = (parts.next()?, parts.next()?, parts.next()?);
        Some((PodUid::from(uid), PodName::new(namespace, name)))
    });
    pods.collect()
}

/// Removes legacy links into log directories that are gone. A link whose file alone is missing may be between two steps of a
/// rotation.
async fn remove_dead_links(world: &World, logs: &Path) {
    let directory = &world.settings.container_logs_directory;
    let entries = world.files.list_dir(directory).await.ok().flatten().unwrap_or_default();
    for entry in entries.iter().filter(|entry| entry.kind == FileKind::Link) {
        let link = directory.join(&entry.name);
        let Ok(Some(target)) = world.files.read_link(&link).await else { continue };
        let Some(parent) = target.parent().filter(|parent| parent.starts_with(logs)) else { continue };
        if matches!(world.files.look(parent).await, Ok(None))
            && let Err(error) = world.files.remove(&link).await
        {
            tracing::warn!(err = %error, "Failed to remove legacy container log dead symlink");
        }
    }
}

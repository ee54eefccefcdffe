//! Pods that nobody remembers but the disk or the control groups.

use crate::world::World;
use std::collections::BTreeMap;
use types::{PodName, PodUid};

/// UIDs with a directory below `<root-dir>/pods` or a control group. Names are not known of them.
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
    found
}

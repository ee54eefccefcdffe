//! From the runtime's list to the node's. Pure.

use cri::v1::Image;
use k8s_openapi::api::core::v1::ContainerImage;

/// Names told of one image (`MaxNamesPerImageInNodeStatus`).
const MAX_NAMES: usize = 5;

/// The biggest images first, `limit` of them; of each the digests, then the tags.
pub(super) fn told(mut images: Vec<Image>, limit: Option<usize>) -> Vec<ContainerImage> {
    images.sort_by(|one, other| (other.size, &other.id).cmp(&(one.size, &one.id)));
    images.truncate(limit.unwrap_or(usize::MAX));
    images.into_iter().map(image).collect()
}

fn image(image: Image) -> ContainerImage {
    let mut names = image.repo_digests;
    names.extend(image.repo_tags);
    names.truncate(MAX_NAMES);
    ContainerImage {
        names: Some(names).filter(|names| !names.is_empty()),
        size_bytes: i64::try_from(image.size).ok().filter(|size| *size != 0),
    }
}

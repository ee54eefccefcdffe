//! Images.

use async_trait::async_trait;

use super::Answer;
use crate::v1::{
    AuthConfig, Image, ImageFilter, ImageFsInfoResponse, ImageSpec, ImageStatusResponse, PodSandboxConfig,
};

/// Everything of the CRI's `ImageService`.
#[async_trait]
pub trait ImageService: Send + Sync {
    /// The images that match, or more: containerd does not look at the filter. `None` lists all.
    async fn list_images(&self, filter: Option<ImageFilter>) -> Answer<Vec<Image>>;

    /// One image; the answer's `image` is `None` when the runtime does not have it, else it has an id and a size.
    async fn image_status(&self, image: ImageSpec, verbose: bool) -> Answer<ImageStatusResponse>;

    /// Pulls an image and returns its reference, never empty. It may take as long as it takes: there is no deadline,
    /// drop the future to give up.
    async fn pull_image(
        &self,
        image: ImageSpec,
        auth: Option<AuthConfig>,
        sandbox_config: Option<PodSandboxConfig>,
    ) -> Answer<String>;

    /// Removes an image. An unknown one succeeds.
    async fn remove_image(&self, image: ImageSpec) -> Answer<()>;

    /// Disk usage of images and of containers' writable layers.
    async fn image_fs_info(&self) -> Answer<ImageFsInfoResponse>;
}

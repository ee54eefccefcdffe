//! Images.

use async_trait::async_trait;

use super::Client;
use super::call::{Terms, filled};
use crate::Operation;
use crate::service::{Answer, ImageService};
use crate::v1::{
    AuthConfig, Image, ImageFilter, ImageFsInfoRequest, ImageFsInfoResponse, ImageSpec, ImageStatusRequest,
    ImageStatusResponse, ListImagesRequest, ListImagesResponse, PodSandboxConfig, PullImageRequest,
    PullImageResponse, RemoveImageRequest,
};

#[async_trait]
impl ImageService for Client {
    async fn list_images(&self, filter: Option<ImageFilter>) -> Answer<Vec<Image>> {
        self.call(
            Operation::ListImages,
            ListImagesRequest { filter },
            |request| async move { self.images().list_images(request).await },
            |reply: ListImagesResponse| Ok(reply.images),
        )
        .await
    }

    async fn image_status(&self, image: ImageSpec, verbose: bool) -> Answer<ImageStatusResponse> {
        let name = image.image.clone();
        self.call(
            Operation::ImageStatus,
            ImageStatusRequest { image: Some(image), verbose },
            |request| async move { self.images().image_status(request).await },
            |reply: ImageStatusResponse| match &reply.image {
                Some(image) if image.id.is_empty() || image.size == 0 => {
                    Err(format!("Id or size of image {name:?} is not set"))
                }
                Some(_) | None => Ok(reply),
            },
        )
        .await
    }

    async fn pull_image(
        &self,
        image: ImageSpec,
        auth: Option<AuthConfig>,
        sandbox_config: Option<PodSandboxConfig>,
    ) -> Answer<String> {
        let terms = Terms {
            operation: Operation::PullImage,
            deadline: self.deadlines.pull_image(),
            runtime_handler: None,
        };
        let name = image.image.clone();
        self.call_with(
            terms,
            PullImageRequest { image: Some(image), auth, sandbox_config },
            |request| async move { self.images().pull_image(request).await },
            |reply: PullImageResponse| filled(reply.image_ref, || format!("imageRef of image {name:?}")),
        )
        .await
    }

    async fn remove_image(&self, image: ImageSpec) -> Answer<()> {
        self.call(
            Operation::RemoveImage,
            RemoveImageRequest { image: Some(image) },
            |request| async move { self.images().remove_image(request).await },
            |_| Ok(()),
        )
        .await
    }

    async fn image_fs_info(&self) -> Answer<ImageFsInfoResponse> {
        self.call(
            Operation::ImageFsInfo,
            ImageFsInfoRequest {},
            |request| async move { self.images().image_fs_info(request).await },
            Ok,
        )
        .await
    }
}

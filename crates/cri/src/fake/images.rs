//! Images of the fake.

use async_trait::async_trait;

use super::call::Call;
use super::image_names::normalize;
use super::journal::What;
use super::objects::Image;
use super::{FakeRuntime, Pull, Stage};
use crate::Operation;
use crate::error::{Code, CriError};
use crate::service::{Answer, ImageService};
use crate::v1::{
    self, AuthConfig, FilesystemIdentifier, FilesystemUsage, ImageFilter, ImageFsInfoResponse, ImageSpec,
    ImageStatusResponse, PodSandboxConfig, UInt64Value,
};

/// Where the fake would keep its images.
const MOUNTPOINT: &str = "/var/lib/fake";

#[async_trait]
impl ImageService for FakeRuntime {
    /// All images, whatever the filter, as containerd does.
    async fn list_images(&self, _filter: Option<ImageFilter>) -> Answer<Vec<v1::Image>> {
        let call = Call::new(Operation::ListImages, "");
        self.serve(&call, async { Ok(self.world().images.values().map(Image::to_item).collect()) }).await
    }

    async fn image_status(&self, image: ImageSpec, _verbose: bool) -> Answer<ImageStatusResponse> {
        let call = Call::new(Operation::ImageStatus, &image.image);
        self.serve(&call, async {
            let world = self.world();
            let image = world.image(&normalize(&image.image)).map(Image::to_item);
            Ok(ImageStatusResponse { image, ..ImageStatusResponse::default() })
        })
        .await
    }

    async fn pull_image(
        &self,
        image: ImageSpec,
        _auth: Option<AuthConfig>,
        _sandbox_config: Option<PodSandboxConfig>,
    ) -> Answer<String> {
        let call = Call::new(Operation::PullImage, &image.image);
        self.serve(&call, async {
            match (self.shared.options.registry)(&image) {
                Pull::Arrives { after, size_bytes } => {
                    tokio::time::sleep(after).await;
                    self.meet(Stage::During, &call).await?;
                    Ok(self.change(|world| world.add_image(&image.image, size_bytes)))
                }
                Pull::Fails { after, code, message } => {
                    tokio::time::sleep(after).await;
                    let operation = call.operation;
                    Err(match code {
                        Code::NotFound => CriError::NotFound { operation, message },
                        code => CriError::Runtime { operation, code, message },
                    })
                }
            }
        })
        .await
    }

    async fn remove_image(&self, image: ImageSpec) -> Answer<()> {
        let call = Call::new(Operation::RemoveImage, &image.image);
        self.serve(&call, async {
            self.change(|world| {
                let Some(id) = world.image(&normalize(&image.image)).map(|image| image.id.clone()) else {
                    return;
                };
                world.images.remove(&id);
                world.journal.note(tokio::time::Instant::now(), &id, What::ImageRemoved);
            });
            Ok(())
        })
        .await
    }

    async fn image_fs_info(&self) -> Answer<ImageFsInfoResponse> {
        let call = Call::new(Operation::ImageFsInfo, "");
        self.serve(&call, async {
            let world = self.world();
            let used = world.images.values().map(|image| image.size_bytes).sum();
            let filesystem = FilesystemUsage {
                timestamp: world.now_nanos(),
                fs_id: Some(FilesystemIdentifier { mountpoint: MOUNTPOINT.to_owned() }),
                used_bytes: Some(UInt64Value { value: used }),
                inodes_used: Some(UInt64Value { value: 0 }),
            };
            Ok(ImageFsInfoResponse {
                image_filesystems: vec![filesystem.clone()],
                container_filesystems: vec![filesystem],
            })
        })
        .await
    }
}

//! Lists the images, and publishes them when they differ.

use super::ImagesReceiver;
use super::plan::told;
use cri::ImageService;
use k8s_openapi::api::core::v1::ContainerImage;
use std::sync::Arc;
use std::time::Duration;
use tasks::{Stop, watch};

/// Time between two lists, as upstream's.
const PERIOD: Duration = Duration::from_secs(30);

/// See the module.
#[derive(Clone)]
pub(crate) struct ImagesTask {
    images: Arc<dyn ImageService>,
    limit: Option<usize>,
    list: watch::Sender<Option<Arc<Vec<ContainerImage>>>>,
}

impl ImagesTask {
    /// A task that is not run yet, and its output. `limit`: how many images are told of; `None` for all.
    pub(crate) fn new(images: Arc<dyn ImageService>, limit: Option<usize>) -> (Self, ImagesReceiver) {
        let (list, receiver) = watch::channel(None);
        (Self { images, limit, list }, receiver)
    }

    /// Until `stop`.
    pub(crate) async fn run(self, stop: Stop) {
        if self.limit == Some(0) {
            self.publish(Vec::new());
            return;
        }
        loop {
            tokio::select! {
                biased;
                () = stop.requested() => return,
                () = self.list() => {}
            }
            tokio::select! {
                biased;
                () = stop.requested() => return,
                () = tokio::time::sleep(PERIOD) => {}
            }
        }
    }

    async fn list(&self) {
        match self.images.list_images(None).await {
            Ok(images) => self.publish(told(images, self.limit)),
            Err(error) => tracing::warn!(err = %error, "Failed to list images"),
        }
    }

    fn publish(&self, images: Vec<ContainerImage>) {
        self.list.send_if_modified(|known| {
            let differs = known.as_deref() != Some(&images);
            if differs {
                *known = Some(Arc::new(images));
            }
            differs
        });
    }
}

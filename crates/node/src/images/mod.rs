//! The images that the node tells of.
//!
//! Owns the list of images in `status.images`, from which the scheduler prefers nodes that have an image already. Input:
//! CRI `ListImages`, every 30 s. Output: the list, sorted and cut, on a watch channel, sent only when it differs. One
//! task.
//!
//! Source: `pkg/kubelet/images/image_gc_manager.go` (`imageCache`), `nodestatus/setters.go` `Images`, release 1.37.

mod plan;
mod task;
#[cfg(test)]
mod tests;

pub(crate) use task::ImagesTask;

use k8s_openapi::api::core::v1::ContainerImage;
use std::sync::Arc;
use tasks::watch;

/// `None` until the runtime has listed them for the first time.
pub(crate) type ImagesReceiver = watch::Receiver<Option<Arc<Vec<ContainerImage>>>>;

//! Images that are volumes: pulled before the first container that is started, as containers' own images are.
//!
//! Source: `kuberuntime_manager.go` `getImageVolumes`, `toKubeContainerImageVolumes` of 1.37.

use super::place::Place;
use super::sandbox::Sandbox;
use super::start::Job;
use cri::v1::ImageSpec;
use images::{ImageError, ImageEvent, Presence};
use k8s_openapi::api::core::v1::Container;
use std::collections::BTreeMap;

/// What became of each image volume of a pod, by the volume's name.
#[derive(Debug, Default)]
pub(super) struct ImageVolumes(BTreeMap<String, Result<ImageSpec, ImageError>>);

impl ImageVolumes {
    /// Makes sure of all images, one after the other. One that fails is told to the containers that mount it.
    pub(super) async fn pull(job: &Job, sandbox: &Sandbox, place: &mut Place) -> Self {
        let world = &job.world;
        let annotations = job.wanted.pod.metadata.annotations.clone().unwrap_or_default();
        let tell =
            |event: ImageEvent| world.events.tell(event.kind, job.object(), event.reason, event.message);
        let mut found = BTreeMap::new();
        for volume in job.wanted.spec().volumes.iter().flatten() {
            let Some(source) = &volume.image else { continue };
            let image = source.reference.as_deref().unwrap_or_default();
            let request = images::Request {
                pod_uid: job.wanted.uid.as_str(),
                service_account: job.service_account(),
                secrets: &job.pull_secrets,
                image,
                policy: source.pull_policy.as_deref().unwrap_or("IfNotPresent"),
                annotations: &annotations,
                sandbox: &sandbox.config,
            };
            let pulled = match place.during(world.images.present(&request, &tell)).await {
                Ok(Presence::Usable(image)) => Ok(*image),
                Ok(Presence::Wanted(wanted)) => {
                    place.leave();
                    let pulled = world.images.pull(&request, wanted, &tell).await;
                    place.come_back(world).await;
                    pulled
                }
                Err(error) => Err(error),
            };
            let spec = pulled.map(|pulled| ImageSpec {
                image: pulled.image_ref,
                user_specified_image: image.to_owned(),
                annotations: annotations.clone(),
                ..ImageSpec::default()
            });
            found.insert(volume.name.clone(), spec);
        }
        Self(found)
    }

    /// The images that a container mounts.
    ///
    /// # Errors
    /// The last of its mounts whose image is not there.
    pub(super) fn of_container(
        &self,
        container: &Container,
    ) -> Result<BTreeMap<String, ImageSpec>, ImageError> {
        let mut images = BTreeMap::new();
        let mut failed = None;
        for mount in container.volume_mounts.iter().flatten() {
            match self.0.get(&mount.name) {
                Some(Ok(image)) => {
                    images.insert(mount.name.clone(), image.clone());
                }
                Some(Err(error)) => failed = Some(error.clone()),
                None => {}
            }
        }
        failed.map_or(Ok(images), Err)
    }
}

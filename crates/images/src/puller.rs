//! The order of things for one image: what is present, what policy says, and the pull.

use crate::backoff::PullBackoff;
use crate::error::ImageError;
use crate::metrics::{Metrics, size_bucket};
use crate::name::with_default_tag;
use crate::rate::TokenBucket;
use crate::records::PullRecords;
use cri::{ImageService, v1};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tasks::Clock;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use types::EventKind;
use types::reasons::{image_event, waiting};

/// How many pulls may run and start, from the kubelet's configuration.
#[derive(Clone, Copy, Debug)]
pub struct PullSettings {
    /// Pulls at the same time; `None` for as many as are asked for. `serializeImagePulls` is 1.
    pub max_parallel: Option<u32>,
    /// `registryPullQPS`; 0 for any number.
    pub pulls_per_second: u32,
    /// `registryBurst`.
    pub burst: u32,
}

/// An image that a container needs.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The pod's UID: failed pulls are remembered per pod.
    pub pod_uid: &'a str,
    /// The name in the specification.
    pub image: &'a str,
    /// `Always`, `IfNotPresent` or `Never`.
    pub policy: &'a str,
    /// The pod's annotations, which go with the request.
    pub annotations: &'a BTreeMap<String, String>,
    /// The sandbox that the image is for.
    pub sandbox: &'a v1::PodSandboxConfig,
}

/// An image that is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Pulled {
    /// What to put into a container's configuration.
    pub image_ref: String,
    /// What the runtime says of it: its user, above all.
    pub image: Option<v1::Image>,
}

/// Something to tell the user about an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageEvent {
    /// Normal or Warning.
    pub kind: EventKind,
    /// One of `types::reasons::image_event`.
    pub reason: &'static str,
    /// Upstream's sentence.
    pub message: String,
}

/// Whoever tells it.
pub type Tell<'a> = &'a (dyn Fn(ImageEvent) + Send + Sync);

/// Pulls images. Shared by all pods.
pub struct Images {
    service: Arc<dyn ImageService>,
    clock: Clock,
    metrics: Metrics,
    backoff: PullBackoff,
    records: PullRecords,
    places: Option<Semaphore>,
    rate: TokenBucket,
}

impl Images {
    /// A puller with no failures remembered.
    pub fn new(
        service: Arc<dyn ImageService>,
        records: PullRecords,
        settings: PullSettings,
        clock: Clock,
        metrics: Metrics,
    ) -> Self {
        let places = settings.max_parallel.map(|count| Semaphore::new(count.max(1) as usize));
        let rate = TokenBucket::new(settings.pulls_per_second, settings.burst);
        Self { service, clock, metrics, backoff: PullBackoff::default(), records, places, rate }
    }

    /// Changes `registryPullQPS` and `registryBurst`.
    pub fn set_rate(&self, pulls_per_second: u32, burst: u32) {
        self.rate.set(pulls_per_second, burst);
    }

    /// The image, if it is there and the policy does not want it pulled; `None` when it must be pulled.
    pub async fn present(&self, request: &Request<'_>, tell: Tell<'_>) -> Result<Option<Pulled>, ImageError> {
        let name = with_default_tag(request.image).map_err(|error| {
            let message = format!("Failed to apply default image tag {:?}: {error}", request.image);
            tell(warning(image_event::INSPECT_FAILED, &message));
            ImageError::new(waiting::INVALID_IMAGE_NAME, message)
        })?;
        if request.policy == "Always" {
            self.count(request, "unknown", "true");
            return Ok(None);
        }
        let image = self.status(request, &name).await.map_err(|error| {
            let message = format!("Failed to inspect image \"\": {}", error.shown());
            tell(warning(image_event::INSPECT_FAILED, &message));
            ImageError::new(waiting::IMAGE_INSPECT_ERROR, message)
        })?;
        let is_ours_to_use = |image: &v1::Image| !self.records.must_pull(request.image, &image.id);
        match image {
            Some(image) if is_ours_to_use(&image) => {
                self.count(request, "true", "false");
                tell(ImageEvent {
                    kind: EventKind::Normal,
                    reason: image_event::PULLED,
                    message: format!(
                        "Container image {:?} already present on machine and can be accessed by the pod",
                        request.image
                    ),
                });
                Ok(Some(Pulled { image_ref: image.id.clone(), image: Some(image) }))
            }
            // That another pod pulled it is none of this one's business: the words are the same.
            found if request.policy == "Never" => {
                self.count(request, if found.is_some() { "true" } else { "false" }, "unknown");
                let message =
                    format!("Container image {:?} is not present with pull policy of Never", request.image);
                tell(warning(image_event::ERR_IMAGE_NEVER_PULL, &message));
                Err(ImageError::new(waiting::ERR_IMAGE_NEVER_PULL, message))
            }
            found => {
                self.count(request, if found.is_some() { "true" } else { "false" }, "true");
                Ok(None)
            }
        }
    }

    /// Pulls the image, in its turn. Dropping the future gives up the place and cancels the pull.
    pub async fn pull(&self, request: &Request<'_>, tell: Tell<'_>) -> Result<Pulled, ImageError> {
        let name = with_default_tag(request.image)
            .map_err(|error| ImageError::new(waiting::INVALID_IMAGE_NAME, error.to_string()))?;
        let key = format!("{}_{}", request.pod_uid, request.image);
        if let Some((until, words)) = self.backoff.blocked_until(&key, self.clock.now()) {
            let message = format!("Back-off pulling image {:?}", request.image);
            tell(ImageEvent {
                kind: EventKind::Normal,
                reason: image_event::BACK_OFF,
                message: message.clone(),
            });
            return Err(ImageError {
                reason: waiting::IMAGE_PULL_BACK_OFF,
                message: format!("{message}: {words}"),
                retry_at: Some(until),
            });
        }
        tell(ImageEvent {
            kind: EventKind::Normal,
            reason: image_event::PULLING,
            message: format!("Pulling image {:?}", request.image),
        });
        let asked_at = Instant::now();
        self.records.begins(request.image).await;
        let outcome = self.pull_in_turn(request, &name).await;
        let image_ref = outcome.as_ref().ok().map(|(image_ref, ..)| image_ref.as_str());
        self.records.ended(request.image, image_ref, self.clock.now()).await;
        match outcome {
            Ok((image_ref, image, pulling)) => {
                let waiting = asked_at.elapsed();
                let size = image.as_ref().map_or(0, |image| image.size);
                self.metrics
                    .pull_duration
                    .with_label_values(&[size_bucket(size)])
                    .observe(waiting.as_secs_f64());
                tell(ImageEvent {
                    kind: EventKind::Normal,
                    reason: image_event::PULLED,
                    message: format!(
                        "Successfully pulled image {:?} in {} ({} including waiting). Image size: {size} bytes.",
                        request.image,
                        go_duration(pulling),
                        go_duration(waiting)
                    ),
                });
                Ok(Pulled { image_ref, image })
            }
            Err(words) => {
                tell(warning(
                    image_event::FAILED,
                    &format!("Failed to pull image {:?}: {words}", request.image),
                ));
                let error = ImageError::from_pull(request.image, &words);
                let remembered = format!("{}: {}", error.reason, error.message);
                self.backoff.failed(key, remembered, self.clock.now());
                // Asked again after the caller's usual pause, the answer is the back-off: users look for that reason.
                Err(error)
            }
        }
    }

    /// Waits for a place, pulls, and asks what was pulled. An error is the runtime's words.
    async fn pull_in_turn(
        &self,
        request: &Request<'_>,
        name: &str,
    ) -> Result<(String, Option<v1::Image>, Duration), String> {
        let _place = match &self.places {
            Some(places) => Some(places.acquire().await.expect("the places are never closed")),
            None => None,
        };
        if !self.rate.try_take() {
            return Err("pull QPS exceeded".to_owned());
        }
        let started_at = Instant::now();
        let spec = spec(request, name);
        let image_ref = self
            .service
            .pull_image(spec, None, Some(request.sandbox.clone()))
            .await
            .map_err(|error| error.shown())?;
        let image = self.status(request, name).await.unwrap_or_default();
        Ok((image_ref, image, started_at.elapsed()))
    }

    async fn status(&self, request: &Request<'_>, name: &str) -> Result<Option<v1::Image>, cri::CriError> {
        Ok(self.service.image_status(spec(request, name), false).await?.image)
    }

    fn count(&self, request: &Request<'_>, present: &str, required: &str) {
        let policy = request.policy.to_lowercase();
        self.metrics.ensure_requests.with_label_values(&[policy.as_str(), present, required]).inc();
    }
}

fn spec(request: &Request<'_>, name: &str) -> v1::ImageSpec {
    v1::ImageSpec { image: name.to_owned(), annotations: request.annotations.clone(), ..Default::default() }
}

fn warning(reason: &'static str, message: &str) -> ImageEvent {
    ImageEvent { kind: EventKind::Warning, reason, message: message.to_owned() }
}

/// A duration in whole milliseconds, as Go prints it.
fn go_duration(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    match (milliseconds / 60_000, milliseconds % 60_000) {
        (0, 0) => "0s".to_owned(),
        (0, rest) if rest < 1000 => format!("{rest}ms"),
        (0, rest) => format!("{}s", decimal(rest)),
        (minutes, rest) => format!("{minutes}m{}s", decimal(rest)),
    }
}

fn decimal(milliseconds: u128) -> String {
    let text = format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_printed_as_go_does() {
        for (milliseconds, text) in
            [(0, "0s"), (12, "12ms"), (1500, "1.5s"), (61_020, "1m1.02s"), (2000, "2s")]
        {
            assert_eq!(go_duration(Duration::from_millis(milliseconds)), text);
        }
    }
}

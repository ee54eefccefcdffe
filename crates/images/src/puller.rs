//! The order of things for one image: what is present, what policy says, and the pull.

use crate::backoff::PullBackoff;
use crate::credentials::{Credentials, TrackedCredential};
use crate::error::ImageError;
use crate::go_duration::go_duration;
use crate::metrics::{Metrics, size_bucket};
use crate::name::{repository, with_default_tag};
use crate::rate::TokenBucket;
use crate::records::{Access, Proof, PullRecords};
use crate::request::{ImageEvent, Presence, Pulled, Request, Tell, Wanted};
use cri::{ImageService, v1};
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

/// Pulls images. Shared by all pods.
pub struct Images {
    service: Arc<dyn ImageService>,
    clock: Clock,
    metrics: Metrics,
    backoff: PullBackoff,
    records: PullRecords,
    credentials: Credentials,
    places: Option<Semaphore>,
    rate: TokenBucket,
}

impl Images {
    /// A puller with no failures remembered.
    pub fn new(
        service: Arc<dyn ImageService>,
        records: PullRecords,
        credentials: Credentials,
        settings: PullSettings,
        clock: Clock,
        metrics: Metrics,
    ) -> Self {
        let places = settings.max_parallel.map(|count| Semaphore::new(count.max(1) as usize));
        let rate = TokenBucket::new(settings.pulls_per_second, settings.burst);
        Self { service, clock, metrics, backoff: PullBackoff::default(), records, credentials, places, rate }
    }

    /// Changes `registryPullQPS` and `registryBurst`.
    pub fn set_rate(&self, pulls_per_second: u32, burst: u32) {
        self.rate.set(pulls_per_second, burst);
    }

    /// The image, if it is there, the policy does not want it pulled, and the pod may use it.
    ///
    /// # Errors
    /// When the name is none, the runtime does not answer, a pull secret is wrong, or it may not be pulled.
    pub async fn present(&self, request: &Request<'_>, tell: Tell<'_>) -> Result<Presence, ImageError> {
        let name = with_default_tag(request.image).map_err(|error| {
            self.count(request, "unknown", "unknown");
            let message = format!("Failed to apply default image tag {:?}: {error}", request.image);
            tell(warning(image_event::INSPECT_FAILED, &message));
            ImageError::new(waiting::INVALID_IMAGE_NAME, message)
        })?;
        if request.policy == "Always" {
            self.count(request, "unknown", "true");
            return Ok(Presence::Wanted(Wanted::default()));
        }
        let image = self.status(request, &name).await.map_err(|error| {
            self.count(request, "unknown", "unknown");
            let message = format!("Failed to inspect image \"\": {}", error.shown());
            tell(warning(image_event::INSPECT_FAILED, &message));
            ImageError::new(waiting::IMAGE_INSPECT_ERROR, message)
        })?;
        let Some(image) = image else {
            if request.policy == "Never" {
                self.count(request, "false", "unknown");
                return Err(never_pulled(request, tell));
            }
            self.count(request, "false", "true");
            return Ok(Presence::Wanted(Wanted::default()));
        };
        let wanted = match self.records.access(request.image, &image.id) {
            Access::Granted => None,
            Access::Denied => Some(Wanted::default()),
            Access::Restricted => {
                let credentials = self.look_up(request, &name).await.inspect_err(|_| {
                    self.count(request, "true", "unknown");
                })?;
                let proof = Proof::of(&credentials);
                let now = self.clock.now();
                let is_proven = self.records.is_proven(request.image, &image.id, &proof, now).await;
                (!is_proven).then_some(Wanted { credentials: Some(credentials) })
            }
        };
        match wanted {
            None => {
                self.count(request, "true", "false");
                tell(self.present_event(request));
                Ok(Presence::Usable(Box::new(Pulled { image_ref: image.id.clone(), image: Some(image) })))
            }
            // That another pod pulled it is none of this one's business: the words are as if it were not there.
            Some(_) if request.policy == "Never" => {
                self.count(request, "true", "true");
                Err(never_pulled(request, tell))
            }
            Some(wanted) => {
                self.count(request, "true", "true");
                Ok(Presence::Wanted(wanted))
            }
        }
    }

    fn present_event(&self, request: &Request<'_>) -> ImageEvent {
        let present = format!("Container image {:?} already present on machine", request.image);
        let message =
            if self.records.is_off() { present } else { format!("{present} and can be accessed by the pod") };
        ImageEvent { kind: EventKind::Normal, reason: image_event::PULLED, message }
    }

    /// Pulls the image, in its turn. Dropping the future gives up the place and cancels the pull.
    ///
    /// # Errors
    /// When the pull fails, with what every credential met; while an earlier failure is waited out.
    pub async fn pull(
        &self,
        request: &Request<'_>,
        wanted: Wanted,
        tell: Tell<'_>,
    ) -> Result<Pulled, ImageError> {
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
        let credentials = match wanted.credentials {
            Some(credentials) => credentials,
            None => self.look_up(request, &name).await?,
        };
        tell(ImageEvent {
            kind: EventKind::Normal,
            reason: image_event::PULLING,
            message: format!("Pulling image {:?}", request.image),
        });
        let asked_at = Instant::now();
        let pulling = self.records.begin(request.image).await;
        match self.pull_in_turn(request, &name, &credentials).await {
            Ok(arrived) => {
                pulling.succeeded(&arrived.image_ref, arrived.used, self.clock.now()).await;
                let size = arrived.image.as_ref().map_or(0, |image| image.size);
                tell(self.arrived_event(request, size, arrived.took, asked_at.elapsed()));
                Ok(Pulled { image_ref: arrived.image_ref, image: arrived.image })
            }
            Err(words) => {
                pulling.failed().await;
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

    fn arrived_event(
        &self,
        request: &Request<'_>,
        size: u64,
        took: Duration,
        waited: Duration,
    ) -> ImageEvent {
        self.metrics.pull_duration.with_label_values(&[size_bucket(size)]).observe(waited.as_secs_f64());
        let message = format!(
            "Successfully pulled image {:?} in {} ({} including waiting). Image size: {size} bytes.",
            request.image,
            go_duration(took),
            go_duration(waited)
        );
        ImageEvent { kind: EventKind::Normal, reason: image_event::PULLED, message }
    }

    /// All credentials that fit. A broken secret is the user's to mend: the pod waits and says which.
    async fn look_up(&self, request: &Request<'_>, name: &str) -> Result<Vec<TrackedCredential>, ImageError> {
        let found = self.credentials.look_up(&repository(name), request.pod(), request.secrets).await;
        found.map_err(|error| ImageError::new(waiting::ERR_IMAGE_PULL, types::error::chain(&error)))
    }

    /// Waits for a place, pulls with one credential after the other, and asks what was pulled. An error is the runtime's words.
    async fn pull_in_turn<'credentials>(
        &self,
        request: &Request<'_>,
        name: &str,
        credentials: &'credentials [TrackedCredential],
    ) -> Result<Arrived<'credentials>, String> {
        let _place = match &self.places {
            Some(places) => Some(places.acquire().await.expect("the places are never closed")),
            None => None,
        };
        if !self.rate.try_take() {
            return Err("pull QPS exceeded".to_owned());
        }
        let started_at = Instant::now();
        let attempts: Vec<Option<&TrackedCredential>> = match credentials {
            [] => vec![None],
            some => some.iter().map(Some).collect(),
        };
        let mut failures = Vec::new();
        for used in attempts {
            let authentication = used.map(|used| used.credential.to_runtime());
            let sandbox = Some(request.sandbox.clone());
            match self.service.pull_image(spec(request, name), authentication, sandbox).await {
                Ok(image_ref) => {
                    let image = self.status(request, name).await.unwrap_or_default();
                    return Ok(Arrived { image_ref, image, used, took: started_at.elapsed() });
                }
                Err(error) => failures.push(error.shown()),
            }
        }
        Err(aggregate(failures))
    }

    async fn status(&self, request: &Request<'_>, name: &str) -> Result<Option<v1::Image>, cri::CriError> {
        Ok(self.service.image_status(spec(request, name), false).await?.image)
    }

    fn count(&self, request: &Request<'_>, present: &str, required: &str) {
        let policy = request.policy.to_lowercase();
        self.metrics.ensure_requests.with_label_values(&[policy.as_str(), present, required]).inc();
    }
}

/// A pull that went well.
struct Arrived<'credentials> {
    image_ref: String,
    image: Option<v1::Image>,
    used: Option<&'credentials TrackedCredential>,
    took: Duration,
}

/// Several errors in upstream's form (`utilerrors.NewAggregate`): each once, in brackets if there are several.
fn aggregate(mut failures: Vec<String>) -> String {
    let mut seen = std::collections::BTreeSet::new();
    failures.retain(|failure| seen.insert(failure.clone()));
    match failures.as_slice() {
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    }
}

fn never_pulled(request: &Request<'_>, tell: Tell<'_>) -> ImageError {
    let message = format!("Container image {:?} is not present with pull policy of Never", request.image);
    tell(warning(image_event::ERR_IMAGE_NEVER_PULL, &message));
    ImageError::new(waiting::ERR_IMAGE_NEVER_PULL, message)
}

fn spec(request: &Request<'_>, name: &str) -> v1::ImageSpec {
    v1::ImageSpec { image: name.to_owned(), annotations: request.annotations.clone(), ..Default::default() }
}

fn warning(reason: &'static str, message: &str) -> ImageEvent {
    ImageEvent { kind: EventKind::Warning, reason, message: message.to_owned() }
}

#[cfg(test)]
mod tests;

//! What this kubelet pulled, under which names, with whose credentials (KEP-2535).
//!
//! An image that a pod could not have pulled itself must not be had by naming what another pod pulled. So for an image
//! that the kubelet pulled once, only names under which it was pulled count as present, and only for pods that have what it was
//! pulled with: nothing, the node's own credentials, a pull secret, a service account. Anything else is pulled again, which asks
//! the registry. What was on the machine before is anybody's. Records are files in upstream's format below
//! `<root-dir>/image_manager`, so that either kubelet knows the other's.
//!
//! Source: `pkg/kubelet/images/pullmanager` of 1.37.

mod policy;
mod record;
mod store;

pub use policy::Verification;
pub(crate) use record::Proof;

use crate::credentials::TrackedCredential;
use crate::metrics::Metrics;
use crate::name::without_tag;
use cri::ImageService;
use cri::v1::Image;
use host::files::Files;
use jiff::Timestamp;
use record::{Intent, PulledRecord, Rights, Verdict};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use store::{Store, file_name};

/// The records. Shared by all pulls.
pub struct PullRecords {
    pulled: Store,
    pulling: Store,
    verification: Verification,
    metrics: Metrics,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// By what the runtime calls the image.
    pulled: BTreeMap<String, PulledRecord>,
    /// Files of records of pulled images that cannot be read: who may use those images is not known.
    unreadable: BTreeSet<String>,
    /// Names whose pull began, with how many are under way. One that was given up stays, with none, until the next pull of
    /// that name ends.
    intents: BTreeMap<String, u32>,
}

/// Whether an image that is there may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// By everybody.
    Granted,
    /// By those whose credentials are known: show them.
    Restricted,
    /// By nobody without asking the registry.
    Denied,
}

/// A pull that is under way. Dropped without having ended, it leaves its intent behind: the image may be there now.
pub(crate) struct Pulling<'records> {
    records: &'records PullRecords,
    image: String,
    /// Its end is accounted for.
    is_over: bool,
}

impl PullRecords {
    /// The records below `root_directory` that earlier kubelets left. What cannot be read is told; who may use that image is then
    /// found out from its registry. Pulls whose end nobody saw are looked for in `runtime`, and what it has no longer is forgotten.
    pub async fn load(
        files: Arc<dyn Files>,
        runtime: &dyn ImageService,
        root_directory: &Path,
        verification: Verification,
        metrics: Metrics,
        now: Timestamp,
    ) -> Self {
        let records = Self {
            pulled: Store::new(files.clone(), root_directory, "pulled"),
            pulling: Store::new(files, root_directory, "pulling"),
            verification,
            metrics,
            known: Mutex::default(),
        };
        if records.is_off() {
            return records;
        }
        let pulled = records.pulled.read_all::<PulledRecord>().await;
        let intents = records.pulling.read_all::<Intent>().await;
        {
            let mut known = records.known();
            known.pulled =
                pulled.records.into_iter().map(|record| (record.image_ref.clone(), record)).collect();
            known.unreadable = pulled.unreadable;
            known.intents = intents.records.into_iter().map(|intent| (intent.image, 0)).collect();
        }
        records.settle(runtime, now).await;
        records.note_sizes();
        records
    }

    /// Whether nothing is recorded.
    pub(crate) fn is_off(&self) -> bool {
        self.verification == Verification::Off
    }

    /// Whether an image that is there, as `image_ref`, may be used as `image`.
    pub(crate) fn access(&self, image: &str, image_ref: &str) -> Access {
        let (access, result) = self.judge(image, image_ref);
        if let Some(result) = result {
            self.metrics.must_pull_checks.with_label_values(&[result]).inc();
        }
        access
    }

    /// The answer, and the metric's label unless credentials have to be seen first.
    fn judge(&self, image: &str, image_ref: &str) -> (Access, Option<&'static str>) {
        let known = self.known();
        let record = known.pulled.get(image_ref);
        if record.is_none() && known.unreadable.contains(&file_name(image_ref)) {
            return (Access::Denied, Some("error"));
        }
        let is_pulled = record.is_some() || known.intents.contains_key(image);
        if !self.verification.needs_proof(image, is_pulled) {
            return (Access::Granted, Some("credentialPolicyAllowed"));
        }
        match record.and_then(|record| record.rights(without_tag(image))) {
            Some(rights) if rights.is_for_all() => (Access::Granted, Some("credentialRecordFound")),
            Some(rights) if !rights.is_for_none() => (Access::Restricted, None),
            Some(_) | None => (Access::Denied, Some("mustAuthenticate")),
        }
    }

    /// Whether what a pod has to show gives it a right to a restricted image. A right that is known by half is noted in full.
    pub(crate) async fn is_proven(
        &self,
        image: &str,
        image_ref: &str,
        proof: &Proof,
        now: Timestamp,
    ) -> bool {
        let name = without_tag(image);
        let verdict = {
            let known = self.known();
            let rights = known.pulled.get(image_ref).and_then(|record| record.rights(name));
            rights.map_or(Verdict::Refused, |rights| rights.judge(proof))
        };
        let is_proven = match verdict {
            Verdict::Refused => false,
            Verdict::Known => true,
            Verdict::ToBeNoted(rights) => {
                self.note(image_ref, name, &rights, now).await;
                true
            }
        };
        let result = if is_proven { "credentialRecordFound" } else { "mustAuthenticate" };
        self.metrics.must_pull_checks.with_label_values(&[result]).inc();
        is_proven
    }

    /// A pull begins: should the kubelet end before the pull does, the image is known as one that it pulled.
    pub(crate) async fn begin(&self, image: &str) -> Pulling<'_> {
        let is_new = !self.is_off() && {
            let mut known = self.known();
            let is_new = !known.intents.contains_key(image);
            *known.intents.entry(image.to_owned()).or_default() += 1;
            is_new
        };
        // Counted before anything can interrupt: the guard gives the count back.
        let pulling = Pulling { records: self, image: image.to_owned(), is_over: self.is_off() };
        if is_new {
            self.note_sizes();
            if let Err(error) = self.pulling.write(image, &Intent::new(image)).await {
                tracing::error!(image, err = %types::error::chain(&error), "Failed to record image pull intent");
            }
        }
        pulling
    }

    /// Compares what earlier kubelets left with the images that `runtime` has, where they left anything.
    async fn settle(&self, runtime: &dyn ImageService, now: Timestamp) {
        let is_empty = {
            let known = self.known();
            known.pulled.is_empty() && known.intents.is_empty()
        };
        if is_empty {
            return;
        }
        match runtime.list_images(None).await {
            Ok(images) => {
                self.forget_gone(&images, now).await;
                self.settle_intents(&images, now).await;
            }
            Err(error) => tracing::error!(err = %types::error::chain(&error), "Failed to list images"),
        }
    }

    /// Forgets images that are not among `images`, unless their records are of `until` or later. Upstream does so whenever it has
    /// cleaned images up (`PruneUnknownRecords`); a record of an image that is gone harms nobody before the image is pulled again,
    /// which is noted anew.
    async fn forget_gone(&self, images: &[Image], until: Timestamp) {
        let present: BTreeSet<&str> = images.iter().map(|image| image.id.as_str()).collect();
        let gone: Vec<String> = {
            let mut known = self.known();
            let is_gone = |image_ref: &str, record: &PulledRecord| {
                record.is_older_than(until) && !present.contains(image_ref)
            };
            let gone = known.pulled.iter().filter(|(image_ref, record)| is_gone(image_ref, record));
            let gone: Vec<String> = gone.map(|(image_ref, _)| image_ref.clone()).collect();
            known.pulled.retain(|image_ref, _| !gone.contains(image_ref));
            gone
        };
        for image_ref in &gone {
            if let Err(error) = self.pulled.remove(image_ref).await {
                tracing::error!(imageRef = %image_ref, err = %types::error::chain(&error), "Failed to remove an image pull record");
            }
        }
    }

    /// Pulls whose end nobody saw, but whose image is there: pulled, and nobody's yet (`initialize`).
    async fn settle_intents(&self, images: &[Image], now: Timestamp) {
        let intents: BTreeSet<String> = self.known().intents.keys().cloned().collect();
        for image in images {
            let names = image.repo_tags.iter().chain(&image.repo_digests);
            for name in names.filter(|name| intents.contains(*name)) {
                if self.note(&image.id, without_tag(name), &Rights::default(), now).await {
                    self.forget_intent(name).await;
                }
            }
        }
    }

    /// Notes that `image_ref` was pulled, and who may use it as `name`; whether the disk knows it now.
    async fn note(&self, image_ref: &str, name: &str, rights: &Rights, now: Timestamp) -> bool {
        let changed = {
            let mut known = self.known();
            let is_new = !known.pulled.contains_key(image_ref);
            known.unreadable.remove(&file_name(image_ref));
            let record =
                known.pulled.entry(image_ref.to_owned()).or_insert_with(|| PulledRecord::new(image_ref, now));
            (record.add(name, rights, now) || is_new).then(|| record.clone())
        };
        let Some(record) = changed else { return true };
        self.note_sizes();
        match self.pulled.write(image_ref, &record).await {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(imageRef = %image_ref, err = %types::error::chain(&error), "Failed to write image pulled record");
                false
            }
        }
    }

    async fn forget_intent(&self, image: &str) {
        let is_last = {
            let mut known = self.known();
            let Some(count) = known.intents.get_mut(image) else { return };
            *count = count.saturating_sub(1);
            let is_last = *count == 0;
            if is_last {
                known.intents.remove(image);
            }
            is_last
        };
        if is_last {
            self.note_sizes();
            if let Err(error) = self.pulling.remove(image).await {
                tracing::warn!(image, err = %types::error::chain(&error), "Failed to remove image pull intent");
            }
        }
    }

    fn note_sizes(&self) {
        let known = self.known();
        let size = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
        self.metrics.pulled_records.set(size(known.pulled.len()));
        self.metrics.pull_intents.set(size(known.intents.len()));
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pulling<'_> {
    /// It ended well: as `image_ref`, with this credential or none. If that cannot be written, the intent stays, so that the next
    /// kubelet knows the image as pulled.
    pub(crate) async fn succeeded(
        mut self,
        image_ref: &str,
        used: Option<&TrackedCredential>,
        now: Timestamp,
    ) {
        let rights = Rights::of_pull(used);
        if !self.is_over && self.records.note(image_ref, without_tag(&self.image), &rights, now).await {
            self.is_over = true;
            self.records.forget_intent(&self.image).await;
        }
    }

    /// It failed.
    pub(crate) async fn failed(mut self) {
        if !self.is_over {
            self.is_over = true;
            self.records.forget_intent(&self.image).await;
        }
    }
}

impl Drop for Pulling<'_> {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        if let Some(count) = self.records.known().intents.get_mut(&self.image) {
            *count = count.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests;

//! What a container asks for, and what it is told.

use crate::credentials::{PodIdentity, PullSecrets, TrackedCredential};
use cri::v1;
use std::collections::BTreeMap;
use types::EventKind;

/// An image that a container needs.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The pod's UID: failed pulls are remembered per pod.
    pub pod_uid: &'a str,
    /// `spec.serviceAccountName`, for credential provider programs.
    pub service_account: &'a str,
    /// The pod's pull secrets.
    pub secrets: &'a dyn PullSecrets,
    /// The name in the specification.
    pub image: &'a str,
    /// `Always`, `IfNotPresent` or `Never`.
    pub policy: &'a str,
    /// The pod's annotations, which go with the request.
    pub annotations: &'a BTreeMap<String, String>,
    /// The sandbox that the image is for.
    pub sandbox: &'a v1::PodSandboxConfig,
}

impl<'a> Request<'a> {
    pub(crate) fn pod(&self) -> PodIdentity<'a> {
        let metadata = self.sandbox.metadata.as_ref();
        PodIdentity {
            namespace: metadata.map(|metadata| metadata.namespace.as_str()).unwrap_or_default(),
            name: metadata.map(|metadata| metadata.name.as_str()).unwrap_or_default(),
            uid: metadata.map(|metadata| metadata.uid.as_str()).unwrap_or_default(),
            service_account: self.service_account,
        }
    }
}

/// Whether an image has to be pulled.
#[derive(Debug)]
pub enum Presence {
    /// It is there, and the pod may use it.
    Usable(Box<Pulled>),
    /// It has to be pulled: [`crate::Images::pull`].
    Wanted(Wanted),
}

/// A pull that has to be made, with what was found out for it already.
#[derive(Debug, Default)]
pub struct Wanted {
    pub(crate) credentials: Option<Vec<TrackedCredential>>,
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

//! What the API server would refuse: `ValidatePodCreate` in `pkg/apis/core/validation` of release 1.37, with the options
//! that the static pod path gives it and the feature gates at their defaults.
//!
//! Field paths and messages are upstream's, since users know them and search for them. What a static pod can never have
//! (ephemeral containers, projected tokens and the like) is refused as a whole, without a look inside.

mod errors;
mod formats;
mod paths;
mod selectors;

mod metadata;
mod spec;

mod container;
mod env;
mod mounts;
mod probes;
mod resources;

mod scheduling;
mod security;
mod volume;
mod windows;

use k8s_openapi::api::core::v1::{Pod, PodSpec};

use crate::error::Finding;
use crate::path::Path;
use crate::source::Node;
use errors::Errors;

/// Everything that is wrong with a defaulted pod.
pub(crate) fn pod(pod: &Pod, node: &Node) -> Vec<Finding> {
    let mut errors = Errors::new(node);
    let empty = PodSpec::default();
    let spec = pod.spec.as_ref().unwrap_or(&empty);
    let path = Path::root("metadata");
    metadata::object(&pod.metadata, &path, &mut errors);
    metadata::pod_annotations(&pod.metadata, spec, &path.child("annotations"), &mut errors);
    let path = Path::root("spec");
    spec::all(spec, &path, &mut errors);
    security::annotations_match(&pod.metadata, spec, &path, &mut errors);
    errors.into_findings()
}

/// A text, empty where there is none; the API makes no difference between the two.
fn text(text: &Option<String>) -> &str {
    text.as_deref().unwrap_or_default()
}

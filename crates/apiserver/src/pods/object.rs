//! Pods as they are read. What nobody here needs is skipped while reading: `managedFields`, a tree as large as the rest,
//! and the specification in the answer to a write of a status.

use k8s_openapi::api::core::v1::{Pod, PodSpec, PodStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference, Time};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A pod of a list or a watch.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ReadPod {
    pub(super) metadata: ReadMetadata,
    pub(super) spec: Option<Box<PodSpec>>,
    status: Option<PodStatus>,
}

/// A pod of which its status is of interest.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ReadStatus {
    metadata: ReadMetadata,
    status: Option<PodStatus>,
}

/// `ObjectMeta` without `managedFields`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ReadMetadata {
    annotations: Option<BTreeMap<String, String>>,
    creation_timestamp: Option<Time>,
    deletion_grace_period_seconds: Option<i64>,
    deletion_timestamp: Option<Time>,
    finalizers: Option<Vec<String>>,
    generate_name: Option<String>,
    generation: Option<i64>,
    labels: Option<BTreeMap<String, String>>,
    name: Option<String>,
    namespace: Option<String>,
    owner_references: Option<Vec<OwnerReference>>,
    pub(super) resource_version: Option<String>,
    pub(super) uid: Option<String>,
}

impl ReadPod {
    /// The pod without its specification, and that.
    pub(super) fn parts(self) -> (Arc<Pod>, Box<PodSpec>) {
        let Self { metadata, spec, status } = self;
        (ReadStatus { metadata, status }.into_pod(), spec.unwrap_or_default())
    }
}

impl ReadStatus {
    /// A pod without its specification.
    pub(super) fn into_pod(self) -> Arc<Pod> {
        Arc::new(Pod { metadata: self.metadata.into(), spec: None, status: self.status })
    }
}

impl From<ReadMetadata> for ObjectMeta {
    fn from(read: ReadMetadata) -> Self {
        Self {
            annotations: read.annotations,
            creation_timestamp: read.creation_timestamp,
            deletion_grace_period_seconds: read.deletion_grace_period_seconds,
            deletion_timestamp: read.deletion_timestamp,
            finalizers: read.finalizers,
            generate_name: read.generate_name,
            generation: read.generation,
            labels: read.labels,
            managed_fields: None,
            name: read.name,
            namespace: read.namespace,
            owner_references: read.owner_references,
            resource_version: read.resource_version,
            self_link: None,
            uid: read.uid,
        }
    }
}

//! Pods for task tests.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};
use std::sync::Arc;
use types::{PodName, PodSource, PodUid, WantedPod};

/// What tests vary.
#[derive(Clone, Copy)]
pub(crate) struct PodOptions {
    /// `restartPolicy`.
    pub(crate) policy: &'static str,
    /// `terminationGracePeriodSeconds`.
    pub(crate) grace_seconds: i64,
    /// What its one container runs.
    pub(crate) image: &'static str,
    /// `deletionGracePeriodSeconds` of a pod that is marked as deleted.
    pub(crate) deleted_within_seconds: Option<i64>,
}

impl Default for PodOptions {
    fn default() -> Self {
        Self { policy: "Always", grace_seconds: 30, image: "image:1", deleted_within_seconds: None }
    }
}

/// A pod whose UID, name and one container are called `name`.
pub(crate) fn wanted(name: &str, options: PodOptions) -> Arc<WantedPod> {
    let deleted_at = options.deleted_within_seconds.map(|_| "1970-01-01T00:01:00Z");
    let metadata = json!({
        "deletionTimestamp": deleted_at, "deletionGracePeriodSeconds": options.deleted_within_seconds,
    });
    let spec = json!({
        "restartPolicy": options.policy,
        "terminationGracePeriodSeconds": options.grace_seconds,
        "containers": [{ "name": name, "image": options.image, "imagePullPolicy": "IfNotPresent" }],
    });
    made_of(name, metadata, spec)
}

/// A pod of this specification whose UID and name are `name`.
pub(crate) fn specified(name: &str, spec: Value) -> Arc<WantedPod> {
    made_of(name, json!({}), spec)
}

fn made_of(name: &str, mut metadata: Value, spec: Value) -> Arc<WantedPod> {
    for key in ["name", "uid"] {
        metadata[key] = json!(name);
    }
    metadata["namespace"] = json!("default");
    let pod: Pod = serde_json::from_value(json!({"metadata": metadata, "spec": spec})).expect("it is a pod");
    Arc::new(WantedPod {
        uid: PodUid::from(name),
        name: PodName::new("default", name),
        source: PodSource::File,
        seen: Timestamp::UNIX_EPOCH,
        pod: Arc::new(pod),
    })
}

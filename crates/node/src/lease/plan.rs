//! What is written into the lease. Pure.

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::api::core::v1::Node;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta, OwnerReference};
use std::time::Duration;

/// Share of a lease's duration after which it is renewed.
const RENEWAL_SHARE: f64 = 0.25;

/// A period is longer by up to this share, at random.
const JITTER: f64 = 0.04;

/// The lease, renewed now; a new one without `base`. Whoever holds an existing one is left to be its holder.
pub(super) fn renewed(base: Option<&Lease>, node_name: &str, duration_seconds: i32, now: Timestamp) -> Lease {
    let new = || Lease {
        metadata: ObjectMeta { name: Some(node_name.to_owned()), ..ObjectMeta::default() },
        spec: Some(LeaseSpec { holder_identity: Some(node_name.to_owned()), ..LeaseSpec::default() }),
    };
    let mut lease = base.cloned().unwrap_or_else(new);
    let spec = lease.spec.get_or_insert_default();
    spec.lease_duration_seconds = Some(duration_seconds);
    spec.renew_time = Some(MicroTime(now));
    lease
}

/// Whether the lease goes when the node does.
pub(super) fn has_owner(lease: &Lease) -> bool {
    lease.metadata.owner_references.as_ref().is_some_and(|owners| !owners.is_empty())
}

/// The lease goes when `node` does.
pub(super) fn own(lease: &mut Lease, node: &Node) {
    lease.metadata.owner_references = Some(vec![OwnerReference {
        api_version: "v1".to_owned(),
        kind: "Node".to_owned(),
        name: node.metadata.name.clone().unwrap_or_default(),
        uid: node.metadata.uid.clone().unwrap_or_default(),
        ..OwnerReference::default()
    }]);
}

/// Time between two renewals. `random` is within 0 and 1.
pub(super) fn period(duration_seconds: i32, random: f64) -> Duration {
    let seconds = f64::from(duration_seconds.max(1)) * RENEWAL_SHARE;
    Duration::from_secs_f64(seconds * (1.0 + random * JITTER))
}

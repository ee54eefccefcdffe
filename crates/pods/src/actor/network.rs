//! Pods with a network of their own wait while the runtime has none to give (`kubelet.go`, `SyncPod`).
//!
//! Upstream does nothing for such a pod meanwhile. Here only a new sandbox waits: volumes are made ready, and containers in
//! a sandbox that stands are started again.

use super::follow::Awaited;
use super::prepare::{Patience, PrepareError};
use super::start::Job;
use types::pod::is_host_network;
use types::reasons::pod_event;

/// What the pod has to wait for, told and noted, if a sandbox of its would get no network now.
pub(super) fn wait(job: &Job) -> Option<Awaited> {
    if is_host_network(job.wanted.spec()) {
        return None;
    }
    let mut network = job.world.network.clone();
    let problem = network.borrow_and_update().clone()?;
    let error = PrepareError {
        reason: pod_event::NETWORK_NOT_READY,
        messages: vec![format!("network is not ready: {problem}")],
        awaits: None,
        patience: Patience::WhenChanged,
    };
    Some(Awaited { network: Some(network), ..job.not_prepared(error) })
}

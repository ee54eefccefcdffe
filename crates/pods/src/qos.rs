//! The CPU shares of the Burstable group follow the sum of its pods' requests.
//!
//! Upstream recomputes it under a lock at every pod's start and every minute (`qos_container_manager_linux.go`); here it
//! is written when the sum changes.

use host::cgroups::resources::qos_resources;
use host::cgroups::{Cgroups, QosClass};
use std::sync::Arc;
use std::time::Duration;
use tasks::{Stop, watch};

/// A burst of starting pods is written once, not once per pod.
const SETTLE: Duration = Duration::from_millis(100);

/// Keeps the group in step with `burstable_milli_cpu` until `stop`.
pub(crate) async fn run(
    cgroups: Arc<dyn Cgroups>,
    mut burstable_milli_cpu: watch::Receiver<u64>,
    huge_page_sizes: Vec<u64>,
    stop: Stop,
) {
    loop {
        let milli_cpu = *burstable_milli_cpu.borrow_and_update();
        let resources = qos_resources(QosClass::Burstable, milli_cpu, &huge_page_sizes);
        if let Err(error) = cgroups.update_qos(QosClass::Burstable, &resources).await {
            tracing::warn!(err = %error, "Failed to update the CPU shares of the Burstable pods' control group");
        }
        tokio::select! {
            biased;
            () = stop.requested() => return,
            changed = burstable_milli_cpu.changed() => if changed.is_err() { return },
        }
        tokio::time::sleep(SETTLE).await;
    }
}

//! The control groups above those of pods follow what the pods request together: the CPU shares of the Burstable level, and
//! the memory that is kept for pods.
//!
//! Upstream recomputes it under a lock at every pod's start and every minute (`qos_container_manager_linux.go`); here it
//! is written when a sum changes.

use host::cgroups::resources::{MemoryQos, Protection, Requested, qos_resources};
use host::cgroups::{Cgroups, QosClass};
use std::sync::Arc;
use std::time::Duration;
use tasks::{Stop, watch};

/// A burst of starting pods is written once, not once per pod.
const SETTLE: Duration = Duration::from_millis(100);

/// The levels of quality of service.
pub(crate) struct Levels {
    pub(crate) cgroups: Arc<dyn Cgroups>,
    /// What the pods request together.
    pub(crate) requested: watch::Receiver<Requested>,
    /// How memory is kept for them.
    pub(crate) memory: MemoryQos,
    /// Huge page sizes of the machine, in bytes.
    pub(crate) huge_page_sizes: Vec<u64>,
}

impl Levels {
    /// Keeps the groups in step with what is requested until `stop`.
    pub(crate) async fn run(mut self, stop: Stop) {
        loop {
            let requested = *self.requested.borrow_and_update();
            if self.memory.protection == Protection::Requests {
                // `kubepods`: the kernel keeps nothing for a group for which those above it keep less.
                self.write(QosClass::Guaranteed, &requested).await;
            }
            self.write(QosClass::Burstable, &requested).await;
            tokio::select! {
                biased;
                () = stop.requested() => return,
                changed = self.requested.changed() => if changed.is_err() { return },
            }
            tokio::time::sleep(SETTLE).await;
        }
    }

    async fn write(&self, qos: QosClass, requested: &Requested) {
        let resources = qos_resources(qos, requested.burstable_cpu_milli, &self.huge_page_sizes);
        let resources = self.memory.of_level(qos, requested, resources);
        if let Err(error) = self.cgroups.update_qos(qos, &resources).await {
            tracing::warn!(qosClass = ?qos, err = %error, "Failed to update QoS cgroup configuration");
        }
    }
}

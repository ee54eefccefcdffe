//! Makes the lease, and renews it.

use super::plan::{has_owner, own, period, renewed};
use crate::view::{Sight, View};
use crate::vitals::changed;
use apiserver::{ApiError, Leases};
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::Node;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use std::sync::Arc;
use std::time::Duration;
use tasks::{Clock, Stop, watch};

/// Attempts at one renewal, one right after the other (`maxUpdateRetries`), unless the server asks to be left alone for a
/// while: client-go waits then.
const ATTEMPTS: u32 = 5;

/// Pause after the first failed attempt to find or make the lease; it doubles before it is used first, as upstream's.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest such pause (`maxBackoff`).
const LONGEST_PAUSE: Duration = Duration::from_secs(7);

/// See the module.
#[derive(Clone)]
pub(crate) struct LeaseTask {
    leases: Leases,
    sight: watch::Receiver<Sight>,
    node_name: String,
    duration_seconds: i32,
    clock: Clock,
    random: SmallRng,
    latest: Option<Lease>,
}

/// The lease as it was found.
enum Ensured {
    Created(Lease),
    Found(Lease),
}

impl LeaseTask {
    /// A task that is not run yet.
    pub(crate) fn new(
        leases: Leases,
        view: &View,
        node_name: &str,
        duration_seconds: i32,
        clock: Clock,
        seed: u64,
    ) -> Self {
        Self {
            leases,
            sight: view.whole(),
            node_name: node_name.to_owned(),
            duration_seconds,
            clock,
            random: SmallRng::seed_from_u64(seed),
            latest: None,
        }
    }

    /// Until `stop`. The lease is left to run out, so that a kubelet which is only restarted is not missed.
    pub(crate) async fn run(mut self, stop: Stop) {
        loop {
            tokio::select! {
                biased;
                () = stop.requested() => return,
                () = self.renew() => {}
            }
            let pause = period(self.duration_seconds, self.random.random());
            tokio::select! {
                biased;
                () = stop.requested() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// One renewal, by whatever it takes.
    async fn renew(&mut self) {
        if let Some(latest) = self.latest.clone()
            && self.replace(latest).await
        {
            return;
        }
        match self.ensure().await {
            Ensured::Created(lease) => self.latest = Some(lease),
            Ensured::Found(lease) => {
                if !self.replace(lease).await {
                    tracing::error!(lease = self.node_name, "Will retry updating lease");
                }
            }
        }
    }

    /// Whether one of the attempts succeeded. Somebody else's write is looked at before the next one.
    async fn replace(&mut self, mut base: Lease) -> bool {
        for _ in 0..ATTEMPTS {
            let Some(lease) = self.prepared(&base) else { return false };
            match self.leases.replace(&lease).await {
                Ok(lease) => {
                    self.latest = Some(lease);
                    return true;
                }
                Err(error) => {
                    tracing::error!(lease = self.node_name, err = %error, "Failed to update lease");
                    if error.is_conflict() {
                        base = match self.ensure().await {
                            Ensured::Created(lease) | Ensured::Found(lease) => lease,
                        };
                    }
                    if let Some(asked) = error.asked_pause() {
                        tokio::time::sleep(asked.min(LONGEST_PAUSE)).await;
                    }
                }
            }
        }
        false
    }

    /// `base`, renewed; `None` while it has no owner and the node is not known.
    fn prepared(&self, base: &Lease) -> Option<Lease> {
        let mut lease = renewed(Some(base), &self.node_name, self.duration_seconds, self.clock.now());
        if !has_owner(&lease) {
            let node = self.sight.borrow().node().cloned()?;
            own(&mut lease, &node);
        }
        Some(lease)
    }

    /// Finds the lease, or makes it as soon as there is a node. Goes on trying.
    async fn ensure(&mut self) -> Ensured {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.find_or_create().await {
                Ok(ensured) => return ensured,
                Err(error) => {
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    tracing::error!(
                        lease = self.node_name, err = %error, interval = ?pause,
                        "Failed to ensure lease exists, will retry"
                    );
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }

    async fn find_or_create(&mut self) -> Result<Ensured, ApiError> {
        match self.leases.get(&self.node_name).await {
            Ok(lease) => Ok(Ensured::Found(lease)),
            Err(error) if error.is_not_found() => {
                let node = self.node().await;
                let mut lease = renewed(None, &self.node_name, self.duration_seconds, self.clock.now());
                own(&mut lease, &node);
                Ok(Ensured::Created(self.leases.create(&lease).await?))
            }
            Err(error) => Err(error),
        }
    }

    /// The node, once it exists.
    async fn node(&mut self) -> Arc<Node> {
        loop {
            if let Some(node) = self.sight.borrow_and_update().node() {
                return node.clone();
            }
            changed(&mut self.sight).await;
        }
    }
}

//! Looks at the machine's addresses, and publishes the choice when it differs.

use super::plan::{choose, needs_name};
use super::{AddressRules, Choice, ChoiceReceiver};
use host::network::{HostAddresses, Network};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tasks::{Stop, watch};
use tokio::time::Instant;

/// How soon a change of the machine's addresses is noticed.
const PERIOD: Duration = Duration::from_secs(10);

/// How soon a change in DNS is: upstream asks at every status, which is a burden for a value that never changes.
const NAME_PERIOD: Duration = Duration::from_secs(300);

/// A resolver that does not answer by then counts as not knowing the name.
const NAME_TIMEOUT: Duration = Duration::from_secs(30);

/// See the module.
#[derive(Clone)]
pub(crate) struct AddressesTask {
    network: Arc<dyn Network>,
    rules: AddressRules,
    choice: watch::Sender<Option<Arc<Choice>>>,
}

impl AddressesTask {
    /// A task that is not run yet, and its output.
    pub(crate) fn new(network: Arc<dyn Network>, rules: AddressRules) -> (Self, ChoiceReceiver) {
        let (choice, receiver) = watch::channel(None);
        (Self { network, rules, choice }, receiver)
    }

    /// Until `stop`.
    pub(crate) async fn run(self, stop: Stop) {
        let mut seen: Option<(HostAddresses, Instant)> = None;
        loop {
            tokio::select! {
                biased;
                () = stop.requested() => return,
                () = self.look(&mut seen) => {}
            }
            tokio::select! {
                biased;
                () = stop.requested() => return,
                () = tokio::time::sleep(PERIOD) => {}
            }
        }
    }

    async fn look(&self, seen: &mut Option<(HostAddresses, Instant)>) {
        let host = self.network.addresses().await;
        let is_fresh = |(known, at): &(HostAddresses, Instant)| *known == host && at.elapsed() < NAME_PERIOD;
        if seen.as_ref().is_some_and(is_fresh) {
            return;
        }
        let looked_up = match needs_name(&self.rules) {
            true => self.look_up().await,
            false => Vec::new(),
        };
        let choice = choose(&self.rules, &host, &looked_up);
        *seen = Some((host, Instant::now()));
        self.publish(choice);
    }

    async fn look_up(&self) -> Vec<IpAddr> {
        let looking = self.network.look_up(&self.rules.node_name);
        tokio::time::timeout(NAME_TIMEOUT, looking).await.unwrap_or_default()
    }

    fn publish(&self, choice: Choice) {
        self.choice.send_if_modified(|known| {
            let differs = known.as_deref() != Some(&choice);
            if differs {
                if let Choice::Failed(reason) = &choice {
                    tracing::error!(
                        node = self.rules.node_name,
                        err = reason,
                        "Failed to set some node status fields"
                    );
                }
                *known = Some(Arc::new(choice));
            }
            differs
        });
    }
}

//! Control groups through systemd: a slice for each of ours, asked for over D-Bus.
//!
//! systemd removes and resets groups it does not know of, so on a machine whose runtime uses the systemd driver the
//! pods' groups are transient slices. Their properties are those that upstream's library sets
//! (`github.com/opencontainers/cgroups`, `systemd`); what systemd has no property for, and controllers it does not
//! manage, are written to the directories afterwards, as there.

mod client;
mod properties;

use std::sync::Arc;

use tokio::sync::Mutex;

use self::client::Client;
use super::{CgroupError, CgroupName, CgroupResources, hierarchies::Hierarchies};

/// systemd, asked when the first slice is needed.
#[derive(Debug, Default)]
pub(super) struct Systemd {
    client: Mutex<Option<Arc<Client>>>,
}

impl Systemd {
    /// The connection; a new one after the last has broken.
    async fn client(&self, unit: &str) -> Result<Arc<Client>, CgroupError> {
        let mut client = self.client.lock().await;
        if let Some(connected) = client.as_ref().filter(|client| client.is_alive()) {
            return Ok(Arc::clone(connected));
        }
        let connected = Arc::new(Client::connect().await.map_err(|error| failed("reach", unit, &error))?);
        *client = Some(Arc::clone(&connected));
        Ok(connected)
    }

    /// Makes a slice, below its parents. One that is there stays.
    pub(super) async fn start_slice(
        &self,
        name: &CgroupName,
        hierarchies: &Hierarchies,
    ) -> Result<(), CgroupError> {
        let unit = name.slice();
        let properties = properties::of_new_slice(name, hierarchies.mode());
        let started = self.client(&unit).await?.start(&unit, properties).await;
        started.map_err(|error| failed("start", &unit, &error))
    }

    /// Sets a slice's properties. What comes back is to be written to the directories: systemd counts CPU time in whole
    /// percents, and both must say the same.
    pub(super) async fn set(
        &self,
        name: &CgroupName,
        mut resources: CgroupResources,
        hierarchies: &Hierarchies,
    ) -> Result<CgroupResources, CgroupError> {
        let unit = name.slice();
        let client = self.client(&unit).await?;
        properties::round_quota(&mut resources);
        let properties = properties::of_resources(&resources, hierarchies.mode(), client.version());
        if !properties.is_empty() {
            let set = client.set(&unit, properties).await;
            set.map_err(|error| failed("change", &unit, &error))?;
        }
        Ok(resources)
    }

    /// Ends a slice with everything in it. One that is not there is success.
    pub(super) async fn stop_slice(&self, name: &CgroupName) -> Result<(), CgroupError> {
        let unit = name.slice();
        let stopped = self.client(&unit).await?.stop(&unit).await;
        stopped.map_err(|error| failed("stop", &unit, &error))
    }
}

fn failed(action: &'static str, unit: &str, error: &client::ClientError) -> CgroupError {
    CgroupError::Systemd { action, unit: unit.to_owned(), message: error.to_string() }
}

//! The connections with the identity that they are made with: certificates from files, or from a credential plugin.

use super::ConnectError;
use super::credentials::PluginIdentity;
use super::kubeconfig::{Kubeconfig, Reading};
use super::pool::Pool;
use super::protocol::Protocol;
use super::tls;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::sync::{Mutex, PoisonError};

/// A kubeconfig's connections.
pub(super) struct Connections {
    kubeconfig: Kubeconfig,
    protocol: Protocol,
    pub(super) pool: Pool,
    /// What a credential plugin said; files are read instead where there is none.
    identity: Mutex<Option<PluginIdentity>>,
}

impl Connections {
    /// None yet; they are made as `reading` says.
    pub(super) fn new(kubeconfig: Kubeconfig, reading: &Reading) -> Result<Self, ConnectError> {
        let protocol = Protocol::of_process();
        let connector = tls::connector(&kubeconfig, reading, protocol)?;
        let pool = Pool::new(&reading.config.cluster_url, connector, protocol);
        Ok(Self { kubeconfig, protocol, pool, identity: Mutex::new(None) })
    }

    /// The file that says how they are made.
    pub(super) fn kubeconfig(&self) -> &Kubeconfig {
        &self.kubeconfig
    }

    /// Reads all files again and leaves the connections that were made with the former. If they cannot be used, all stays.
    pub(super) async fn renew(&self) -> Result<(), ConnectError> {
        let identity = self.identity.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.make(identity.as_ref()).await
    }

    /// The same with another certificate from a plugin, which stays in use.
    pub(super) async fn identify(&self, identity: Option<PluginIdentity>) -> Result<(), ConnectError> {
        self.make(identity.as_ref()).await?;
        *self.identity.lock().unwrap_or_else(PoisonError::into_inner) = identity;
        Ok(())
    }

    async fn make(&self, identity: Option<&PluginIdentity>) -> Result<(), ConnectError> {
        let mut reading = self.kubeconfig.read().await?;
        if let Some(identity) = identity {
            use secrecy::ExposeSecret;
            let user = &mut reading.config.auth_info;
            user.client_certificate_data = Some(STANDARD.encode(&identity.certificate));
            user.client_key_data = Some(STANDARD.encode(identity.key.expose_secret()).into());
        }
        self.pool.renew(tls::connector(&self.kubeconfig, &reading, self.protocol)?);
        Ok(())
    }
}

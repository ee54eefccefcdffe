//! TLS towards the API server.

use super::ConnectError;
use super::dialer::Dialer;
use super::kubeconfig::{Kubeconfig, Reading};
use hyper_rustls::{FixedServerNameResolver, HttpsConnector, HttpsConnectorBuilder};
use kube::client::ConfigExt;
use rustls::client::Resumption;
use rustls::pki_types::ServerName;

/// Makes TCP connections, with TLS where the URL says so.
pub(super) type Connector = HttpsConnector<Dialer>;

/// Says which cryptography rustls uses, which must be said once when several crates are linked that bring one.
pub(super) fn install_provider() {
    // An error means that it was said before.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A connector with the certificates that `reading` holds.
pub(super) fn connector(kubeconfig: &Kubeconfig, reading: &Reading) -> Result<Connector, ConnectError> {
    let config = &reading.config;
    let mut tls = config.rustls_client_config().map_err(|cause| ConnectError::tls(kubeconfig, cause))?;
    // A resumed session would go on with the identity that it began with.
    tls.resumption = Resumption::disabled();
    let dialer = Dialer::new(reading.proxy.as_ref(), &tls);
    let mut builder = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
    if let Some(name) = &config.tls_server_name {
        let name = ServerName::try_from(name.clone()).map_err(|_| ConnectError::Field {
            path: kubeconfig.path().to_owned(),
            field: "tls-server-name",
            value: name.clone(),
            cure: "give a DNS name or an address",
        })?;
        builder = builder.with_server_name_resolver(FixedServerNameResolver::new(name));
    }
    Ok(builder.enable_all_versions().wrap_connector(dialer))
}

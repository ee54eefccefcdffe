//! TLS towards the API server.

use super::ConnectError;
use super::kubeconfig::Kubeconfig;
use hyper_rustls::{FixedServerNameResolver, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use kube::Config;
use kube::client::ConfigExt;
use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use std::time::Duration;

/// A TCP connection that is not there after so long will not be.
const TCP_CONNECT_DEADLINE: Duration = Duration::from_secs(10);
/// TCP's own signs of life, as Go's dialer sends them.
const TCP_KEEP_ALIVE: Duration = Duration::from_secs(30);

/// Makes TCP connections, with TLS where the URL says so.
pub(super) type Connector = HttpsConnector<HttpConnector>;

/// Says which cryptography rustls uses, which must be said once when several crates are linked that bring one.
pub(super) fn install_provider() {
    // An error means that it was said before.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A connector with the certificates that `config` was read with.
pub(super) fn connector(kubeconfig: &Kubeconfig, config: &Config) -> Result<Connector, ConnectError> {
    let mut tls = config.rustls_client_config().map_err(|cause| ConnectError::tls(kubeconfig, cause))?;
    // A resumed session would go on with the identity that it began with.
    tls.resumption = Resumption::disabled();
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(TCP_KEEP_ALIVE));
    tcp.set_connect_timeout(Some(TCP_CONNECT_DEADLINE));
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
    Ok(builder.enable_all_versions().wrap_connector(tcp))
}

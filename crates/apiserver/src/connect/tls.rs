//! TLS towards the API server.

use super::ConnectError;
use super::dialer::Dialer;
use super::identity::identity;
use super::kubeconfig::{Kubeconfig, Reading};
use super::protocol::Protocol;
use super::unverified::Unverified;
use hyper_rustls::{FixedServerNameResolver, HttpsConnector, HttpsConnectorBuilder};
use kube::Config;
use rustls::client::Resumption;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use std::path::PathBuf;
use std::sync::Arc;

/// Why the certificates of a kubeconfig cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file that it names cannot be read.
    #[error("cannot read {field} {path}")]
    Unreadable {
        /// The field, as in the file.
        field: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Data that is not base64.
    #[error("{field}-data is not base64")]
    NotBase64 {
        /// The field, without `-data`.
        field: &'static str,
        /// Why not.
        source: base64::DecodeError,
    },
    /// No certificate, or no key, in PEM form.
    #[error("{field} is not what it should be in PEM form")]
    NotPem {
        /// The field, as in the file.
        field: &'static str,
        /// What was found.
        source: rustls::pki_types::pem::Error,
    },
    /// A certificate without its key, or a key without its certificate.
    #[error("{field} is missing")]
    Missing {
        /// The field, as in the file.
        field: &'static str,
    },
    /// Certificate and key do not go together, or are of a kind that is not supported.
    #[error("client-certificate and client-key cannot be used together")]
    Identity(#[source] rustls::Error),
    /// What certificates are checked against cannot be used.
    #[error("the certificates of certificate-authority cannot be used")]
    Authority(#[source] rustls::Error),
}

/// Makes TCP connections, with TLS where the URL says so.
pub(super) type Connector = HttpsConnector<Dialer>;

/// Says which cryptography rustls uses, which must be said once when several crates are linked that bring one.
pub(super) fn install_provider() {
    // An error means that it was said before.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A connector with the certificates that `reading` holds.
pub(super) fn connector(
    kubeconfig: &Kubeconfig,
    reading: &Reading,
    protocol: Protocol,
) -> Result<Connector, ConnectError> {
    let config = &reading.config;
    let tls = client_config(config).map_err(|cause| ConnectError::tls(kubeconfig, cause))?;
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
    Ok(match protocol {
        Protocol::Http1 => builder.enable_http1().wrap_connector(dialer),
        Protocol::Http2(_) => builder.enable_all_versions().wrap_connector(dialer),
    })
}

/// What the server is checked against, and who we are. (What `kube` has for it runs credential plugins as it sees fit, and
/// brings a JSONPath and a regular expression engine for them.)
fn client_config(config: &Config) -> Result<ClientConfig, TlsError> {
    let builder = ClientConfig::builder();
    let builder = match &config.root_cert {
        Some(certificates) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates {
                roots.add(CertificateDer::from(certificate.as_slice())).map_err(TlsError::Authority)?;
            }
            builder.with_root_certificates(roots)
        }
        // As client-go: what the system trusts.
        None => builder.with_platform_verifier().map_err(TlsError::Authority)?,
    };
    let mut tls = match identity(&config.auth_info)? {
        Some((certificates, key)) => {
            builder.with_client_auth_cert(certificates, key).map_err(TlsError::Identity)?
        }
        None => builder.with_no_client_auth(),
    };
    if config.accept_invalid_certs {
        tls.dangerous().set_certificate_verifier(Arc::new(Unverified::default()));
    }
    // A resumed session would go on with the identity that it began with.
    tls.resumption = Resumption::disabled();
    Ok(tls)
}

//! Who the kubelet is: a certificate and its key, from a kubeconfig's user. Read anew for each connection, as both rotate.

use super::tls::TlsError;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use kube::config::AuthInfo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::ExposeSecret;
use std::path::PathBuf;

const CERTIFICATE: &str = "client-certificate";
const KEY: &str = "client-key";

/// The certificate, with what leads from it to an authority, and its key (PKCS#8, PKCS#1 or SEC1); `None` for a user
/// without either.
pub(super) fn identity(
    user: &AuthInfo,
) -> Result<Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>, TlsError> {
    let data = user.client_certificate_data.as_deref();
    let certificate = pem(CERTIFICATE, data, user.client_certificate.as_deref())?;
    let data = user.client_key_data.as_ref().map(|data| data.expose_secret());
    let key = pem(KEY, data, user.client_key.as_deref())?;
    let (certificate, key) = match (certificate, key) {
        (None, None) => return Ok(None),
        (Some(_), None) => return Err(TlsError::Missing { field: KEY }),
        (None, Some(_)) => return Err(TlsError::Missing { field: CERTIFICATE }),
        (Some(certificate), Some(key)) => (certificate, key),
    };
    let certificates = CertificateDer::pem_slice_iter(&certificate).collect::<Result<Vec<_>, _>>();
    let certificates = certificates.map_err(|source| TlsError::NotPem { field: CERTIFICATE, source })?;
    if certificates.is_empty() {
        let source = rustls::pki_types::pem::Error::NoItemsFound;
        return Err(TlsError::NotPem { field: CERTIFICATE, source });
    }
    let key = PrivateKeyDer::from_pem_slice(&key);
    Ok(Some((certificates, key.map_err(|source| TlsError::NotPem { field: KEY, source })?)))
}

/// What a field holds: its data, which win, or the file that it names.
fn pem(field: &'static str, data: Option<&str>, path: Option<&str>) -> Result<Option<Vec<u8>>, TlsError> {
    if let Some(data) = data.filter(|data| !data.is_empty()) {
        let decoded = BASE64_STANDARD.decode(data);
        return decoded.map(Some).map_err(|source| TlsError::NotBase64 { field, source });
    }
    let Some(path) = path.filter(|path| !path.is_empty()).map(PathBuf::from) else { return Ok(None) };
    std::fs::read(&path).map(Some).map_err(|source| TlsError::Unreadable { field, path, source })
}

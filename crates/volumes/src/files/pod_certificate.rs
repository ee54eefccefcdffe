//! A certificate of the pod with its key (`podCertificate` of a projected volume).

use futures::future::pending;
use k8s_openapi::api::core::v1::PodCertificateProjection;

use super::owner::Access;
use crate::{
    error::SetUpError,
    payload::{Payload, PayloadFile},
    pod_certificates::{PodCertificateError, PodCertificateView},
};

/// Files with a key, its certificate, or both.
#[derive(Clone)]
pub(crate) struct PodCertificateSource {
    /// `None`: the gate is off.
    view: Option<PodCertificateView>,
    projection: PodCertificateProjection,
    access: Access,
}

impl PodCertificateSource {
    pub(crate) fn new(
        view: Option<PodCertificateView>,
        projection: &PodCertificateProjection,
        access: Access,
    ) -> Self {
        Self { view, projection: projection.clone(), access }
    }

    pub(crate) async fn read(&mut self) -> Result<Payload, SetUpError> {
        let view = self.view.as_mut().ok_or(PodCertificateError::NotSupported)?;
        let credential = view.get().await?;
        let (key, chain) = (&credential.private_key, &credential.certificate_chain);
        let Access { mode, user } = self.access;
        let mut payload = Payload::new();
        for (path, content) in [
            (&self.projection.credential_bundle_path, format!("{key}{chain}")),
            (&self.projection.key_path, key.clone()),
            (&self.projection.certificate_chain_path, chain.clone()),
        ] {
            if let Some(path) = path.as_ref().filter(|path| !path.is_empty()) {
                payload.insert(path.clone(), PayloadFile { content: content.into_bytes(), mode, user });
            }
        }
        Ok(payload)
    }

    /// Resolves when there is a new certificate, or when it has become known why there is none.
    pub(crate) async fn changed(&mut self) {
        match &mut self.view {
            Some(view) => view.changed().await,
            None => pending().await,
        }
    }
}

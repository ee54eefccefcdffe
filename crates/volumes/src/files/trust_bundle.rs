//! Certificates that the pod trusts (`clusterTrustBundle` of a projected volume; upstream's `pkg/kubelet/clustertrustbundle`).

use std::{collections::BTreeSet, sync::Arc};

use apiserver::{
    ApiError, TrustBundle, TrustBundles, TrustBundlesByName, TrustBundlesError, TrustBundlesView,
};
use futures::future::pending;
use k8s_openapi::{
    api::core::v1::ClusterTrustBundleProjection, apimachinery::pkg::apis::meta::v1::LabelSelector,
};
use types::{PodUid, hash::Fnv1a32};

use super::{
    keys::Need,
    labels::{self, InvalidOperator},
    owner::Access,
};
use crate::{
    error::SetUpError,
    payload::{Payload, PayloadFile},
    pem,
};

/// Why there are no certificates to be written. Worded as upstream does.
#[derive(Debug, thiserror::Error)]
pub enum TrustBundleError {
    /// The gate `ClusterTrustBundleProjection` is off, or the server does not have the API.
    #[error("ClusterTrustBundle projection is not supported in static kubelet mode")]
    NotSupported,
    /// The bundles are not known yet.
    #[error("ClusterTrustBundle informer has not yet synced")]
    NotListed(#[source] Option<ApiError>),
    /// Neither a name nor a signer.
    #[error("ClusterTrustBundle projection requires either name or signerName to be set")]
    NothingSelected,
    /// A selector of labels that is none.
    #[error("while parsing label selector: {0}")]
    Selector(InvalidOperator),
    /// There is no bundle of that name.
    #[error("while getting ClusterTrustBundle: clustertrustbundle.certificates.k8s.io \"{0}\" not found")]
    NotFound(String),
    /// There is no bundle of that signer with such labels.
    #[error("combination of signerName and labelSelector matched zero ClusterTrustBundles")]
    NoneMatched,
}

impl From<TrustBundlesError> for TrustBundleError {
    fn from(error: TrustBundlesError) -> Self {
        match error {
            TrustBundlesError::NoApi => Self::NotSupported,
            TrustBundlesError::NotListed(cause) => Self::NotListed(cause),
        }
    }
}

/// A file of certificates.
#[derive(Clone)]
pub(crate) struct TrustBundleSource {
    /// `None`: the gate is off.
    bundles: Option<TrustBundlesView>,
    selection: Selection,
    need: Need,
    path: String,
    access: Access,
    pod: PodUid,
    /// What was selected the last time.
    selected: Option<Vec<Arc<TrustBundle>>>,
}

/// Which bundles.
#[derive(Clone)]
enum Selection {
    Name(String),
    Signer(String, Option<LabelSelector>),
    Nothing,
}

impl Selection {
    /// The bundles, in the order of their names; perhaps none.
    fn of(&self, bundles: &TrustBundlesByName) -> Result<Vec<Arc<TrustBundle>>, TrustBundleError> {
        match self {
            Self::Name(name) => Ok(bundles.get(name.as_str()).cloned().into_iter().collect()),
            Self::Signer(signer_name, selector) => {
                let of_signer = bundles.values().filter(|bundle| *bundle.signer_name == **signer_name);
                let mut selected = Vec::new();
                for bundle in of_signer {
                    let matches = labels::matches(selector.as_ref(), &bundle.labels);
                    if matches.map_err(TrustBundleError::Selector)? {
                        selected.push(bundle.clone());
                    }
                }
                Ok(selected)
            }
            Self::Nothing => Err(TrustBundleError::NothingSelected),
        }
    }

    fn missing(&self) -> TrustBundleError {
        match self {
            Self::Name(name) => TrustBundleError::NotFound(name.clone()),
            Self::Signer(..) | Self::Nothing => TrustBundleError::NoneMatched,
        }
    }
}

impl TrustBundleSource {
    pub(crate) fn new(
        bundles: Option<&TrustBundles>,
        projection: &ClusterTrustBundleProjection,
        access: Access,
        pod: PodUid,
    ) -> Self {
        let selection = match (&projection.name, &projection.signer_name) {
            (Some(name), _) => Selection::Name(name.clone()),
            (None, Some(signer)) => Selection::Signer(signer.clone(), projection.label_selector.clone()),
            (None, None) => Selection::Nothing,
        };
        Self {
            bundles: bundles.map(TrustBundles::subscribe),
            selection,
            need: Need::of(projection.optional),
            path: projection.path.clone(),
            access,
            pod,
            selected: None,
        }
    }

    pub(crate) async fn read(&mut self) -> Result<Payload, SetUpError> {
        let bundles = match &mut self.bundles {
            Some(bundles) => bundles.get().await.map_err(TrustBundleError::from),
            None => Err(TrustBundleError::NotSupported),
        };
        let selected = bundles.and_then(|bundles| self.selection.of(&bundles));
        self.selected = selected.as_ref().ok().cloned();
        let selected = selected?;
        if selected.is_empty() && self.need == Need::Required {
            return Err(self.selection.missing().into());
        }
        let content = certificates(&selected, &self.pod).into_bytes();
        let Access { mode, user } = self.access;
        Ok([(self.path.clone(), PayloadFile { content, mode, user })].into())
    }

    /// Resolves when other bundles are selected than before, or other ones of the same names. May be dropped at any time.
    pub(crate) async fn changed(&mut self) {
        let Some(bundles) = &mut self.bundles else { return pending().await };
        loop {
            bundles.changed().await;
            let selected = bundles.known().ok().and_then(|bundles| self.selection.of(&bundles).ok());
            if selected != self.selected {
                return;
            }
        }
    }
}

/// Each certificate once, in an order that nobody should rely on: upstream shuffles them anew with each start of the
/// kubelet. Here the order is the pod's own, so that a restart rewrites no file.
fn certificates(bundles: &[Arc<TrustBundle>], pod: &PodUid) -> String {
    let all: BTreeSet<Vec<u8>> =
        bundles.iter().flat_map(|bundle| pem::contents(&bundle.certificates)).collect();
    let mut shuffled: Vec<(u32, Vec<u8>)> = all.into_iter().map(|one| (rank(pod, &one), one)).collect();
    shuffled.sort();
    shuffled.iter().map(|(_, certificate)| pem::encode(pem::CERTIFICATE, certificate)).collect()
}

fn rank(pod: &PodUid, certificate: &[u8]) -> u32 {
    let mut hash = Fnv1a32::default();
    hash.write(pod.as_str().as_bytes());
    hash.write(certificate);
    hash.finish()
}

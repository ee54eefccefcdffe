//! One source of files: how it is read, and when it has changed.

use std::{path::Path, sync::Arc};

use apiserver::{Object, TokenKey, TokenPod};
use futures::future::pending;
use k8s_openapi::api::core::v1::{
    ConfigMap, DownwardAPIVolumeFile, KeyToPath, Secret, ServiceAccountTokenProjection, VolumeProjection,
};
use translate::NodeFacts;

use super::{
    keys::{self, Keys, Need},
    owner::{Access, credential_access},
    pod_certificate::PodCertificateSource,
    token::TokenSource,
    trust_bundle::TrustBundleSource,
};
use crate::{
    ApiVolumes, PodVolumes,
    error::SetUpError,
    payload::{Payload, PayloadFile, file_mode},
};

/// Something that files of a volume come from.
#[derive(Clone)]
pub(crate) enum FileSource {
    ConfigMap(ObjectSource<ConfigMap>),
    Secret(ObjectSource<Secret>),
    DownwardApi(DownwardApiSource),
    Token(Box<TokenSource>),
    TrustBundle(Box<TrustBundleSource>),
    PodCertificate(Box<PodCertificateSource>),
}

/// The machine's side of a volume, for sources that go on with what is there.
#[derive(Clone, Copy)]
pub(crate) struct Files<'a> {
    pub(crate) host: &'a dyn host::files::Files,
    /// The volume's directory.
    pub(crate) directory: &'a Path,
}

impl FileSource {
    /// The files as they should be now.
    pub(crate) async fn read(&mut self, files: Files<'_>) -> Result<Payload, SetUpError> {
        match self {
            Self::ConfigMap(source) => source.read().await,
            Self::Secret(source) => source.read().await,
            Self::DownwardApi(source) => source.read(),
            Self::Token(source) => source.read(files).await,
            Self::TrustBundle(source) => source.read().await,
            Self::PodCertificate(source) => source.read().await,
        }
    }

    /// Resolves when reading again may bring something else.
    pub(crate) async fn changed(&mut self) {
        match self {
            Self::ConfigMap(source) => source.object.changed().await,
            Self::Secret(source) => source.object.changed().await,
            Self::Token(source) => source.is_due().await,
            Self::TrustBundle(source) => source.changed().await,
            Self::PodCertificate(source) => source.changed().await,
            // The pod's own facts: another version of the pod has other sources.
            Self::DownwardApi(_) => pending().await,
        }
    }
}

/// A secret or config map.
#[derive(Clone)]
pub(crate) struct ObjectSource<K> {
    object: Object<K>,
    name: String,
    items: Vec<KeyToPath>,
    default_mode: i32,
    need: Need,
}

impl<K: Keys + Send + Sync> ObjectSource<K> {
    async fn read(&mut self) -> Result<Payload, SetUpError> {
        match (self.object.get().await.map_err(SetUpError::Api)?, self.need) {
            (Some(object), need) => keys::files(object.as_ref(), &self.items, self.default_mode, need),
            (None, Need::Optional) => Ok(Payload::new()),
            (None, Need::Required) => {
                Err(SetUpError::ObjectNotFound { kind: K::KIND, name: self.name.clone() })
            }
        }
    }
}

/// The pod's own facts.
#[derive(Clone)]
pub(crate) struct DownwardApiSource {
    pod: PodVolumes,
    facts: Arc<NodeFacts>,
    items: Vec<DownwardAPIVolumeFile>,
    default_mode: i32,
}

impl DownwardApiSource {
    fn read(&self) -> Result<Payload, SetUpError> {
        let mut payload = Payload::new();
        for item in &self.items {
            let content = translate::downward_api_file(item, &self.pod.pod, &self.facts)?.into_bytes();
            let mode = file_mode(item.mode.unwrap_or(self.default_mode));
            payload.insert(item.path.clone(), PayloadFile { content, mode, user: None });
        }
        Ok(payload)
    }
}

/// What sources are made from. Each method's answer is `None` where what it needs is not there.
pub(crate) struct Origin<'a> {
    pub(crate) pod: &'a PodVolumes,
    pub(crate) facts: Option<&'a Arc<NodeFacts>>,
    pub(crate) api: Option<&'a ApiVolumes>,
}

impl Origin<'_> {
    fn namespace(&self) -> &str {
        self.pod.pod.metadata.namespace.as_deref().unwrap_or_default()
    }

    pub(crate) fn secret(
        &self,
        name: &str,
        items: &[KeyToPath],
        default_mode: i32,
        optional: Option<bool>,
    ) -> Option<FileSource> {
        let object = self.api?.objects.secret(self.namespace(), name);
        let (name, items) = (name.to_owned(), items.to_vec());
        Some(FileSource::Secret(ObjectSource { object, name, items, default_mode, need: Need::of(optional) }))
    }

    pub(crate) fn config_map(
        &self,
        name: &str,
        items: &[KeyToPath],
        default_mode: i32,
        optional: Option<bool>,
    ) -> Option<FileSource> {
        let object = self.api?.objects.config_map(self.namespace(), name);
        let (name, items) = (name.to_owned(), items.to_vec());
        Some(FileSource::ConfigMap(ObjectSource {
            object,
            name,
            items,
            default_mode,
            need: Need::of(optional),
        }))
    }

    pub(crate) fn downward_api(
        &self,
        items: &[DownwardAPIVolumeFile],
        default_mode: i32,
    ) -> Option<FileSource> {
        let (pod, facts, items) = (self.pod.clone(), self.facts?.clone(), items.to_vec());
        Some(FileSource::DownwardApi(DownwardApiSource { pod, facts, items, default_mode }))
    }

    /// The source of that number of a projected volume; `None` for one that names nothing, which upstream passes over.
    pub(crate) fn projection(
        &self,
        volume: &str,
        index: usize,
        projection: &VolumeProjection,
        default_mode: i32,
    ) -> Option<FileSource> {
        if let Some(secret) = &projection.secret {
            let items = secret.items.as_deref().unwrap_or_default();
            return self.secret(&secret.name, items, default_mode, secret.optional);
        }
        if let Some(config_map) = &projection.config_map {
            let items = config_map.items.as_deref().unwrap_or_default();
            return self.config_map(&config_map.name, items, default_mode, config_map.optional);
        }
        if let Some(downward_api) = &projection.downward_api {
            let items = downward_api.items.as_deref().unwrap_or_default();
            return self.downward_api(items, default_mode);
        }
        let api = self.api?;
        let access = credential_access(types::pod::spec(&self.pod.pod), default_mode);
        if let Some(token) = &projection.service_account_token {
            return Some(FileSource::Token(Box::new(self.token(api, token, access))));
        }
        if let Some(bundle) = &projection.cluster_trust_bundle {
            let bundles = api.trust_bundles.as_ref();
            let source = TrustBundleSource::new(bundles, bundle, access, self.pod.uid.clone());
            return Some(FileSource::TrustBundle(Box::new(source)));
        }
        let certificate = projection.pod_certificate.as_ref()?;
        let certificates = api.pod_certificates.as_ref();
        let view = certificates.map(|all| all.subscribe(self.pod, volume, index, certificate));
        let source = PodCertificateSource::new(view, certificate, access);
        Some(FileSource::PodCertificate(Box::new(source)))
    }

    fn token(&self, api: &ApiVolumes, token: &ServiceAccountTokenProjection, access: Access) -> TokenSource {
        let audience = token.audience.as_deref().filter(|audience| !audience.is_empty());
        let spec = types::pod::spec(&self.pod.pod);
        let key = TokenKey {
            namespace: self.namespace().to_owned(),
            service_account: spec.service_account_name.clone().unwrap_or_default(),
            audiences: audience.map(str::to_owned).into_iter().collect(),
            expiration_seconds: token.expiration_seconds,
            pod: Some(TokenPod {
                name: self.pod.pod.metadata.name.clone().unwrap_or_default(),
                uid: self.pod.uid.clone(),
            }),
            service_account_uid: None,
        };
        TokenSource::new(api, key, &token.path, access)
    }
}

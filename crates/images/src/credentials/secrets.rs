//! Pull secrets of pods.
//!
//! Source: `pkg/credentialprovider/secrets/secrets.go` of 1.37.

use super::credential::{Coordinates, Source};
use super::docker_config::{DockerConfigError, parse_config_json, parse_dockercfg};
use super::keyring::Keyring;
use async_trait::async_trait;
use k8s_openapi::api::core::v1::Secret;
use std::sync::Arc;

/// The pull secrets of one pod, asked for only when an image needs them.
#[async_trait]
pub trait PullSecrets: Send + Sync {
    /// Those that exist, in the order in which the pod names them.
    async fn get(&self) -> Vec<Arc<Secret>>;
}

/// For a pod without pull secrets.
#[derive(Clone, Copy, Debug)]
pub struct NoPullSecrets;

/// For a pod without pull secrets.
pub const NO_PULL_SECRETS: &NoPullSecrets = &NoPullSecrets;

#[async_trait]
impl PullSecrets for NoPullSecrets {
    async fn get(&self) -> Vec<Arc<Secret>> {
        Vec::new()
    }
}

/// A pull secret that is not what its type says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("image pull secret {namespace}/{name} cannot be read: its {key:?} is wrong")]
pub struct InvalidSecret {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The key in its data.
    pub key: &'static str,
    /// What is wrong.
    pub source: DockerConfigError,
}

/// All credentials of `secrets`. Those of other types have none.
pub(crate) fn keyring(secrets: &[Arc<Secret>]) -> Result<Keyring, InvalidSecret> {
    let mut keyring = Keyring::default();
    for secret in secrets {
        let (key, parse): (_, fn(&[u8]) -> _) = match secret.type_.as_deref() {
            Some("kubernetes.io/dockerconfigjson") => (".dockerconfigjson", parse_config_json),
            Some("kubernetes.io/dockercfg") => (".dockercfg", parse_dockercfg),
            Some(_) | None => continue,
        };
        let data = secret.data.as_ref().and_then(|data| data.get(key)).filter(|data| !data.0.is_empty());
        let Some(data) = data else { continue };
        let name = secret.metadata.name.clone().unwrap_or_default();
        let namespace = secret.metadata.namespace.clone().unwrap_or_default();
        let config = parse(&data.0).map_err(|source| InvalidSecret {
            namespace: namespace.clone(),
            name: name.clone(),
            key,
            source,
        })?;
        let uid = secret.metadata.uid.clone().unwrap_or_default();
        keyring.add(&Source::Secret(Coordinates { uid, namespace, name }), &config);
    }
    Ok(keyring)
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::ByteString;

    fn secret(name: &str, kind: &str, key: &str, data: &str) -> Arc<Secret> {
        let mut secret = Secret { type_: Some(kind.to_owned()), ..Secret::default() };
        secret.metadata.name = Some(name.to_owned());
        secret.metadata.namespace = Some("team".to_owned());
        secret.metadata.uid = Some(format!("uid-{name}"));
        secret.data = Some([(key.to_owned(), ByteString(data.as_bytes().to_vec()))].into());
        Arc::new(secret)
    }

    #[test]
    fn both_types_are_read_in_the_pods_order() {
        let json = r#"{"auths":{"a.io":{"username":"one","password":"p"}}}"#;
        let legacy = r#"{"a.io":{"username":"two","password":"p"}}"#;
        let secrets = [
            secret("one", "kubernetes.io/dockerconfigjson", ".dockerconfigjson", json),
            secret("two", "kubernetes.io/dockercfg", ".dockercfg", legacy),
            secret("opaque", "Opaque", ".dockercfg", legacy),
            secret("empty", "kubernetes.io/dockercfg", ".dockercfg", ""),
            secret("elsewhere", "kubernetes.io/dockercfg", "other", legacy),
        ];
        let found = keyring(&secrets).unwrap().look_up("a.io/b");
        let found: Vec<_> =
            found.iter().map(|found| (found.credential.username.as_str(), found.source.clone())).collect();
        let coordinates = |name: &str| {
            Source::Secret(Coordinates {
                uid: format!("uid-{name}"),
                namespace: "team".to_owned(),
                name: name.to_owned(),
            })
        };
        assert_eq!(found, [("one", coordinates("one")), ("two", coordinates("two"))]);
    }

    #[test]
    fn a_wrong_one_is_named() {
        let secrets = [secret("bad", "kubernetes.io/dockercfg", ".dockercfg", r#"{"a.io":{"auth":"!"}}"#)];
        let error = keyring(&secrets).unwrap_err();
        let chain = types::error::chain(&error);
        assert_eq!(
            chain,
            "image pull secret team/bad cannot be read: its \".dockercfg\" is wrong: the auth of \"a.io\" is not base64"
        );
    }
}

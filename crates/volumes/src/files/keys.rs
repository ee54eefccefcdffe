//! Keys of secrets and config maps as files (`MakePayload` of upstream's `pkg/volume/{secret,configmap}`).

use k8s_openapi::api::core::v1::{ConfigMap, KeyToPath, Secret};

use crate::{
    error::SetUpError,
    payload::{Payload, PayloadFile, file_mode},
};

/// Whether it is an error if something is not there. `optional` in the pod's specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    Required,
    Optional,
}

impl Need {
    pub(crate) fn of(optional: Option<bool>) -> Self {
        if optional == Some(true) { Self::Optional } else { Self::Required }
    }
}

/// An object with keys.
pub(crate) trait Keys {
    /// The word of the API's errors.
    const KIND: &'static str;

    /// The content of each key; of a key that comes twice the last one counts.
    fn contents(&self) -> impl Iterator<Item = (&str, &[u8])>;

    /// What a key is to be, and is not.
    fn no_such_key(key: &str) -> SetUpError;
}

impl Keys for Secret {
    const KIND: &'static str = "secret";

    fn contents(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.data.iter().flatten().map(|(key, content)| (key.as_str(), content.0.as_slice()))
    }

    fn no_such_key(key: &str) -> SetUpError {
        SetUpError::NoSecretKey { key: key.to_owned() }
    }
}

impl Keys for ConfigMap {
    const KIND: &'static str = "configmap";

    fn contents(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let text = self.data.iter().flatten().map(|(key, content)| (key.as_str(), content.as_bytes()));
        let binary = self.binary_data.iter().flatten();
        text.chain(binary.map(|(key, content)| (key.as_str(), content.0.as_slice())))
    }

    fn no_such_key(key: &str) -> SetUpError {
        SetUpError::NoConfigKey { key: key.to_owned() }
    }
}

/// The files of an object: those of `items`, or one for each key.
pub(crate) fn files<K: Keys>(
    object: &K,
    items: &[KeyToPath],
    default_mode: i32,
    need: Need,
) -> Result<Payload, SetUpError> {
    let file =
        |content: &[u8], mode| PayloadFile { content: content.to_vec(), mode: file_mode(mode), user: None };
    if items.is_empty() {
        let contents = object.contents();
        return Ok(contents.map(|(key, content)| (key.to_owned(), file(content, default_mode))).collect());
    }
    let mut payload = Payload::new();
    for item in items {
        // A config map's text comes before binary data of the same key, which the API does not let in.
        match (object.contents().find(|(key, _)| *key == item.key), need) {
            (Some((_, content)), _) => {
                payload.insert(item.path.clone(), file(content, item.mode.unwrap_or(default_mode)));
            }
            (None, Need::Optional) => {}
            (None, Need::Required) => return Err(K::no_such_key(&item.key)),
        }
    }
    Ok(payload)
}

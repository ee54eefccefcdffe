//! Docker's files of credentials: `config.json`, and the older `.dockercfg`.
//!
//! Source: `pkg/credentialprovider/config.go` of 1.37.

use super::credential::Credential;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Credentials by registry, as the file has them.
pub(crate) type DockerConfig = BTreeMap<String, Credential>;

/// Why a file or secret has no credentials.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DockerConfigError {
    /// Not JSON of the right shape. What it says instead is not shown: it may be a secret.
    #[error("not a docker configuration, line {line}, column {column}")]
    Malformed {
        /// Line of the problem, from 1.
        line: usize,
        /// Column of the problem.
        column: usize,
    },
    /// An `auth` is not base64.
    #[error("the auth of {registry:?} is not base64")]
    NotBase64 {
        /// Whose.
        registry: String,
    },
    /// An `auth` has no colon.
    #[error("unable to parse the auth of {registry:?}, must be formatted as base64(username:password)")]
    NoPassword {
        /// Whose.
        registry: String,
    },
}

impl From<serde_json::Error> for DockerConfigError {
    fn from(error: serde_json::Error) -> Self {
        Self::Malformed { line: error.line(), column: error.column() }
    }
}

#[derive(Deserialize)]
struct ConfigJson {
    #[serde(default)]
    auths: Option<Entries>,
}

type Entries = BTreeMap<String, Option<Entry>>;

#[derive(Default, Deserialize)]
struct Entry {
    username: Option<String>,
    password: Option<String>,
    email: Option<String>,
    auth: Option<String>,
    #[serde(rename = "identitytoken")]
    identity_token: Option<String>,
    #[serde(rename = "registrytoken")]
    registry_token: Option<String>,
}

/// The content of `config.json` and of secrets of type `kubernetes.io/dockerconfigjson`.
pub(crate) fn parse_config_json(bytes: &[u8]) -> Result<DockerConfig, DockerConfigError> {
    let config: ConfigJson = serde_json::from_slice(bytes)?;
    credentials(config.auths.unwrap_or_default())
}

/// The content of `.dockercfg` and of secrets of type `kubernetes.io/dockercfg`.
pub(crate) fn parse_dockercfg(bytes: &[u8]) -> Result<DockerConfig, DockerConfigError> {
    credentials(serde_json::from_slice::<Option<Entries>>(bytes)?.unwrap_or_default())
}

fn credentials(entries: Entries) -> Result<DockerConfig, DockerConfigError> {
    entries
        .into_iter()
        .map(|(registry, entry)| {
            let credential = credential(&registry, entry.unwrap_or_default())?;
            Ok((registry, credential))
        })
        .collect()
}

fn credential(registry: &str, entry: Entry) -> Result<Credential, DockerConfigError> {
    let (username, password) = match entry.auth.filter(|auth| !auth.is_empty()) {
        Some(auth) => decode(registry, &auth)?,
        None => (entry.username.unwrap_or_default(), entry.password.unwrap_or_default()),
    };
    Ok(Credential {
        username,
        password,
        email: entry.email.unwrap_or_default(),
        identity_token: entry.identity_token.unwrap_or_default(),
        registry_token: entry.registry_token.unwrap_or_default(),
    })
}

/// Padded or not, with line breaks or not; docker pads the password with zero bytes.
fn decode(registry: &str, auth: &str) -> Result<(String, String), DockerConfigError> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    let text: String = auth.chars().filter(|character| !character.is_ascii_whitespace()).collect();
    let bytes =
        LENIENT.decode(text).map_err(|_| DockerConfigError::NotBase64 { registry: registry.to_owned() })?;
    let decoded = String::from_utf8_lossy(&bytes);
    let (username, password) = decoded
        .split_once(':')
        .ok_or_else(|| DockerConfigError::NoPassword { registry: registry.to_owned() })?;
    Ok((username.to_owned(), password.trim_end_matches('\0').to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auths() {
        let not_base64 = Err(DockerConfigError::NotBase64 { registry: "r".to_owned() });
        let no_password = Err(DockerConfigError::NoPassword { registry: "r".to_owned() });
        for (entry, expected) in [
            (r#"{"username":"u","password":"p"}"#, Ok(("u", "p"))),
            // `auth` wins.
            (r#"{"username":"x","password":"y","auth":"dTpw"}"#, Ok(("u", "p"))),
            (r#"{"auth":""}"#, Ok(("", ""))),
            ("null", Ok(("", ""))),
            // Padded, unpadded, with line breaks, with a colon in the password, with docker's zero bytes.
            (r#"{"auth":"dXNlcjpwYXNz"}"#, Ok(("user", "pass"))),
            (r#"{"auth":"dTpwdw=="}"#, Ok(("u", "pw"))),
            (r#"{"auth":"dTpwdw"}"#, Ok(("u", "pw"))),
            (r#"{"auth":"dTpw\ndw==\n"}"#, Ok(("u", "pw"))),
            (r#"{"auth":"dTphOmI="}"#, Ok(("u", "a:b"))),
            (r#"{"auth":"dTpwAAA="}"#, Ok(("u", "p"))),
            (r#"{"auth":"!"}"#, not_base64),
            (r#"{"auth":"dXA="}"#, no_password),
        ] {
            let found = parse_config_json(format!(r#"{{"auths":{{"r":{entry}}}}}"#).as_bytes());
            let expected = expected.map(|(username, password)| (username.to_owned(), password.to_owned()));
            let found = found.map(|config| (config["r"].username.clone(), config["r"].password.clone()));
            assert_eq!(found, expected, "{entry}");
        }
    }

    #[test]
    fn files() {
        let both = parse_dockercfg(br#"{"a":{"email":"e","identitytoken":"i","registrytoken":"r"},"b":{}}"#)
            .unwrap();
        assert_eq!(both.len(), 2);
        assert_eq!(both["a"].identity_token, "i");
        assert_eq!(both["a"].registry_token, "r");
        assert_eq!(both["a"].email, "e");
        assert!(parse_config_json(br#"{"auths":null,"credsStore":"x"}"#).unwrap().is_empty());
        assert!(parse_config_json(b"{}").unwrap().is_empty());
        assert!(parse_dockercfg(b"null").unwrap().is_empty());
        let malformed = parse_config_json(b"{\n\"auths\": 1}");
        assert_eq!(malformed, Err(DockerConfigError::Malformed { line: 2, column: 10 }));
    }
}

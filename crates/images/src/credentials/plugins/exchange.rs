//! What kubelet and program say to each other (`k8s.io/kubelet/pkg/apis/credentialprovider`).

use super::super::credential::Credential;
use super::super::docker_config::DockerConfig;
use super::cache::{Scope, registry};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// What a program is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    /// The image's normalized name without tag.
    pub(super) image: String,
    /// A token of the pod's service account; empty for none.
    pub(super) token: String,
    /// The account's annotations that the program wants.
    pub(super) annotations: BTreeMap<String, String>,
}

/// What it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) scope: Scope,
    /// `None`: as long as the configuration says.
    pub(super) cache_for: Option<Duration>,
    pub(super) config: DockerConfig,
}

/// Why an answer is none. The program's words are not shown: they may be secrets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AnswerError {
    /// Not JSON, or not with the fields of its kind.
    #[error("error decoding credential provider plugin response from stdout")]
    Malformed,
    /// Another version than was asked for.
    #[error(
        "apiVersion from credential plugin response did not match expected apiVersion:{expected}, actual apiVersion:{actual}"
    )]
    Version {
        /// What the configuration says.
        expected: String,
        /// What the program says.
        actual: String,
    },
    /// Another kind.
    #[error("failed to decode CredentialProviderResponse, unexpected Kind: {0:?}")]
    Kind(String),
    /// What the answer is good for is not said.
    #[error("credential provider plugin did not return a valid cacheKeyType: {0}")]
    CacheKeyType(String),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    kind: &'static str,
    api_version: &'a str,
    image: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    service_account_token: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    service_account_annotations: &'a BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TypeMeta {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    api_version: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Response {
    #[serde(rename = "kind")]
    _kind: String,
    #[serde(rename = "apiVersion")]
    _api_version: String,
    #[serde(default)]
    cache_key_type: String,
    #[serde(default)]
    cache_duration: Option<String>,
    #[serde(default)]
    auth: Option<BTreeMap<String, Auth>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Auth {
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
}

/// The bytes for the program's standard input.
pub(super) fn encode(question: &Question, api_version: &str) -> Vec<u8> {
    let request = Request {
        kind: "CredentialProviderRequest",
        api_version,
        image: &question.image,
        service_account_token: &question.token,
        service_account_annotations: &question.annotations,
    };
    let mut bytes = serde_json::to_vec(&request).expect("texts have a JSON form");
    bytes.push(b'\n');
    bytes
}

/// The answer to a question about `image` in the program's standard output.
pub(super) fn decode(bytes: &[u8], api_version: &str, image: &str) -> Result<Answer, AnswerError> {
    let meta: TypeMeta = serde_json::from_slice(bytes).map_err(|_| AnswerError::Malformed)?;
    if meta.api_version != api_version {
        return Err(AnswerError::Version { expected: api_version.to_owned(), actual: meta.api_version });
    }
    if meta.kind != "CredentialProviderResponse" {
        return Err(AnswerError::Kind(meta.kind));
    }
    let response: Response = serde_json::from_slice(bytes).map_err(|_| AnswerError::Malformed)?;
    let scope = match response.cache_key_type.as_str() {
        "Image" => Scope::Image(image.to_owned()),
        "Registry" => Scope::Registry(registry(image).to_owned()),
        "Global" => Scope::Global,
        other => return Err(AnswerError::CacheKeyType(other.to_owned())),
    };
    let cache_for = response.cache_duration.as_deref().map(duration).transpose()?;
    let config = response.auth.unwrap_or_default().into_iter().map(|(place, auth)| {
        (place, Credential { username: auth.username, password: auth.password, ..Credential::default() })
    });
    Ok(Answer { scope, cache_for, config: config.collect() })
}

/// A duration of Go; one that is over already is as zero.
fn duration(text: &str) -> Result<Duration, AnswerError> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let parsed: SignedDuration = text.parse().map_err(|_| AnswerError::Malformed)?;
    Ok(parsed.try_into().unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    const V1: &str = "credentialprovider.kubelet.k8s.io/v1";

    #[test]
    fn questions() {
        let mut question =
            Question { image: "a.io/b".to_owned(), token: String::new(), annotations: BTreeMap::new() };
        let text = |question: &Question| String::from_utf8(encode(question, V1)).unwrap();
        assert_eq!(
            text(&question),
            "{\"kind\":\"CredentialProviderRequest\",\"apiVersion\":\"credentialprovider.kubelet.k8s.io/v1\",\"image\":\"a.io/b\"}\n"
        );
        question.token = "t".to_owned();
        question.annotations.insert("k".to_owned(), "v".to_owned());
        assert!(text(&question).ends_with(
            "\"image\":\"a.io/b\",\"serviceAccountToken\":\"t\",\"serviceAccountAnnotations\":{\"k\":\"v\"}}\n"
        ));
    }

    #[test]
    fn answers() {
        let answer = |rest: &str| {
            let text = format!(r#"{{"kind":"CredentialProviderResponse","apiVersion":"{V1}"{rest}}}"#);
            decode(text.as_bytes(), V1, "a.io:5000/b/c")
        };
        for (rest, scope, cache_for, users) in [
            (r#","cacheKeyType":"Image""#, Scope::Image("a.io:5000/b/c".to_owned()), None, 0),
            (r#","cacheKeyType":"Global","cacheDuration":"0s""#, Scope::Global, Some(0), 0),
            (r#","cacheKeyType":"Global","cacheDuration":"0""#, Scope::Global, Some(0), 0),
            (r#","cacheKeyType":"Global","cacheDuration":"-5m""#, Scope::Global, Some(0), 0),
            (
                r#","cacheKeyType":"Registry","cacheDuration":"1h5m30s","auth":{"a.io":{"username":"u","password":"p"}}"#,
                Scope::Registry("a.io:5000".to_owned()),
                Some(3930),
                1,
            ),
            (r#","cacheKeyType":"Global","auth":null"#, Scope::Global, None, 0),
        ] {
            let found = answer(rest).unwrap();
            assert_eq!(found.scope, scope, "{rest}");
            assert_eq!(found.cache_for, cache_for.map(Duration::from_secs), "{rest}");
            assert_eq!(found.config.len(), users, "{rest}");
        }
        for (rest, expected) in [
            ("", AnswerError::CacheKeyType(String::new())),
            (r#","cacheKeyType":"image""#, AnswerError::CacheKeyType("image".to_owned())),
            (r#","cacheKeyType":"Global","more":1"#, AnswerError::Malformed),
            (r#","cacheKeyType":"Global","cacheDuration":"soon""#, AnswerError::Malformed),
            (r#","cacheKeyType":"Global","auth":{"a":{"token":"t"}}"#, AnswerError::Malformed),
        ] {
            assert_eq!(answer(rest), Err(expected), "{rest}");
        }
        let wrong = decode(br#"{"kind":"X","apiVersion":"v2"}"#, V1, "a");
        assert_eq!(wrong, Err(AnswerError::Version { expected: V1.to_owned(), actual: "v2".to_owned() }));
        let kind = decode(format!(r#"{{"kind":"X","apiVersion":"{V1}"}}"#).as_bytes(), V1, "a");
        assert_eq!(kind, Err(AnswerError::Kind("X".to_owned())));
        assert_eq!(decode(b"user: x", V1, "a"), Err(AnswerError::Malformed));
    }
}

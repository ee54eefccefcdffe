//! Tokens of service accounts, bound to the pod (`serviceAccountToken` of a projected volume).

use apiserver::{TokenKey, Tokens};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures::future::pending;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::serde_json::{self, Value};
use tasks::Clock;

use super::{owner::Access, source::Files};
use crate::{
    ApiVolumes,
    error::SetUpError,
    payload::{Payload, PayloadFile},
    wall_time::until,
};

/// Far more than a token has.
const MAX_TOKEN_BYTES: u64 = 64 * 1024;
/// Pause before a token whose renewal failed is tried again: as often as upstream looks.
const RENEWAL_PAUSE: SignedDuration = SignedDuration::from_secs(60);
/// Of its life, after which a token is renewed (upstream's `token_manager.go`).
const RENEWAL_PERCENT: i64 = 80;
/// A token is renewed when it is as old as this, however long it lives (upstream's `token_manager.go`).
const MAX_AGE: SignedDuration = SignedDuration::from_hours(24);

/// A token in a file of a volume.
#[derive(Clone)]
pub(crate) struct TokenSource {
    tokens: Tokens,
    clock: Clock,
    key: TokenKey,
    path: String,
    access: Access,
    current: Option<Current>,
}

/// What is, or is about to be, in the file.
#[derive(Clone)]
struct Current {
    token: Vec<u8>,
    renew_at: Timestamp,
}

impl TokenSource {
    pub(crate) fn new(api: &ApiVolumes, key: TokenKey, path: &str, access: Access) -> Self {
        let (tokens, clock) = (api.tokens.clone(), api.clock);
        Self { tokens, clock, key, path: path.to_owned(), access, current: None }
    }

    /// The token: the present one as long as it is good, also one that an earlier kubelet left in the volume, so that a
    /// restart asks for none.
    pub(crate) async fn read(&mut self, files: Files<'_>) -> Result<Payload, SetUpError> {
        let now = self.clock.now();
        if self.current.is_none() {
            self.current = self.left_in(files).await;
        }
        let current = match self.current.take().filter(|current| now < current.renew_at) {
            Some(current) => current,
            None => {
                let token = self.tokens.token(&self.key).await.map_err(SetUpError::Token)?;
                // One that could not be renewed is due already.
                let soon = self.clock.now().saturating_add(RENEWAL_PAUSE).unwrap_or(Timestamp::MAX);
                let is_due = token.refresh_at <= self.clock.now();
                let renew_at = if is_due { soon } else { token.refresh_at };
                Current { token: token.token.as_bytes().to_vec(), renew_at }
            }
        };
        let content = current.token.clone();
        self.current = Some(current);
        let Access { mode, user } = self.access;
        Ok([(self.path.clone(), PayloadFile { content, mode, user })].into())
    }

    /// Resolves when the token has to be renewed. One that could not be had is tried again by whoever asked, after a pause.
    pub(crate) async fn is_due(&self) {
        match &self.current {
            Some(current) => until(self.clock, current.renew_at).await,
            None => pending().await,
        }
    }

    async fn left_in(&self, files: Files<'_>) -> Option<Current> {
        let path = files.directory.join(&self.path);
        let token = files.host.read(&path, MAX_TOKEN_BYTES).await.ok()??;
        let renew_at = renewal_of(&token, &self.key)?;
        Some(Current { token, renew_at })
    }
}

/// When a token is to be renewed; `None` if it is not one for the key. Its signature is the server's business.
fn renewal_of(token: &[u8], key: &TokenKey) -> Option<Timestamp> {
    let pod = key.pod.as_ref()?;
    let claims = std::str::from_utf8(token).ok()?.split('.').nth(1)?;
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    let text = |path: &str| claims.pointer(path).and_then(Value::as_str);
    let is_ours = text("/kubernetes.io/namespace") == Some(&key.namespace)
        && text("/kubernetes.io/serviceaccount/name") == Some(&key.service_account)
        && text("/kubernetes.io/pod/name") == Some(&pod.name)
        && text("/kubernetes.io/pod/uid") == Some(pod.uid.as_str());
    // Which audience no audience means is known to the server alone.
    let audiences =
        claims.get("aud").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let is_for_audience = key.audiences.is_empty() || audiences.eq(key.audiences.iter().map(String::as_str));
    if !is_ours || !is_for_audience {
        return None;
    }
    let seconds = |claim: &Value| claim.as_i64();
    let issued = claims.get("iat").and_then(seconds)?;
    // A token whose life the server has lengthened, for clients of old, says when it would have ended.
    let lengthened = claims.pointer("/kubernetes.io/warnafter").and_then(seconds);
    let end = lengthened.or_else(|| claims.get("exp").and_then(seconds))?;
    let life = end.checked_sub(issued).filter(|life| *life > 0)?;
    if key.expiration_seconds.is_some_and(|wanted| wanted != life) && lengthened.is_none() {
        return None;
    }
    let age = life.saturating_mul(RENEWAL_PERCENT) / 100;
    Timestamp::from_second(issued.checked_add(age.min(MAX_AGE.as_secs()))?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use apiserver::TokenPod;
    use k8s_openapi::serde_json::json;

    fn key() -> TokenKey {
        TokenKey {
            namespace: "ns".into(),
            service_account: "default".into(),
            audiences: Vec::new(),
            expiration_seconds: Some(3600),
            pod: Some(TokenPod { name: "p".into(), uid: "uid-1".into() }),
            service_account_uid: None,
        }
    }

    fn claims() -> Value {
        json!({
            "aud": ["https://api"], "iat": 1000, "exp": 4600,
            "kubernetes.io": {
                "namespace": "ns", "pod": {"name": "p", "uid": "uid-1"}, "serviceaccount": {"name": "default", "uid": "u"}
            }
        })
    }

    fn token(claims: &Value) -> Vec<u8> {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string())).into_bytes()
    }

    #[test]
    fn a_token_on_disk_says_when_to_renew_it() {
        let check = |change: &dyn Fn(&mut Value, &mut TokenKey), expected: Option<i64>| {
            let (mut claims, mut key) = (claims(), key());
            change(&mut claims, &mut key);
            let found = renewal_of(&token(&claims), &key).map(Timestamp::as_second);
            assert_eq!(found, expected, "{claims}");
        };
        check(&|_, _| {}, Some(1000 + 2880));
        check(&|_, key| key.audiences = vec!["https://api".into()], Some(3880));
        check(&|_, key| key.audiences = vec!["vault".into()], None);
        check(&|_, key| key.pod = Some(TokenPod { name: "p".into(), uid: "uid-2".into() }), None);
        check(&|_, key| key.service_account = "other".into(), None);
        check(&|_, key| key.expiration_seconds = Some(7200), None);
        check(&|_, key| key.expiration_seconds = None, Some(3880));
        // Lengthened to a year by the server.
        let year = |claims: &mut Value, _: &mut TokenKey| {
            claims["exp"] = json!(1000 + 31_536_000);
            claims["kubernetes.io"]["warnafter"] = json!(1000 + 3607);
        };
        check(&year, Some(1000 + 2885));
        // No token is older than a day.
        let long = |claims: &mut Value, key: &mut TokenKey| {
            claims["exp"] = json!(1000 + 400_000);
            key.expiration_seconds = Some(400_000);
        };
        check(&long, Some(1000 + 86_400));
        for garbage in ["", "a.b", "e30.e30.c2ln", "e30.!.c2ln"] {
            assert_eq!(renewal_of(garbage.as_bytes(), &key()), None, "{garbage}");
        }
    }
}

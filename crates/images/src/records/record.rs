//! The records' format, and how a pull changes one (`ImagePulledRecord`, `ImagePullIntent` of `kubelet.config.k8s.io`).

use crate::credentials::{Coordinates, Source, TrackedCredential};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version of the records' format.
const API_VERSION: &str = "kubelet.config.k8s.io/v1beta1";

/// Secrets of one name beyond which a match is no longer noted: namespaces come and go.
const MAX_NOTED_MATCHES: usize = 100;

/// Who may use an image, by the names under which it was pulled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PulledRecord {
    kind: String,
    api_version: String,
    last_updated_time: Timestamp,
    /// What the runtime calls it.
    pub(super) image_ref: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    credential_mapping: BTreeMap<String, Rights>,
}

/// Who may use one name: nobody, if all is empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rights {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    kubernetes_secrets: Vec<SecretRecord>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    kubernetes_service_accounts: Vec<AccountRecord>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    node_pods_accessible: bool,
}

/// A pull secret that gave the image, and the hash of what it held.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SecretRecord {
    uid: String,
    namespace: String,
    name: String,
    credential_hash: String,
}

/// A service account whose token gave the image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct AccountRecord {
    uid: String,
    namespace: String,
    name: String,
}

/// A pull that began.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Intent {
    kind: String,
    api_version: String,
    pub(super) image: String,
}

/// What a pod has to show for an image.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proof {
    secrets: Vec<SecretRecord>,
    account: Option<AccountRecord>,
}

/// What a pod's proof is worth.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Verdict {
    /// Nothing.
    Refused,
    /// It is known.
    Known,
    /// It is known in part, and should be known in full.
    ToBeNoted(Rights),
}

impl Intent {
    pub(super) fn new(image: &str) -> Self {
        Self {
            kind: "ImagePullIntent".to_owned(),
            api_version: API_VERSION.to_owned(),
            image: image.to_owned(),
        }
    }
}

impl SecretRecord {
    fn new(coordinates: &Coordinates, hash: &str) -> Self {
        let Coordinates { uid, namespace, name } = coordinates.clone();
        Self { uid, namespace, name, credential_hash: hash.to_owned() }
    }

    fn is_same_object(&self, other: &Self) -> bool {
        (&self.uid, &self.namespace, &self.name) == (&other.uid, &other.namespace, &other.name)
    }
}

impl AccountRecord {
    fn new(coordinates: &Coordinates) -> Self {
        let Coordinates { uid, namespace, name } = coordinates.clone();
        Self { uid, namespace, name }
    }
}

impl Proof {
    /// Of the credentials that a look-up found. Those of the node prove nothing about the pod.
    pub(crate) fn of(credentials: &[TrackedCredential]) -> Self {
        let mut proof = Self::default();
        for tracked in credentials {
            match &tracked.source {
                Source::Node => {}
                Source::Secret(secret) => proof.secrets.push(SecretRecord::new(secret, &tracked.hash)),
                Source::ServiceAccount(account) => {
                    proof.account.get_or_insert_with(|| AccountRecord::new(account));
                }
            }
        }
        proof
    }
}

impl Rights {
    /// What a pull with this credential, or with none, gives.
    pub(super) fn of_pull(used: Option<&TrackedCredential>) -> Self {
        match used.map(|used| (&used.source, used.hash.as_str())) {
            None | Some((Source::Node, _)) => Self { node_pods_accessible: true, ..Self::default() },
            Some((Source::Secret(secret), hash)) => {
                Self { kubernetes_secrets: vec![SecretRecord::new(secret, hash)], ..Self::default() }
            }
            Some((Source::ServiceAccount(account), _)) => {
                Self { kubernetes_service_accounts: vec![AccountRecord::new(account)], ..Self::default() }
            }
        }
    }

    pub(super) fn is_for_all(&self) -> bool {
        self.node_pods_accessible
    }

    pub(super) fn is_for_none(&self) -> bool {
        !self.node_pods_accessible
            && self.kubernetes_secrets.is_empty()
            && self.kubernetes_service_accounts.is_empty()
    }

    /// Whether the proof holds: the same credential, whatever the secret; the same secret, whatever it holds by now; the same
    /// account.
    pub(super) fn judge(&self, proof: &Proof) -> Verdict {
        let has_room = self.kubernetes_secrets.len() < MAX_NOTED_MATCHES;
        for shown in &proof.secrets {
            for known in &self.kubernetes_secrets {
                let is_same_credential =
                    !known.credential_hash.is_empty() && known.credential_hash == shown.credential_hash;
                match (is_same_credential, known.is_same_object(shown)) {
                    (true, true) => return Verdict::Known,
                    (true, false) if !has_room => return Verdict::Known,
                    (true, false) | (false, true) if has_room => {
                        let secrets = vec![shown.clone()];
                        return Verdict::ToBeNoted(Self { kubernetes_secrets: secrets, ..Self::default() });
                    }
                    (true | false, true | false) => {}
                }
            }
        }
        match &proof.account {
            Some(account) if self.kubernetes_service_accounts.contains(account) => Verdict::Known,
            Some(_) | None => Verdict::Refused,
        }
    }

    /// Takes in more rights; whether that changed anything.
    fn add(&mut self, new: &Self) -> bool {
        if self.node_pods_accessible || new.is_for_none() {
            return false;
        }
        if new.node_pods_accessible {
            *self = new.clone();
            return true;
        }
        let before = self.clone();
        for secret in &new.kubernetes_secrets {
            self.kubernetes_secrets.retain(|known| !known.is_same_object(secret));
            self.kubernetes_secrets.push(secret.clone());
        }
        for account in &new.kubernetes_service_accounts {
            self.kubernetes_service_accounts.retain(|known| known != account);
            self.kubernetes_service_accounts.push(account.clone());
        }
        self.kubernetes_secrets.sort_by(|left, right| {
            (&left.namespace, &left.name, &left.uid).cmp(&(&right.namespace, &right.name, &right.uid))
        });
        self.kubernetes_service_accounts.sort_by(|left, right| {
            (&left.namespace, &left.name, &left.uid).cmp(&(&right.namespace, &right.name, &right.uid))
        });
        *self != before
    }
}

impl PulledRecord {
    /// Of an image that nobody has a right to yet.
    pub(super) fn new(image_ref: &str, now: Timestamp) -> Self {
        Self {
            kind: "ImagePulledRecord".to_owned(),
            api_version: API_VERSION.to_owned(),
            last_updated_time: whole_seconds(now),
            image_ref: image_ref.to_owned(),
            credential_mapping: BTreeMap::new(),
        }
    }

    /// Who may use `name`, which has no tag.
    pub(super) fn rights(&self, name: &str) -> Option<&Rights> {
        self.credential_mapping.get(name)
    }

    /// Gives more rights to `name`; whether that changed anything.
    pub(super) fn add(&mut self, name: &str, rights: &Rights, now: Timestamp) -> bool {
        if rights.is_for_none() {
            return false;
        }
        let is_changed = match self.credential_mapping.get_mut(name) {
            Some(known) => known.add(rights),
            None => self.credential_mapping.insert(name.to_owned(), rights.clone()).is_none(),
        };
        if is_changed {
            API_VERSION.clone_into(&mut self.api_version);
            self.last_updated_time = whole_seconds(now);
        }
        is_changed
    }

    /// Whether nothing was noted since `moment`.
    pub(super) fn is_older_than(&self, moment: Timestamp) -> bool {
        self.last_updated_time < moment
    }
}

/// As upstream writes times.
fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::Credential;

    fn tracked(source: Source, hash: &str) -> TrackedCredential {
        TrackedCredential { credential: Credential::default(), hash: hash.to_owned(), source }
    }

    fn object(name: &str) -> Coordinates {
        Coordinates { uid: format!("uid-{name}"), namespace: "ns".to_owned(), name: name.to_owned() }
    }

    fn secret(name: &str, hash: &str) -> TrackedCredential {
        tracked(Source::Secret(object(name)), hash)
    }

    fn account(name: &str) -> TrackedCredential {
        tracked(Source::ServiceAccount(object(name)), "h")
    }

    #[test]
    fn proofs() {
        let pulls = [secret("a", "h1"), secret("b", "h2"), account("sa")];
        let mut rights = Rights::default();
        for pull in &pulls {
            assert!(rights.add(&Rights::of_pull(Some(pull))));
            assert!(!rights.add(&Rights::of_pull(Some(pull))), "nothing new");
        }
        let noted = |secret: &TrackedCredential| Verdict::ToBeNoted(Rights::of_pull(Some(secret)));
        for (shown, expected) in [
            (vec![], Verdict::Refused),
            (vec![tracked(Source::Node, "h1")], Verdict::Refused),
            (vec![secret("a", "h1")], Verdict::Known),
            // The same credential in another secret, and another credential in the same secret.
            (vec![secret("c", "h1")], noted(&secret("c", "h1"))),
            (vec![secret("a", "h9")], noted(&secret("a", "h9"))),
            (vec![secret("c", "h9"), secret("b", "h2")], Verdict::Known),
            (vec![secret("c", "h9")], Verdict::Refused),
            (vec![account("sa")], Verdict::Known),
            (vec![account("other")], Verdict::Refused),
            // A pod has one account: the first that is shown counts.
            (vec![account("other"), account("sa")], Verdict::Refused),
        ] {
            assert_eq!(rights.judge(&Proof::of(&shown)), expected, "{shown:?}");
        }
    }

    #[test]
    fn a_full_record_knows_but_does_not_note() {
        let mut rights = Rights::default();
        for number in 0..MAX_NOTED_MATCHES {
            rights.add(&Rights::of_pull(Some(&secret(&number.to_string(), "h"))));
        }
        assert_eq!(rights.judge(&Proof::of(&[secret("new", "h")])), Verdict::Known);
        assert_eq!(rights.judge(&Proof::of(&[secret("1", "other")])), Verdict::Refused);
    }

    #[test]
    fn rights_of_all_end_the_list() {
        let mut record = PulledRecord::new("ref", Timestamp::UNIX_EPOCH);
        assert!(record.add("name", &Rights::of_pull(Some(&secret("b", "h"))), Timestamp::UNIX_EPOCH));
        assert!(record.add("name", &Rights::of_pull(Some(&secret("a", "h"))), Timestamp::UNIX_EPOCH));
        let json = serde_json::to_value(&record).unwrap();
        let names = json["credentialMapping"]["name"]["kubernetesSecrets"].as_array().unwrap();
        assert_eq!(names.iter().map(|secret| &secret["name"]).collect::<Vec<_>>(), ["a", "b"]);
        assert!(record.add("name", &Rights::of_pull(None), Timestamp::UNIX_EPOCH));
        assert!(record.rights("name").is_some_and(Rights::is_for_all));
        assert!(!record.add("name", &Rights::of_pull(Some(&secret("a", "h"))), Timestamp::UNIX_EPOCH));
        let json = serde_json::to_value(&record).unwrap();
        assert_eq!(json["credentialMapping"]["name"], serde_json::json!({ "nodePodsAccessible": true }));
    }
}

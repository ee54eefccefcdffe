//! One credential, its hash, and where it came from.

use super::go_json;
use sha2::{Digest, Sha256};
use std::fmt;

/// What a registry is shown; the fields of docker's `AuthConfig`. Never logged.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credential {
    /// The user.
    pub username: String,
    /// The password.
    pub password: String,
    /// An address that old files of docker have; part of the hash alone.
    pub email: String,
    /// A token that is exchanged for one of the registry's.
    pub identity_token: String,
    /// A token that the registry takes as it is.
    pub registry_token: String,
}

impl fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Credential").field("username", &self.username).finish_non_exhaustive()
    }
}

impl Credential {
    /// The SHA-256 of the JSON form that upstream's encoder makes, in hexadecimal (`hashAuthConfig`): either kubelet knows the
    /// other's records by it.
    pub(crate) fn hash(&self) -> String {
        let fields = [
            ("username", &self.username),
            ("password", &self.password),
            ("email", &self.email),
            ("identitytoken", &self.identity_token),
            ("registrytoken", &self.registry_token),
        ];
        let given = fields.into_iter().filter(|(_, value)| !value.is_empty());
        let members: Vec<String> =
            given.map(|(name, value)| format!("\"{name}\":{}", go_json::string(value))).collect();
        let digest = Sha256::digest(format!("{{{}}}", members.join(",")).as_bytes());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What the runtime is given.
    pub(crate) fn to_runtime(&self) -> cri::v1::AuthConfig {
        cri::v1::AuthConfig {
            username: self.username.clone(),
            password: self.password.clone(),
            identity_token: self.identity_token.clone(),
            registry_token: self.registry_token.clone(),
            ..cri::v1::AuthConfig::default()
        }
    }
}

/// An object of the API server that gave a credential.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Coordinates {
    /// Its UID.
    pub uid: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// Where a credential came from: who may use what is pulled with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The node's files, or a program that asks for no account: all pods of the node.
    Node,
    /// A pull secret: pods with that secret, or one that holds the same credential.
    Secret(Coordinates),
    /// A program that was given a token of the pod's service account: pods with that account.
    ServiceAccount(Coordinates),
}

/// A credential with its origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackedCredential {
    /// The credential.
    pub credential: Credential,
    /// Its [hash](Credential::hash).
    pub hash: String,
    /// Where it came from.
    pub source: Source,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_upstreams() {
        for (username, password, email, json) in [
            ("u", "p", "", r#"{"username":"u","password":"p"}"#),
            ("", "p", "a@b", r#"{"password":"p","email":"a@b"}"#),
            ("<u>", "a&\"b\n", "", r#"{"username":"\u003cu\u003e","password":"a\u0026\"b\n"}"#),
            ("", "", "", "{}"),
        ] {
            let credential = Credential {
                username: username.to_owned(),
                password: password.to_owned(),
                email: email.to_owned(),
                ..Credential::default()
            };
            let expected: String =
                Sha256::digest(json.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(credential.hash(), expected, "{json}");
        }
    }

    #[test]
    fn passwords_are_not_shown() {
        let credential = Credential {
            username: "user".to_owned(),
            password: "hidden".to_owned(),
            ..Credential::default()
        };
        let shown = format!("{credential:?}");
        assert!(shown.contains("user") && !shown.contains("hidden"), "{shown}");
    }
}

//! What a credential plugin is told, and what it answers: `client.authentication.k8s.io`, v1 and v1beta1, which read alike.

use super::PluginError;
use jiff::Timestamp;
use kube::config::ExecConfig;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

/// The variable that holds what the plugin is told.
const INFO: &str = "KUBERNETES_EXEC_INFO";

/// What is said besides when the program is missing.
const MISSING: &str = "\n\nIt looks like you are trying to use a client-go credential plugin that is not installed.\n\n\
     To learn more about this feature, consult the documentation available at:\n      \
     https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins";

/// How to run the program.
#[derive(Clone, Debug)]
pub(in crate::connect) struct PluginSettings {
    pub(super) command: String,
    pub(super) arguments: Vec<String>,
    /// What the kubelet's own environment is complemented with.
    pub(super) environment: Vec<(String, String)>,
    /// How to get the program.
    pub(super) hint: String,
    api_version: String,
}

/// A certificate with its key, PEM.
#[derive(Clone, Debug)]
pub(in crate::connect) struct PluginIdentity {
    pub(in crate::connect) certificate: String,
    pub(in crate::connect) key: SecretString,
}

impl PartialEq for PluginIdentity {
    fn eq(&self, other: &Self) -> bool {
        self.certificate == other.certificate && self.key.expose_secret() == other.key.expose_secret()
    }
}

/// What the program said.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) token: Option<String>,
    pub(super) identity: Option<PluginIdentity>,
    /// Never, if there is none.
    pub(super) expires_at: Option<Timestamp>,
}

impl PluginSettings {
    /// As the kubeconfig says, which was checked.
    pub(in crate::connect) fn new(exec: &ExecConfig) -> Result<Self, serde_json::Error> {
        let api_version = exec.api_version.clone().unwrap_or_default();
        // A kubelet has no terminal to ask somebody at.
        let mut spec = json!({"interactive": false});
        if let Some(cluster) = exec.cluster.as_ref().filter(|_| exec.provide_cluster_info) {
            spec["cluster"] = serde_json::to_value(cluster)?;
        }
        let info = json!({"kind": "ExecCredential", "apiVersion": api_version, "spec": spec});
        let variable = |variable: &std::collections::HashMap<String, String>| {
            let value = |field: &str| variable.get(field).cloned().unwrap_or_default();
            (value("name"), value("value"))
        };
        let mut environment: Vec<_> = exec.env.iter().flatten().map(variable).collect();
        environment.push((INFO.to_owned(), serde_json::to_string(&info)?));
        let advice = exec.install_hint.as_deref().filter(|hint| !hint.is_empty());
        Ok(Self {
            command: exec.command.clone().unwrap_or_default(),
            arguments: exec.args.clone().unwrap_or_default(),
            environment,
            hint: advice.map_or_else(|| MISSING.to_owned(), |advice| format!("{MISSING}\n\n{advice}")),
            api_version,
        })
    }

    /// What `output` says.
    pub(super) fn read(&self, output: &[u8]) -> Result<Answer, PluginError> {
        let document: Document = serde_json::from_slice(output).map_err(PluginError::Malformed)?;
        if document.kind != "ExecCredential" || document.api_version != self.api_version {
            let found = format!("{} {}", document.api_version, document.kind);
            return Err(PluginError::Version { expected: self.api_version.clone(), found });
        }
        let status = document.status.ok_or(PluginError::Incomplete("didn't return a status field"))?;
        let present = |text: Option<String>| text.filter(|text| !text.is_empty());
        let token = present(status.token);
        let pair = (present(status.client_certificate_data), present(status.client_key_data));
        let identity = match pair {
            (Some(certificate), Some(key)) => Some(PluginIdentity { certificate, key: key.into() }),
            (None, None) if token.is_none() => {
                return Err(PluginError::Incomplete("didn't return a token or cert/key pair"));
            }
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                return Err(PluginError::Incomplete("returned only certificate or key, not both"));
            }
        };
        let expires_at = present(status.expiration_timestamp).map(|time| time.parse()).transpose();
        Ok(Answer { token, identity, expires_at: expires_at.map_err(PluginError::Expiration)? })
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Document {
    kind: String,
    api_version: String,
    status: Option<DocumentStatus>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct DocumentStatus {
    expiration_timestamp: Option<String>,
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
}

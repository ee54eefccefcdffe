//! Which fields of a kubeconfig can be used together, and which not at all. Pure, except that the kubeconfig's path is told.
//!
//! | fields | what becomes of them |
//! |---|---|
//! | `server`, `tls-server-name`, `insecure-skip-tls-verify`, `certificate-authority`, `…-data`, `proxy-url` | used |
//! | `disable-compression` | needs nothing: answers are never asked for in compressed form |
//! | `client-certificate`, `client-key`, `…-data`, `token`, `tokenFile`, `username`, `password`, `exec` | used |
//! | `as`, `as-uid`, `as-groups`, `as-user-extra` | sent with every request |
//! | `auth-provider` | refused; client-go has dropped its providers but for OpenID Connect, which needs a person |
//! | `extensions` of the cluster | given to the credential plugin, as `client.authentication.k8s.io/exec` says |
//!
//! Source: `client-go/tools/clientcmd/validation.go`, release 1.37.

use super::ConnectError;
use super::kubeconfig::Kubeconfig;
use kube::config::{AuthInfo, Cluster, ExecConfig, ExecInteractiveMode};

/// The versions that a credential plugin may be spoken to in.
const PLUGIN_VERSIONS: [&str; 2] =
    ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];

/// Whether what is said of the cluster fits together.
pub(super) fn check_cluster(kubeconfig: &Kubeconfig, cluster: &Cluster) -> Result<(), ConnectError> {
    let wrong = wrong(kubeconfig);
    if cluster.certificate_authority.is_some() && cluster.certificate_authority_data.is_some() {
        return wrong("certificate-authority", "certificate-authority-data is given too; remove one of them");
    }
    let has_authority =
        cluster.certificate_authority.is_some() || cluster.certificate_authority_data.is_some();
    if has_authority && cluster.insecure_skip_tls_verify == Some(true) {
        // `rest/transport.go`: "specifying a root certificates file with the insecure flag is not allowed".
        return wrong("insecure-skip-tls-verify", "a certificate authority is given too; remove one of them");
    }
    Ok(())
}

/// Whether what is said of the user fits together.
pub(super) fn check_user(kubeconfig: &Kubeconfig, user: &AuthInfo) -> Result<(), ConnectError> {
    let wrong = wrong(kubeconfig);
    if user.auth_provider.is_some() {
        return wrong("auth-provider", "a kubelet cannot use it; use exec, tokenFile or client-certificate");
    }
    if user.client_certificate.is_some() && user.client_certificate_data.is_some() {
        return wrong("client-certificate", "client-certificate-data is given too; remove one of them");
    }
    if user.client_key.is_some() && user.client_key_data.is_some() {
        return wrong("client-key", "client-key-data is given too; remove one of them");
    }
    let has_token = user.token.is_some() || user.token_file.is_some();
    if user.username.is_some() != user.password.is_some() {
        return wrong("username", "username and password go together; give both or none");
    }
    if has_token && user.username.is_some() {
        return wrong("username", "a token is given too; remove one of them");
    }
    let acts_for_more = user.impersonate_uid.is_some()
        || user.impersonate_groups.as_ref().is_some_and(|groups| !groups.is_empty())
        || user.impersonate_user_extra.as_ref().is_some_and(|extra| !extra.is_empty());
    if acts_for_more && user.impersonate.as_ref().is_none_or(String::is_empty) {
        return wrong("as", "as-uid, as-groups and as-user-extra need it; name a user");
    }
    match &user.exec {
        Some(exec) => check_plugin(kubeconfig, exec),
        None => Ok(()),
    }
}

fn check_plugin(kubeconfig: &Kubeconfig, exec: &ExecConfig) -> Result<(), ConnectError> {
    let wrong = wrong(kubeconfig);
    if exec.command.as_ref().is_none_or(String::is_empty) {
        return wrong("exec.command", "name the program");
    }
    let version = exec.api_version.as_deref().unwrap_or_default();
    if !PLUGIN_VERSIONS.contains(&version) {
        let cure = "set client.authentication.k8s.io/v1 or client.authentication.k8s.io/v1beta1";
        return wrong("exec.apiVersion", cure);
    }
    let variables = exec.env.iter().flatten();
    if variables.into_iter().any(|variable| variable.get("name").is_none_or(String::is_empty)) {
        return wrong("exec.env", "give each variable a name");
    }
    match (&exec.interactive_mode, version) {
        (Some(ExecInteractiveMode::Always), _) => {
            wrong("exec.interactiveMode", "a kubelet has no terminal; set Never or IfAvailable")
        }
        (None, version) if version == PLUGIN_VERSIONS[0] => {
            wrong("exec.interactiveMode", "set Never or IfAvailable, as v1 wants it")
        }
        (Some(ExecInteractiveMode::Never | ExecInteractiveMode::IfAvailable) | None, _) => Ok(()),
    }
}

fn wrong<'a>(
    kubeconfig: &'a Kubeconfig,
) -> impl Fn(&'static str, &'static str) -> Result<(), ConnectError> + 'a {
    |field, cure| Err(ConnectError::Combination { path: kubeconfig.path().to_owned(), field, cure })
}

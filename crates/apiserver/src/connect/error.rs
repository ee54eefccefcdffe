//! Why no clients can be made.

use super::kubeconfig::Kubeconfig;
use super::tls::TlsError;
use kube::config::KubeconfigError;
use std::path::PathBuf;

/// What is wrong with the kubeconfig: file, field and cure.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The file cannot be read, or does not say enough.
    #[error("kubeconfig {path}: {cure}")]
    Kubeconfig {
        /// The file.
        path: PathBuf,
        /// What to do.
        cure: &'static str,
        /// What was found.
        source: Box<KubeconfigError>,
    },
    /// A field that is not supported, or has a value that cannot be used.
    #[error("kubeconfig {path}: {field} is {value:?}: {cure}")]
    Field {
        /// The file.
        path: PathBuf,
        /// The field, as in the file.
        field: &'static str,
        /// Its value.
        value: String,
        /// What to do.
        cure: &'static str,
    },
    /// A field that is missing, or does not go with others.
    #[error("kubeconfig {path}: {field}: {cure}")]
    Combination {
        /// The file.
        path: PathBuf,
        /// The field, as in the file.
        field: &'static str,
        /// What to do.
        cure: &'static str,
    },
    /// The token file of the user cannot be read.
    #[error("tokenFile {path} of the kubeconfig's user cannot be used; put the token there")]
    TokenFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The certificates of the cluster or of the user cannot be used.
    #[error(
        "kubeconfig {path}: the certificates it names cannot be used; look at certificate-authority, client-certificate and client-key"
    )]
    Tls {
        /// The file.
        path: PathBuf,
        /// What was found.
        source: Box<TlsError>,
    },
    /// Whom to act for cannot be said.
    #[error("kubeconfig {path}: as, as-uid, as-groups or as-user-extra has characters that cannot be sent")]
    Impersonation {
        /// The file.
        path: PathBuf,
        /// What was found.
        source: Box<kube::Error>,
    },
    /// The user agent is no header value.
    #[error("the user agent {user_agent:?} has characters that cannot be sent")]
    UserAgent {
        /// The value.
        user_agent: String,
    },
    /// The metrics are registered already.
    #[error("the metrics of the API server's client cannot be registered")]
    Metrics(#[source] prometheus::Error),
}

impl ConnectError {
    /// What `cause` says about `kubeconfig`.
    pub(super) fn kubeconfig(kubeconfig: &Kubeconfig, cause: KubeconfigError) -> Self {
        use KubeconfigError as Cause;
        let cure = match &cause {
            Cause::ReadConfig(..) => "it cannot be read; name an existing file with --kubeconfig",
            Cause::CurrentContextNotSet => "set current-context",
            Cause::LoadContext(_) => "current-context names no entry of contexts",
            Cause::LoadClusterOfContext(_) => "the current context names no entry of clusters",
            Cause::MissingClusterUrl => "set server of the cluster",
            Cause::ParseClusterUrl(_) => "server of the cluster is no URL",
            Cause::ParseProxyUrl(_) => {
                "proxy-url of the cluster, or HTTPS_PROXY of the environment, is no URL"
            }
            Cause::LoadCertificateAuthority(_) | Cause::ParseCertificates(_) => {
                "certificate-authority or certificate-authority-data of the cluster cannot be used"
            }
            Cause::LoadClientCertificate(_) => "client-certificate of the user cannot be used",
            Cause::LoadClientKey(_) => "client-key of the user cannot be used",
            Cause::Parse(_) | Cause::KindMismatch | Cause::ApiVersionMismatch | Cause::FindPath => {
                "it is no kubeconfig"
            }
        };
        Self::Kubeconfig { path: kubeconfig.path().to_owned(), cure, source: Box::new(cause) }
    }

    /// What `cause` says about the certificates that `kubeconfig` names.
    pub(super) fn tls(kubeconfig: &Kubeconfig, cause: TlsError) -> Self {
        Self::Tls { path: kubeconfig.path().to_owned(), source: Box::new(cause) }
    }

    /// What `cause` says about whom `kubeconfig` acts for.
    pub(super) fn impersonation(kubeconfig: &Kubeconfig, cause: kube::Error) -> Self {
        Self::Impersonation { path: kubeconfig.path().to_owned(), source: Box::new(cause) }
    }
}

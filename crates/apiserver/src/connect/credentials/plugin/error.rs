//! Why a credential plugin gave no credentials, in client-go's words where it has some.

use crate::connect::ConnectError;
use std::io;
use std::process::ExitStatus;
use std::time::Duration;

/// Why a credential plugin gave no credentials. All of them may pass: the next request asks again.
#[derive(Debug, thiserror::Error)]
pub(in crate::connect) enum PluginError {
    /// There is no such program, or it may not be run.
    #[error("exec: executable {command} not found{hint}")]
    NotFound {
        /// The program.
        command: String,
        /// How to get it; empty when that was told often enough.
        hint: String,
    },
    /// It could not be started, or not be talked to.
    #[error("exec: {command}")]
    Io {
        /// The program.
        command: String,
        /// Why not.
        source: io::Error,
    },
    /// It failed.
    #[error("exec: executable {command} failed with {status}: {complaint}")]
    Failed {
        /// The program.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// The beginning of its standard error.
        complaint: String,
    },
    /// It ran too long and was killed.
    #[error("exec: executable {command} did not answer within {} s", deadline.as_secs())]
    TimedOut {
        /// The program.
        command: String,
        /// How long it had.
        deadline: Duration,
    },
    /// It said more than anybody can mean.
    #[error("exec: the answer of executable {command} has more than {limit_bytes} bytes")]
    TooLong {
        /// The program.
        command: String,
        /// What it may have.
        limit_bytes: u64,
    },
    /// It said something that is no `ExecCredential`.
    #[error("decoding stdout")]
    Malformed(#[source] serde_json::Error),
    /// It speaks another version.
    #[error("exec plugin is configured to use API version {expected}, plugin returned version {found}")]
    Version {
        /// What the kubeconfig says.
        expected: String,
        /// What the plugin said.
        found: String,
    },
    /// It did not say what it must.
    #[error("exec plugin {0}")]
    Incomplete(&'static str),
    /// `expirationTimestamp` is no time.
    #[error("decoding stdout: expirationTimestamp")]
    Expiration(#[source] jiff::Error),
    /// The token cannot be put into a header.
    #[error("exec plugin returned a token with characters that cannot be sent")]
    UnsendableToken,
    /// The certificate and the key cannot be used.
    #[error("failed parsing client key/certificate")]
    Certificate(#[source] Box<ConnectError>),
    /// The process ends.
    #[error("the task that runs the credential plugin has ended")]
    Gone,
}

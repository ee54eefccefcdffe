//! Has the connections made anew when a certificate or key file changes, so that a rotated identity acts at once:
//! upstream closes all connections too (`client-go/transport/cert_rotation.go`, which looks every 5 min).

use super::connections::Connections;
use super::kubeconfig::{Fingerprint, fingerprint};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tasks::Stop;

/// How often the files are looked at whatever the kernel tells: a `stat` costs nothing, and holds where inotify does not,
/// on other machines' file systems and for links further up the path.
const NET: Duration = Duration::from_secs(60);

/// A certificate and its key may be two files: so long after the first change both are looked at.
const SETTLED: Duration = Duration::from_millis(250);

/// Something that tells when the files may have changed.
pub(super) trait Hints: Send {
    /// Resolves when one of `files` may have changed since the last call.
    fn changed(&mut self, files: &[PathBuf]) -> impl Future<Output = ()> + Send;
}

/// Looks at the files until `stop`.
pub(super) async fn run(connections: Arc<Connections>, mut hints: impl Hints, stop: Stop) {
    let mut known = connections.kubeconfig().certificates();
    let files: Vec<PathBuf> = known.iter().map(|(path, _)| path.clone()).collect();
    if files.is_empty() {
        return;
    }
    let mut complaint = None;
    loop {
        tokio::select! {
            biased;
            () = stop.requested() => return,
            () = hints.changed(&files) => tokio::time::sleep(SETTLED).await,
            () = tokio::time::sleep(NET) => {}
        }
        let found = states(&files);
        if found == known {
            continue;
        }
        // A certificate without its new key is no identity: it is read again once both are there.
        match connections.renew().await {
            Ok(()) => {
                tracing::info!(
                    kubeconfig = %connections.kubeconfig().path().display(),
                    "The certificates for the API server changed; connections are made anew",
                );
                known = found;
                complaint = None;
            }
            Err(error) => {
                let text = types::error::chain(&error).to_string();
                if complaint.as_ref() != Some(&text) {
                    tracing::error!(err = %text, "The changed certificates cannot be used; the old ones are used on");
                    complaint = Some(text);
                }
            }
        }
    }
}

fn states(files: &[PathBuf]) -> Vec<(PathBuf, Fingerprint)> {
    files.iter().map(|path| (path.clone(), fingerprint(path))).collect()
}

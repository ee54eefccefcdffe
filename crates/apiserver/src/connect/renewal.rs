//! Has the connections made anew when a certificate or key file changes, so that a rotated identity acts at once:
//! upstream closes all connections too (`client-go/transport/cert_rotation.go`, which looks every 5 min).

use super::kubeconfig::{Fingerprint, Kubeconfig};
use super::pool::Pool;
use super::tls;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tasks::Stop;

/// How often the files are looked at. A `stat` costs nothing, and holds through links that are moved, other file
/// systems and files that do not exist yet, where inotify needs a watch on each directory on the way.
const INTERVAL: Duration = Duration::from_secs(10);

/// Looks at the files until `stop`.
pub(super) async fn run(kubeconfig: Kubeconfig, pool: Arc<Pool>, stop: Stop) {
    let mut known = kubeconfig.certificates();
    loop {
        tokio::select! {
            biased;
            () = stop.requested() => return,
            () = tokio::time::sleep(INTERVAL) => {}
        }
        let found = states(&known);
        if found == known {
            continue;
        }
        // A certificate without its new key is no identity: it is read again once both are there.
        let renewed = match kubeconfig.read().await {
            Ok(config) => tls::connector(&kubeconfig, &config),
            Err(error) => Err(error),
        };
        match renewed {
            Ok(connector) => {
                pool.renew(connector);
                tracing::info!(
                    kubeconfig = %kubeconfig.path().display(),
                    "The certificates for the API server changed; connections are made anew",
                );
                known = found;
            }
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::warn!(%error, ?cause, "The changed certificates cannot be used; the old ones are used on");
            }
        }
    }
}

fn states(known: &[(PathBuf, Fingerprint)]) -> Vec<(PathBuf, Fingerprint)> {
    known.iter().map(|(path, _)| (path.clone(), super::kubeconfig::fingerprint(path))).collect()
}

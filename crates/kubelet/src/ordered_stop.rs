//! The end of the process: what is waited for, and how long.
//!
//! Whoever is not waited for may never run again: the runtime is left behind as soon as the daemon returns, and tasks that were
//! not polled since the stop was asked for do not even drop what they hold. A server that is left so leaves its socket file, and the
//! next `kubelet ps` takes a kubelet that stopped for one that died.

use std::future::Future;
use std::time::Duration;
use tasks::Stop;
use tokio::task::JoinSet;

/// From the stop signal to the end of the process.
const STOP_TIME: Duration = Duration::from_millis(4500);

/// Asks everything to end; waits until the pods are at a safe point and the servers have closed what they listen on.
pub(crate) async fn stop_in_order(stop: &Stop, pods: impl Future, servers: JoinSet<()>) {
    stop.request();
    let all_ended = async { tokio::join!(pods, servers.join_all()) };
    if tokio::time::timeout(STOP_TIME, all_ended).await.is_err() {
        tracing::warn!("Some pods were in the middle of something; the next start takes it up");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use server::local::{LocalApi, SOCKET_NAME};
    use std::path::PathBuf;
    use std::sync::Arc;
    use tokio::time::Instant;

    struct NoPods;

    impl server::PodDirectory for NoPods {
        fn list(&self) -> Vec<Arc<k8s_openapi::api::core::v1::Pod>> {
            Vec::new()
        }

        fn log_file(&self, _uid: &str, _container: &str, _previous: bool) -> Option<PathBuf> {
            None
        }

        fn events(&self) -> Vec<types::Event> {
            Vec::new()
        }
    }

    /// On one thread, so that the server has not been polled once when the stop comes, as in a kubelet that is stopped at once.
    #[tokio::test]
    async fn a_server_that_never_ran_closes_its_socket() {
        let root = tempfile::tempdir().expect("a directory");
        let socket = root.path().join(SOCKET_NAME);
        let api = LocalApi::bind(root.path(), Arc::new(NoPods), prometheus::Registry::new()).expect("binds");
        let (stop, mut servers) = (Stop::new(), JoinSet::new());
        servers.spawn(api.run(stop.clone()));
        assert!(socket.exists());
        stop_in_order(&stop, std::future::ready(()), servers).await;
        assert!(!socket.exists(), "the socket is left behind");
    }

    #[tokio::test(start_paused = true)]
    async fn what_hangs_does_not_keep_the_process() {
        let mut servers = JoinSet::new();
        servers.spawn(std::future::pending());
        let began = Instant::now();
        stop_in_order(&Stop::new(), std::future::pending::<()>(), servers).await;
        assert!(began.elapsed() < Duration::from_secs(5));
    }
}

//! A loop that survives its own panics.

use crate::Stop;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use tokio::task::JoinHandle;

/// The pause before a loop that panicked is started again: long enough that a loop that panics at
/// once does not fill the log, short enough that nobody waits for it.
const RESTART_PAUSE: Duration = Duration::from_secs(1);

/// Spawns `make()` under `name`. When the future panics it is made and run again after a pause;
/// when it returns, or `stop` is requested during the pause, the task ends.
pub fn supervise<F, Fut>(name: &'static str, stop: Stop, mut make: F) -> JoinHandle<()>
where
    F: FnMut() -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send,
{
    tokio::spawn(async move {
        loop {
            if AssertUnwindSafe(make()).catch_unwind().await.is_ok() {
                return;
            }
            tracing::error!(task = name, "A background task panicked and is started again");
            tokio::select! {
                biased;
                () = stop.requested() => return,
                () = tokio::time::sleep(RESTART_PAUSE) => {}
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test(start_paused = true)]
    async fn a_loop_that_panics_runs_again() {
        let runs = Arc::new(AtomicU32::new(0));
        let counter = runs.clone();
        supervise("test", Stop::new(), move || {
            let run = counter.fetch_add(1, Ordering::SeqCst);
            async move { assert!(run > 1, "panics twice") }
        })
        .await
        .expect("the supervisor itself does not panic");
        assert_eq!(runs.load(Ordering::SeqCst), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_ends_the_pause() {
        let stop = Stop::new();
        stop.request();
        supervise("test", stop, || async { panic!("always") }).await.expect("no panic");
    }
}

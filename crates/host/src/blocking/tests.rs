use std::{path::Path, sync::mpsc, time::Duration};

use super::{Blocking, MAX_WAIT, Stuck};

/// A call that hangs takes its path and one thread, and nothing else; when it comes back, the path is free again.
#[test]
fn a_hung_path_harms_only_itself() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let blocking = Blocking::new(2);
        let (answer_tx, answer_rx) = mpsc::channel::<()>();
        let (started_tx, started_rx) = mpsc::channel::<()>();
        let hung = {
            let blocking = blocking.clone();
            tokio::spawn(async move {
                blocking
                    .run(Path::new("/dead"), move || {
                        started_tx.send(()).unwrap();
                        answer_rx.recv().unwrap();
                    })
                    .await
            })
        };
        tokio::task::yield_now().await;
        started_rx.recv().unwrap();
        // Its caller goes away; the call does not.
        hung.abort();

        let waited_from = tokio::time::Instant::now();
        for _ in 0..3 {
            assert_eq!(blocking.run(Path::new("/dead"), || ()).await, Err(Stuck));
        }
        assert!(waited_from.elapsed() >= 3 * MAX_WAIT);
        assert_eq!(blocking.run(Path::new("/alive"), || 7).await, Ok(7));

        answer_tx.send(()).unwrap();
        assert_eq!(blocking.run(Path::new("/dead"), || 8).await, Ok(8));
        while !blocking.paths.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
}

use std::{path::Path, sync::mpsc, time::Duration};

use super::{Blocking, Stuck};

/// A call that hangs takes its path and one thread, and nothing else; when it comes back, the path is free again.
#[tokio::test]
async fn a_hung_path_harms_only_itself() {
    let wait = Duration::from_millis(50);
    let blocking = Blocking::new(2, wait);
    let (answer_tx, answer_rx) = mpsc::channel::<()>();
    let (started_tx, started_rx) = tokio::sync::oneshot::channel::<()>();
    let hung = {
        let blocking = blocking.clone();
        tokio::spawn(async move {
            let call = move || {
                started_tx.send(()).unwrap();
                answer_rx.recv().unwrap();
            };
            blocking.run(Path::new("/dead"), call).await
        })
    };
    started_rx.await.unwrap();
    // Its caller goes away; the call does not.
    hung.abort();

    let waited_from = tokio::time::Instant::now();
    for _ in 0..3 {
        assert_eq!(blocking.run(Path::new("/dead"), || ()).await, Err(Stuck));
    }
    assert!(waited_from.elapsed() >= 3 * wait);
    assert_eq!(blocking.run(Path::new("/alive"), || 7).await, Ok(7));

    answer_tx.send(()).unwrap();
    let patient = Blocking { wait: Duration::from_secs(20), ..blocking.clone() };
    assert_eq!(patient.run(Path::new("/dead"), || 8).await, Ok(8));
    let forgotten = async {
        while !blocking.paths.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), forgotten).await.unwrap();
}

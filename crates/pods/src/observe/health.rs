//! Whether the observer still gets lists of what the runtime has: a part of the node's readiness
//! (`pkg/kubelet/pleg/generic.go`, `Healthy`).
//!
//! A task of its own, so that it tells of an observer that hangs, too.

use super::ObserverHandle;
use std::future::{Future, pending};
use std::time::Duration;
use tasks::watch;
use tokio::time::{Instant, sleep_until};

/// An observer without a list for so long is not well (`genericPlegRelistThreshold`).
const THRESHOLD: Duration = Duration::from_secs(180);

/// How often it is told anew for how long there was none.
const REPEAT: Duration = Duration::from_secs(60);

/// Why the observer is not well, in upstream's words; `None` while it is.
pub type ObserverHealth = watch::Receiver<Option<String>>;

/// The observer's health, and the task that keeps it, for as long as the process lives.
pub fn health(observer: &ObserverHandle) -> (ObserverHealth, impl Future<Output = ()> + Send + 'static) {
    let (told, receiver) = watch::channel(words(None, Instant::now()));
    let listed = observer.last_list();
    (receiver, keep(listed, told))
}

async fn keep(mut listed: watch::Receiver<Option<Instant>>, told: watch::Sender<Option<String>>) {
    loop {
        let last = *listed.borrow_and_update();
        let now = Instant::now();
        let words = words(last, now);
        let is_well = words.is_none();
        told.send_if_modified(|known| {
            let differs = *known != words;
            *known = words;
            differs
        });
        match last {
            // Lists that come meanwhile are looked at then.
            Some(last) if is_well => sleep_until(last + THRESHOLD + Duration::from_millis(1)).await,
            Some(_) => tokio::select! {
                biased;
                () = changed(&mut listed) => {}
                () = sleep_until(now + REPEAT) => {}
            },
            None => changed(&mut listed).await,
        }
    }
}

async fn changed(listed: &mut watch::Receiver<Option<Instant>>) {
    if listed.changed().await.is_err() {
        // The observer has ended, and with it the process.
        pending::<()>().await;
    }
}

fn words(last: Option<Instant>, now: Instant) -> Option<String> {
    let Some(last) = last else {
        return Some("PLEG is not healthy: pleg has yet to be successful".to_owned());
    };
    let elapsed = now.saturating_duration_since(last);
    (elapsed > THRESHOLD).then(|| {
        let (elapsed, threshold) = (minutes(elapsed), minutes(THRESHOLD));
        format!("PLEG is not healthy: pleg was last seen active {elapsed} ago; threshold is {threshold}")
    })
}

/// Minutes and whole seconds as Go prints a duration.
fn minutes(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let hours = if seconds >= 3600 { format!("{}h", seconds / 3600) } else { String::new() };
    format!("{hours}{}m{}s", seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::{advance, sleep};

    #[tokio::test(start_paused = true)]
    async fn an_observer_without_lists_is_not_well() {
        let (lists, listed) = watch::channel(None);
        let (told, health) = watch::channel(words(None, Instant::now()));
        let task = tokio::spawn(keep(listed, told));
        let said = || health.borrow().clone().unwrap_or_default();
        sleep(Duration::from_secs(3600)).await;
        assert_eq!(said(), "PLEG is not healthy: pleg has yet to be successful");
        for _ in 0..200 {
            lists.send_replace(Some(Instant::now()));
            sleep(Duration::from_secs(10)).await;
            assert_eq!(said(), "");
        }
        sleep(Duration::from_secs(170)).await;
        assert_eq!(said(), "", "three minutes are borne");
        sleep(Duration::from_millis(2)).await;
        let start = "PLEG is not healthy: pleg was last seen active";
        assert_eq!(said(), format!("{start} 3m0s ago; threshold is 3m0s"));
        sleep(Duration::from_secs(125)).await;
        assert_eq!(said(), format!("{start} 5m0s ago; threshold is 3m0s"));
        advance(Duration::from_secs(3600)).await;
        sleep(Duration::from_millis(1)).await;
        assert_eq!(said(), format!("{start} 1h5m5s ago; threshold is 3m0s"));
        lists.send_replace(Some(Instant::now()));
        sleep(Duration::from_millis(1)).await;
        assert_eq!(said(), "");
        task.abort();
    }
}

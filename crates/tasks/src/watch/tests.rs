//! The order in which those who wait are woken, and the end of a channel.

use super::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use tokio::task::{JoinHandle, yield_now};

/// Far above the number of lists that tokio spreads waiters over.
const WAITERS: usize = 32;

#[tokio::test]
async fn waiters_are_woken_in_the_order_of_waiting() {
    let sender = Sender::new(0);
    let woken = Arc::new(Mutex::new(Vec::new()));
    let waiters: Vec<JoinHandle<()>> =
        (0..WAITERS).map(|number| tokio::spawn(note(number, sender.subscribe(), woken.clone()))).collect();
    yield_now().await;
    sender.send_replace(1);
    for waiter in waiters {
        waiter.await.expect("a waiter ends by itself");
    }
    let woken = woken.lock().expect("nobody panicked").clone();
    assert_eq!(woken, (0..WAITERS).collect::<Vec<_>>());
}

async fn note(number: usize, mut receiver: Receiver<u32>, woken: Arc<Mutex<Vec<usize>>>) {
    receiver.changed().await.expect("the sender is there");
    woken.lock().expect("nobody panicked").push(number);
}

#[tokio::test]
async fn the_end_is_heard_after_the_last_value() {
    let (sender, mut receiver) = channel(1);
    let mut waiting = receiver.clone();
    let waiter = tokio::spawn(async move { waiting.wait_for(|value| *value == 3).await.map(|value| *value) });
    yield_now().await;
    sender.send_replace(2);
    drop(sender);
    assert!(waiter.await.expect("it ends by itself").is_err());
    assert!(receiver.changed().await.is_ok(), "a value that was not seen is told first");
    assert!(receiver.changed().await.is_err());
}

#[tokio::test]
async fn a_wanted_value_is_found() {
    let (sender, mut receiver) = channel(1);
    assert_eq!(receiver.wait_for(|value| *value == 1).await.map(|value| *value).ok(), Some(1));
    let waiter = tokio::spawn(async move { receiver.wait_for(|value| *value > 5).await.map(|value| *value) });
    yield_now().await;
    for value in 2..9 {
        sender.send_replace(value);
        yield_now().await;
    }
    assert_eq!(waiter.await.expect("it ends by itself").ok(), Some(6));
}

#[tokio::test]
async fn one_that_changes_all_the_time_lets_others_run() {
    let (sender, mut receiver) = channel(0_u64);
    let greedy = tokio::spawn(async move {
        loop {
            sender.send_modify(|value| *value += 1);
            if receiver.changed().await.is_err() {
                return;
            }
        }
    });
    yield_now().await;
    greedy.abort();
    assert!(greedy.await.expect_err("it goes on for ever").is_cancelled());
}

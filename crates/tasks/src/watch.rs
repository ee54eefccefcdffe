//! Tokio's `watch` channel, except that whoever waits is woken in the order of waiting.
//!
//! Tokio's own spreads those who wait over eight lists by chance, which spares a large machine some contention on a lock.
//! A node has no such contention, and a simulation in which tasks are woken by chance cannot be repeated. All else is
//! tokio's: versions, closing, and what each method promises.

#[cfg(test)]
mod tests;

use futures::FutureExt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::coop::{consume_budget, unconstrained};
use tokio::time::sleep;

pub use tokio::sync::watch::Ref;
pub use tokio::sync::watch::error::RecvError;

/// A channel that holds one value.
pub fn channel<T>(first: T) -> (Sender<T>, Receiver<T>) {
    let sender = Sender::new(first);
    let receiver = sender.subscribe();
    (sender, receiver)
}

/// Changes the value. The channel is closed when the last clone is gone.
#[derive(Debug)]
pub struct Sender<T> {
    // Dropped before `told`: whoever is woken by the end must find the channel closed.
    value: watch::Sender<T>,
    told: Told,
}

/// Looks at the value, and waits for others.
#[derive(Debug)]
pub struct Receiver<T> {
    value: watch::Receiver<T>,
    told: Arc<Notify>,
}

/// Wakes everybody, and once more when a sender is gone: it may have been the last.
#[derive(Clone, Debug, Default)]
struct Told(Arc<Notify>);

impl Drop for Told {
    fn drop(&mut self) {
        self.0.notify_waiters();
    }
}

impl<T> Sender<T> {
    /// A channel that nobody looks at yet.
    pub fn new(first: T) -> Self {
        Self { value: watch::Sender::new(first), told: Told::default() }
    }

    /// One more receiver, which has seen the present value.
    pub fn subscribe(&self) -> Receiver<T> {
        Receiver { value: self.value.subscribe(), told: self.told.0.clone() }
    }

    /// The present value. The guard must not be held over an `await`.
    pub fn borrow(&self) -> Ref<'_, T> {
        self.value.borrow()
    }

    /// Another value, whether or not anybody looks; the former.
    pub fn send_replace(&self, value: T) -> T {
        let former = self.value.send_replace(value);
        self.told.0.notify_waiters();
        former
    }

    /// Changes the value in place.
    pub fn send_modify(&self, change: impl FnOnce(&mut T)) {
        self.value.send_modify(change);
        self.told.0.notify_waiters();
    }

    /// Changes the value in place, and tells of it if `change` says so.
    pub fn send_if_modified(&self, change: impl FnOnce(&mut T) -> bool) -> bool {
        let is_modified = self.value.send_if_modified(change);
        if is_modified {
            self.told.0.notify_waiters();
        }
        is_modified
    }

    /// How many receivers there are.
    pub fn receiver_count(&self) -> usize {
        self.value.receiver_count()
    }

    /// Whether there is no receiver.
    pub fn is_closed(&self) -> bool {
        self.value.is_closed()
    }

    /// Resolves when there is no receiver.
    pub async fn closed(&self) {
        self.value.closed().await;
    }

    /// Resolves when the value is forgotten: `forget`, asked each time that there was no receiver and then `grace` went by, looks
    /// whether there is one again, and says whether it has forgotten the value.
    pub async fn forgotten(&self, grace: Duration, forget: impl Fn() -> bool) {
        loop {
            self.closed().await;
            sleep(grace).await;
            if forget() {
                return;
            }
        }
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self { value: self.value.clone(), told: self.told.clone() }
    }
}

impl<T: Default> Default for Sender<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        Self { value: self.value.clone(), told: self.told.clone() }
    }
}

impl<T> Receiver<T> {
    /// The present value. The guard must not be held over an `await`.
    pub fn borrow(&self) -> Ref<'_, T> {
        self.value.borrow()
    }

    /// The present value, which counts as seen from now on.
    pub fn borrow_and_update(&mut self) -> Ref<'_, T> {
        self.value.borrow_and_update()
    }

    /// Whether there is a value that was not seen.
    ///
    /// # Errors
    /// When the sender is gone.
    pub fn has_changed(&self) -> Result<bool, RecvError> {
        self.value.has_changed()
    }

    /// The present value counts as not seen.
    pub fn mark_changed(&mut self) {
        self.value.mark_changed();
    }

    /// The present value counts as seen.
    pub fn mark_unchanged(&mut self) {
        self.value.mark_unchanged();
    }

    /// Whether both look at the same value.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.value.same_channel(&other.value)
    }

    /// Resolves when there is a value that was not seen, which counts as seen from then on. Nothing is lost if it is
    /// dropped before.
    ///
    /// # Errors
    /// When the sender is gone and its last value was seen.
    pub async fn changed(&mut self) -> Result<(), RecvError> {
        consume_budget().await;
        loop {
            let mut told = pin!(self.told.notified());
            told.as_mut().enable();
            // One look: that of a task whose budget is spent would go without an answer.
            if let Some(answer) = unconstrained(self.value.changed()).now_or_never() {
                return answer;
            }
            told.await;
        }
    }

    /// Resolves when the value is as wanted, at once if it is so already.
    ///
    /// # Errors
    /// When the sender is gone and its last value is not as wanted.
    pub async fn wait_for(&mut self, mut is_wanted: impl FnMut(&T) -> bool) -> Result<Ref<'_, T>, RecvError> {
        while !is_wanted(&self.value.borrow_and_update()) {
            self.changed().await?;
        }
        // Once more, for a guard: the value may have changed since the look.
        self.value.wait_for(is_wanted).await
    }
}

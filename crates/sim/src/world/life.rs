//! One life of the kubelet's process, as the doors see it: it can end in the middle of any call.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use tokio::sync::Notify;

/// From one start to one end.
#[derive(Debug, Default)]
pub struct Life {
    /// Which one, counted from 1.
    pub number: u32,
    is_dead: AtomicBool,
    is_buried: AtomicBool,
    /// Calls until death; zero for none in sight.
    calls_left: AtomicU32,
    /// Woken when it dies in a call.
    pub died: Notify,
}

impl Life {
    /// A new one.
    pub fn new(number: u32) -> Self {
        Self { number, ..Self::default() }
    }

    /// Dies at its `calls`-th call from now.
    pub fn dies_at_call(&self, calls: u32) {
        self.calls_left.store(calls, Ordering::SeqCst);
    }

    /// Counts a call; whether the process dies in it.
    pub(super) fn count_call(&self) -> bool {
        let left = self.calls_left.load(Ordering::SeqCst);
        if left == 0 {
            return false;
        }
        self.calls_left.store(left - 1, Ordering::SeqCst);
        left == 1
    }

    /// No call of it has an effect any more.
    pub fn die(&self) {
        self.is_dead.store(true, Ordering::SeqCst);
        self.died.notify_one();
    }

    /// All its tasks must have ended.
    pub fn bury(&self) {
        self.is_buried.store(true, Ordering::SeqCst);
    }

    /// Whether it is dead.
    pub fn is_dead(&self) -> bool {
        self.is_dead.load(Ordering::SeqCst)
    }

    /// Whether a call now comes from a task that outlived its process.
    pub(super) fn is_buried(&self) -> bool {
        self.is_buried.load(Ordering::SeqCst)
    }
}

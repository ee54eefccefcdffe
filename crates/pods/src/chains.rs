//! How many chains of runtime calls are under way at a time, and whose turn it is.
//!
//! Two chains per core keep a machine busy while one of them waits for something. A burst begins with one per core, until its
//! first chain is through: so the first of many pods runs almost as soon as it would alone.

use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Places for chains, given in the order of asking. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Chains(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    places: Arc<Semaphore>,
    /// Places that are open only after a burst's first chain is through.
    later: usize,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    under_way: usize,
    /// How many of the later places are open.
    open: usize,
}

/// The right to go on with a chain, given back when dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    chains: Chains,
    _place: OwnedSemaphorePermit,
}

impl Chains {
    /// `first` places, and `later` ones more once a chain of a burst is through.
    pub fn new(first: usize, later: usize) -> Self {
        let places = Arc::new(Semaphore::new(first));
        Self(Arc::new(Shared { places, later, counts: Mutex::default() }))
    }

    /// Waits for its turn.
    pub(crate) async fn enter(&self) -> Turn {
        let place = self.0.places.clone().acquire_owned().await.expect("the places are never closed");
        self.0.counts.lock().unwrap_or_else(PoisonError::into_inner).under_way += 1;
        Turn { chains: self.clone(), _place: place }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Shared { places, later, counts } = &*self.chains.0;
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.under_way -= 1;
        if counts.under_way > 0 {
            places.add_permits(later - counts.open);
            counts.open = *later;
        } else {
            counts.open -= places.forget_permits(counts.open);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    /// As many turns as there are at once.
    fn take_all(chains: &Chains) -> Vec<Turn> {
        std::iter::from_fn(|| chains.enter().now_or_never()).collect()
    }

    #[test]
    fn a_burst_begins_with_few() {
        let chains = Chains::new(2, 2);
        let mut turns = take_all(&chains);
        assert_eq!(turns.len(), 2, "the beginning of a burst");
        turns.pop();
        turns.extend(take_all(&chains));
        assert_eq!(turns.len(), 4, "after the first is through");
        turns.truncate(1);
        turns.extend(take_all(&chains));
        assert_eq!(turns.len(), 4, "as long as it lasts");
        turns.clear();
        assert_eq!(take_all(&chains).len(), 2, "the next one");
    }

    #[test]
    fn one_after_the_other_opens_nothing() {
        let chains = Chains::new(1, 1);
        for _ in 0..3 {
            assert_eq!(take_all(&chains).len(), 1);
        }
    }
}

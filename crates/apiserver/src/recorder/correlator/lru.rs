//! A map that forgets what was not used for longest.

use std::collections::BTreeMap;

/// At most so many entries, by keys that are hashes already.
#[derive(Debug)]
pub(super) struct Lru<V> {
    capacity: usize,
    /// Counts uses; a number is given out once.
    uses: u64,
    entries: BTreeMap<u128, (u64, V)>,
    by_use: BTreeMap<u64, u128>,
}

impl<V> Lru<V> {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, uses: 0, entries: BTreeMap::new(), by_use: BTreeMap::new() }
    }

    /// The entry, which is used by that.
    pub(super) fn get_mut(&mut self, key: u128) -> Option<&mut V> {
        let (used, value) = self.entries.get_mut(&key)?;
        self.by_use.remove(used);
        self.uses += 1;
        *used = self.uses;
        self.by_use.insert(self.uses, key);
        Some(value)
    }

    /// Puts an entry in, for the one that was not used for longest if there are too many.
    pub(super) fn put(&mut self, key: u128, value: V) {
        if let Some(known) = self.get_mut(key) {
            *known = value;
            return;
        }
        if self.entries.len() >= self.capacity
            && let Some((_, oldest)) = self.by_use.pop_first()
        {
            self.entries.remove(&oldest);
        }
        self.uses += 1;
        self.by_use.insert(self.uses, key);
        self.entries.insert(key, (self.uses, value));
    }
}

#[cfg(test)]
mod tests {
    use super::Lru;

    #[test]
    fn what_was_not_used_for_longest_goes() {
        let mut lru = Lru::new(2);
        lru.put(1, "a");
        lru.put(2, "b");
        assert_eq!(lru.get_mut(1), Some(&mut "a"));
        lru.put(3, "c");
        assert_eq!(lru.get_mut(2), None);
        lru.put(1, "A");
        lru.put(4, "d");
        assert_eq!((lru.get_mut(1).copied(), lru.get_mut(3)), (Some("A"), None));
        assert_eq!((lru.entries.len(), lru.by_use.len()), (2, 2));
    }
}

//! The keys and their values, in shards that are locked one by one.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use executor::sync::{Mutex, MutexGuard};
use executor::{Interrupted, yield_now};
use greenstd::time::{self, Instant};

/// Many more than carriers, so that two seldom want the same.
const SHARDS: usize = 64;

/// Everything that is kept.
#[derive(Debug)]
pub(crate) struct Store {
    shards: Box<[Mutex<Shard>]>,
    /// Says which shard a key is in. Seeded at random, so that nobody can aim at one.
    hasher: RandomState,
}

/// A part of the keys.
#[derive(Debug, Default)]
struct Shard {
    entries: HashMap<Box<[u8]>, Entry>,
    /// How many of them expire at some time.
    expiring: usize,
}

/// A value.
#[derive(Debug)]
pub(crate) struct Entry {
    value: Vec<u8>,
    /// When it expires.
    due: Option<Instant>,
}

/// The shards of some keys, locked: what is done with these keys is done at once.
#[derive(Debug)]
pub(crate) struct Locked<'a> {
    store: &'a Store,
    /// In the order of their indexes, in which everybody locks them.
    guards: Vec<(usize, MutexGuard<'a, Shard>)>,
}

/// One key, locked.
#[derive(Debug)]
pub(crate) struct Slot<'a, 'k> {
    shard: &'a mut Shard,
    key: &'k [u8],
}

impl Store {
    /// In how many parts the keys can be looked through.
    pub(crate) const PARTS: usize = SHARDS;

    /// An empty one.
    pub(crate) fn new() -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::new(Shard::default())).collect();
        Store { shards, hasher: RandomState::new() }
    }

    /// Does something with one key.
    pub(crate) fn with<R>(
        &self,
        key: &[u8],
        run: impl FnOnce(&mut Slot<'_, '_>) -> R,
    ) -> Result<R, Interrupted> {
        let mut shard = self.shards[self.shard_of(key)].lock()?;
        Ok(run(&mut Slot::new(&mut shard, key)))
    }

    /// Locks several keys.
    pub(crate) fn lock<'k>(
        &self,
        keys: impl Iterator<Item = &'k [u8]>,
    ) -> Result<Locked<'_>, Interrupted> {
        let mut indexes: Vec<usize> = keys.map(|key| self.shard_of(key)).collect();
        indexes.sort_unstable();
        indexes.dedup();
        let lock = |index: usize| Ok((index, self.shards[index].lock()?));
        let guards = indexes.into_iter().map(lock).collect::<Result<_, Interrupted>>()?;
        Ok(Locked { store: self, guards })
    }

    /// How many keys there are, and how many of them expire. Those that have expired unseen count too.
    pub(crate) fn count(&self) -> Result<(usize, usize), Interrupted> {
        let mut counts = (0, 0);
        for shard in &self.shards {
            let shard = shard.lock()?;
            counts.0 += shard.entries.len();
            counts.1 += shard.expiring;
        }
        Ok(counts)
    }

    /// Calls `look` with every key of one part of [`PARTS`](Self::PARTS). A key stays in its part.
    pub(crate) fn for_each_key(
        &self,
        part: usize,
        look: impl FnMut(&[u8]),
    ) -> Result<(), Interrupted> {
        self.shards[part].lock()?.live_keys().for_each(look);
        Ok(())
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) -> Result<(), Interrupted> {
        for shard in &self.shards {
            // What it held is dropped when the lock is free.
            let _old = std::mem::take(&mut *shard.lock()?);
        }
        Ok(())
    }

    /// Forgets what has expired.
    pub(crate) fn sweep(&self) -> Result<(), Interrupted> {
        for shard in &self.shards {
            shard.lock()?.sweep();
            yield_now();
        }
        Ok(())
    }

    fn shard_of(&self, key: &[u8]) -> usize {
        // The map within the shard has a seed of its own.
        self.hasher.hash_one(key) as usize % SHARDS
    }
}

impl Shard {
    fn sweep(&mut self) {
        if self.expiring == 0 {
            return;
        }
        let now = time::now();
        self.entries.retain(|_, entry| !entry.is_over(now));
        self.expiring = self.entries.values().filter(|entry| entry.due.is_some()).count();
    }

    fn live_keys(&self) -> impl Iterator<Item = &[u8]> {
        let now = time::now();
        self.entries.iter().filter(move |(_, entry)| !entry.is_over(now)).map(|(key, _)| &**key)
    }
}

impl Locked<'_> {
    /// One of the keys that were locked.
    pub(crate) fn slot<'k>(&mut self, key: &'k [u8]) -> Slot<'_, 'k> {
        let index = self.store.shard_of(key);
        let at = self.guards.binary_search_by_key(&index, |(index, _)| *index);
        let at = at.expect("the shards of all keys are locked");
        Slot::new(&mut self.guards[at].1, key)
    }
}

impl<'a, 'k> Slot<'a, 'k> {
    /// What has expired is gone from here on.
    fn new(shard: &'a mut Shard, key: &'k [u8]) -> Self {
        let mut slot = Slot { shard, key };
        // The clock is read only for keys that expire.
        if let Some(due) = slot.due()
            && due <= time::now()
        {
            slot.remove();
        }
        slot
    }

    /// The value.
    pub(crate) fn get(&self) -> Option<&[u8]> {
        self.shard.entries.get(self.key).map(|entry| entry.value.as_slice())
    }

    /// Sets the value. It does not expire.
    pub(crate) fn set(&mut self, value: &[u8]) {
        self.set_due(None);
        self.set_keeping_due(value);
    }

    /// Sets the value, and leaves alone when it expires.
    pub(crate) fn set_keeping_due(&mut self, value: &[u8]) {
        match self.shard.entries.get_mut(self.key) {
            Some(entry) => entry.set(value),
            None => {
                let entry = Entry { value: value.to_vec(), due: None };
                self.shard.entries.insert(self.key.into(), entry);
            }
        }
    }

    /// Appends to the value, and returns how long it is then.
    pub(crate) fn append(&mut self, more: &[u8]) -> usize {
        match self.shard.entries.get_mut(self.key) {
            Some(entry) => {
                entry.value.extend_from_slice(more);
                entry.value.len()
            }
            None => {
                self.set_keeping_due(more);
                more.len()
            }
        }
    }

    /// Forgets the key, and returns whether it was there.
    pub(crate) fn remove(&mut self) -> bool {
        let removed = self.shard.entries.remove(self.key);
        if removed.as_ref().is_some_and(|entry| entry.due.is_some()) {
            self.shard.expiring -= 1;
        }
        removed.is_some()
    }

    /// When it expires.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.shard.entries.get(self.key)?.due
    }

    /// Has it expire at another moment, or never. Returns whether the key is there.
    pub(crate) fn set_due(&mut self, due: Option<Instant>) -> bool {
        let Some(entry) = self.shard.entries.get_mut(self.key) else { return false };
        self.shard.expiring += usize::from(due.is_some());
        self.shard.expiring -= usize::from(entry.due.is_some());
        entry.due = due;
        true
    }
}

impl Entry {
    /// Room that a much longer value had is given back.
    fn set(&mut self, value: &[u8]) {
        const MAX_SPARE: usize = 256;
        self.value.clear();
        self.value.shrink_to(2 * value.len() + MAX_SPARE);
        self.value.extend_from_slice(value);
    }

    fn is_over(&self, now: Instant) -> bool {
        self.due.is_some_and(|due| due <= now)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn past() -> Option<Instant> {
        Some(time::now())
    }

    fn future() -> Option<Instant> {
        Some(time::now() + Duration::from_secs(3600))
    }

    #[test]
    fn what_has_expired_is_gone_when_it_is_looked_at() {
        let store = Store::new();
        store.with(b"key", |slot| slot.set(b"value")).unwrap();
        store.with(b"key", |slot| assert!(slot.set_due(past()))).unwrap();
        assert_eq!(store.count().unwrap(), (1, 1));
        store.with(b"key", |slot| assert_eq!(slot.get(), None)).unwrap();
        assert_eq!(store.count().unwrap(), (0, 0));
    }

    #[test]
    fn a_sweep_removes_what_has_expired_and_nothing_else() {
        let store = Store::new();
        for number in 0..1000_u32 {
            let due = [None, past(), future()][number as usize % 3];
            let set = |slot: &mut Slot<'_, '_>| {
                slot.set(b"value");
                slot.set_due(due);
            };
            store.with(&number.to_le_bytes(), set).unwrap();
        }
        assert_eq!(store.count().unwrap(), (1000, 666));
        store.sweep().unwrap();
        assert_eq!(store.count().unwrap(), (667, 333));
        store.clear().unwrap();
        assert_eq!(store.count().unwrap(), (0, 0));
    }

    #[test]
    fn setting_ends_an_expiry_unless_it_is_kept() {
        let store = Store::new();
        store
            .with(b"key", |slot| {
                slot.set(b"1");
                slot.set_due(future());
                slot.set_keeping_due(b"2");
                assert!(slot.due().is_some());
                slot.set(b"3");
                assert_eq!((slot.due(), slot.get()), (None, Some(b"3".as_slice())));
            })
            .unwrap();
        assert_eq!(store.count().unwrap(), (1, 0));
    }

    #[test]
    fn several_keys_can_be_locked_at_once() {
        let store = Store::new();
        let names: Vec<String> = (0..200).map(|number| format!("key {number}")).collect();
        let keys = || names.iter().chain(&names[..3]).map(String::as_bytes);
        let mut locked = store.lock(keys()).unwrap();
        for key in keys() {
            locked.slot(key).set(key);
        }
        assert!(keys().all(|key| locked.slot(key).get() == Some(key)));
        drop(locked);
        assert_eq!(store.count().unwrap(), (200, 0));
    }
}

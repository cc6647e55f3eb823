//! [`Latest`]: a slot that holds only the newest value; a slow reader never builds a queue (invariant 4).

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A shared slot in which a newer value replaces an older one that nobody took.
///
/// The lock is held only for moving a value in or out, never while anyone works on it.
#[derive(Debug)]
pub struct Latest<T> {
    inner: Arc<(Mutex<Slot<T>>, Condvar)>,
}

#[derive(Debug)]
struct Slot<T> {
    value: Option<T>,
    replaced: u64,
    closed: bool,
}

impl<T> Clone for Latest<T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<T> Default for Latest<T> {
    fn default() -> Self {
        let slot = Slot { value: None, replaced: 0, closed: false };
        Self { inner: Arc::new((Mutex::new(slot), Condvar::new())) }
    }
}

impl<T> Latest<T> {
    /// An empty slot.
    pub fn new() -> Self {
        Self::default()
    }

    fn slot(&self) -> MutexGuard<'_, Slot<T>> {
        // Nothing can panic while the lock is held, so a poisoned slot is still whole.
        self.inner.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a value in, replacing one that was not taken; returns the replaced one so that
    /// it is dropped outside the lock.
    pub fn put(&self, value: T) -> Option<T> {
        let mut slot = self.slot();
        let old = slot.value.replace(value);
        slot.replaced += u64::from(old.is_some());
        drop(slot);
        self.inner.1.notify_one();
        old
    }

    /// Takes the value if there is one.
    pub fn take(&self) -> Option<T> {
        self.slot().value.take()
    }

    /// Waits up to `timeout` for a value; `None` on time-out or when the slot is closed and empty.
    pub fn wait(&self, timeout: Duration) -> Option<T> {
        let (_, arrived) = &*self.inner;
        let slot = self.slot();
        let (mut slot, _) = arrived
            .wait_timeout_while(slot, timeout, |s| s.value.is_none() && !s.closed)
            .unwrap_or_else(PoisonError::into_inner);
        slot.value.take()
    }

    /// How many values were replaced before anyone took them (dropped frames).
    pub fn replaced(&self) -> u64 {
        self.slot().replaced
    }

    /// Wakes every waiter for good; values put later can still be taken.
    pub fn close(&self) {
        self.slot().closed = true;
        self.inner.1.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_value_wins_and_the_others_are_counted() {
        let slot = Latest::new();
        assert_eq!(slot.put(1), None);
        assert_eq!(slot.put(2), Some(1));
        assert_eq!(slot.replaced(), 1);
        assert_eq!(slot.take(), Some(2));
        assert_eq!(slot.take(), None);
    }

    #[test]
    fn closing_wakes_a_waiter() {
        let slot: Latest<u8> = Latest::new();
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| slot.wait(Duration::from_secs(60)));
            slot.close();
            assert_eq!(waiter.join().ok(), Some(None));
        });
    }
}

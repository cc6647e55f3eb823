//! [`Outbox`]: a bounded queue of events from a worker to the window (invariant 4).

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What runs after every event, so that a sleeping window draws again.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// Events that may wait at once. A window that draws takes all of them each frame; one that is hidden for
/// an hour must not fill the memory.
const CAPACITY: usize = 256;

/// The worker's end and the window's end of a bounded event queue; when it is full the oldest event goes,
/// because the newest state is the one that is true.
pub struct Outbox<T> {
    queue: Arc<Mutex<VecDeque<T>>>,
    wake: Wake,
}

impl<T> Clone for Outbox<T> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone(), wake: self.wake.clone() }
    }
}

impl<T> Outbox<T> {
    /// An empty queue; `wake` is called after every event.
    pub fn new(wake: Wake) -> Self {
        Self { queue: Arc::default(), wake }
    }

    fn queue(&self) -> MutexGuard<'_, VecDeque<T>> {
        // Only moves happen under the lock, so a poisoned queue is still whole.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts an event at the end and wakes the window; never blocks.
    pub fn push(&self, event: T) {
        let mut queue = self.queue();
        let dropped = if queue.len() >= CAPACITY { queue.pop_front() } else { None };
        queue.push_back(event);
        drop(queue);
        if dropped.is_some() {
            log::warn!("an event that nobody took was dropped");
        }
        (self.wake)();
    }

    /// Takes the oldest event; never blocks.
    pub fn pop(&self) -> Option<T> {
        self.queue().pop_front()
    }

    /// True while at least half of the queue is free: the time for events that are nice to have.
    pub fn has_room(&self) -> bool {
        self.queue().len() < CAPACITY / 2
    }

    /// Calls the window without an event (a new value lies in a slot).
    pub fn wake(&self) {
        (self.wake)();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn a_full_queue_drops_its_oldest_event_and_wakes_each_time() {
        let count = Arc::new(AtomicUsize::new(0));
        let seen = count.clone();
        let outbox = Outbox::new(Arc::new(move || {
            seen.fetch_add(1, Ordering::Relaxed);
        }));
        assert!(outbox.has_room());
        for i in 0..CAPACITY + 3 {
            outbox.push(i);
        }
        assert!(!outbox.has_room());
        assert_eq!(outbox.pop(), Some(3));
        assert_eq!(count.load(Ordering::Relaxed), CAPACITY + 3);
    }
}

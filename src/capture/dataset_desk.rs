//! [`Desk`]: where orders for the data set worker lie; of each kind the newest replaces the one before, so that a held-down
//! key never builds a queue.

use super::dataset::OpenDataset;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What the handle asks for.
#[derive(Debug)]
pub(super) enum Order {
    Open(u64, Box<OpenDataset>),
    Select(usize),
    Thumbs(Vec<usize>),
    Close,
}

/// All orders that wait.
#[derive(Debug, Default)]
pub(super) struct Orders {
    /// A data set to open; what was asked of the one before is gone with it.
    pub open: Option<(u64, Box<OpenDataset>)>,
    /// The frame to read.
    pub select: Option<usize>,
    /// The small pictures to make.
    pub thumbs: Option<Vec<usize>>,
    /// Close what is open (before `open`, if that waits too).
    pub close: bool,
    /// The handle is gone.
    pub stop: bool,
}

impl Orders {
    fn is_empty(&self) -> bool {
        self.open.is_none() && self.select.is_none() && self.thumbs.is_none() && !self.close && !self.stop
    }
}

/// The desk; its lock is held only for moving orders.
#[derive(Debug, Default)]
pub(super) struct Desk {
    orders: Mutex<Orders>,
    came: Condvar,
}

impl Desk {
    fn orders(&self) -> MutexGuard<'_, Orders> {
        // Only moves happen under the lock, so poisoned orders are still whole.
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts an order down.
    pub fn put(&self, order: Order) {
        let mut orders = self.orders();
        match order {
            Order::Open(ticket, what) => {
                let stop = orders.stop;
                *orders = Orders { open: Some((ticket, what)), stop, ..Orders::default() };
            }
            Order::Select(index) => orders.select = Some(index),
            Order::Thumbs(wanted) => orders.thumbs = Some(wanted),
            Order::Close => {
                let stop = orders.stop;
                *orders = Orders { close: true, stop, ..Orders::default() };
            }
        }
        drop(orders);
        self.came.notify_one();
    }

    /// Tells the worker to end.
    pub fn stop(&self) {
        self.orders().stop = true;
        self.came.notify_one();
    }

    /// Takes all orders; waits for one up to `patience` (for ever without).
    pub fn take(&self, patience: Option<Duration>) -> Orders {
        let orders = self.orders();
        let mut orders = match patience {
            Some(time) => {
                self.came
                    .wait_timeout_while(orders, time, |orders| orders.is_empty())
                    .unwrap_or_else(PoisonError::into_inner)
                    .0
            }
            None => self.came.wait_while(orders, |orders| orders.is_empty()).unwrap_or_else(PoisonError::into_inner),
        };
        let stop = orders.stop;
        std::mem::replace(&mut orders, Orders { stop, ..Orders::default() })
    }

    /// True when a frame that was just read is no longer the one that is wanted.
    pub fn outdated(&self) -> bool {
        let orders = self.orders();
        orders.open.is_some() || orders.select.is_some() || orders.close || orders.stop
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_each_kind_wins_and_nothing_outlives_another_data_set() {
        let desk = Desk::default();
        let now = Some(Duration::ZERO);
        assert!(desk.take(now).is_empty() && !desk.outdated());
        for i in 0..1000 {
            desk.put(Order::Select(i));
            desk.put(Order::Thumbs(vec![i]));
        }
        assert!(desk.outdated());
        let orders = desk.take(now);
        assert_eq!((orders.select, orders.thumbs), (Some(999), Some(vec![999])));
        desk.put(Order::Select(3));
        desk.put(Order::Close);
        desk.put(Order::Select(4));
        let orders = desk.take(None);
        assert_eq!((orders.close, orders.select), (true, Some(4)));
        desk.stop();
        desk.put(Order::Close);
        assert!(desk.take(None).stop && desk.take(None).stop, "an end is for good");
    }
}

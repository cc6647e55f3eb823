//! [`ReadAhead`]: numbered work done ahead by other threads and handed out in order.

use crate::error::{Error, Result};
use crate::guard::guard;
use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// Results of `work(0)`, `work(1)` … `work(count - 1)` in this order, computed ahead by named threads.
///
/// At most `ahead` results are begun and not yet taken, so memory does not depend on `count`. Dropping it stops the
/// threads after what each is working on and joins them. A panic in the work is that item's error.
#[derive(Debug)]
pub struct ReadAhead<T> {
    shared: Arc<Shared<T>>,
    workers: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared<T> {
    state: Mutex<State<T>>,
    /// A result came, for the reader.
    came: Condvar,
    /// A result was taken or all ends, for the workers.
    room: Condvar,
    count: usize,
    ahead: usize,
}

#[derive(Debug)]
struct State<T> {
    /// The next number to work on, and to hand out.
    begin: usize,
    out: usize,
    done: BTreeMap<usize, Result<T>>,
    stopped: bool,
}

impl<T: Send + 'static> ReadAhead<T> {
    /// Starts `threads` threads (at least one) named `{name}-0`, `{name}-1` …; `ahead` is at least one too.
    ///
    /// # Errors
    /// When the system gives no thread at all; fewer than asked for are made do with.
    pub fn start<W>(name: &str, threads: usize, ahead: usize, count: usize, work: W) -> Result<Self>
    where
        W: Fn(usize) -> T + Send + Sync + 'static,
    {
        let state = State { begin: 0, out: 0, done: BTreeMap::new(), stopped: false };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            came: Condvar::new(),
            room: Condvar::new(),
            count,
            ahead: ahead.max(1),
        });
        let work = Arc::new(work);
        let mut workers = Vec::new();
        for number in 0..threads.max(1).min(count.max(1)) {
            let (shared, work) = (shared.clone(), work.clone());
            let spawned =
                std::thread::Builder::new().name(format!("{name}-{number}")).spawn(move || shared.run(&*work));
            match spawned {
                Ok(worker) => workers.push(worker),
                Err(error) if workers.is_empty() => {
                    return Err(Error::Failed(format!(
                        "no thread could be started to read ahead ({error}); close other programs"
                    )));
                }
                Err(_) => break,
            }
        }
        Ok(Self { shared, workers })
    }

    /// The next result if it is there by now; `None` when it is not, or when all are taken ([`ReadAhead::is_over`]).
    pub fn try_next(&mut self) -> Option<Result<T>> {
        self.shared.take(self.shared.state())
    }

    /// True when every result was taken.
    pub fn is_over(&self) -> bool {
        self.shared.state().out >= self.shared.count
    }
}

impl<T> Shared<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        // Only moves happen under the lock, so a poisoned state is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A worker's loop.
    fn run(&self, work: &(dyn Fn(usize) -> T + Send + Sync)) {
        loop {
            let full = |s: &mut State<T>| !s.stopped && s.begin < self.count && s.begin - s.out >= self.ahead;
            let mut state = self.room.wait_while(self.state(), full).unwrap_or_else(PoisonError::into_inner);
            if state.stopped || state.begin >= self.count {
                return;
            }
            let number = state.begin;
            state.begin += 1;
            drop(state);
            let result = guard("a frame could not be read", "leave it out", || work(number));
            self.state().done.insert(number, result);
            self.came.notify_all();
        }
    }

    /// Takes the next result out and makes room for another.
    fn take(&self, mut state: MutexGuard<'_, State<T>>) -> Option<Result<T>> {
        let out = state.out;
        let result = state.done.remove(&out)?;
        state.out += 1;
        drop(state);
        self.room.notify_all();
        Some(result)
    }
}

impl<T> Iterator for ReadAhead<T> {
    type Item = Result<T>;

    /// Waits for the next result; `None` after the last.
    fn next(&mut self) -> Option<Result<T>> {
        let missing = |s: &mut State<T>| s.out < self.shared.count && !s.done.contains_key(&s.out);
        let state = self.shared.state();
        let state = self.shared.came.wait_while(state, missing).unwrap_or_else(PoisonError::into_inner);
        self.shared.take(state)
    }
}

impl<T> Drop for ReadAhead<T> {
    fn drop(&mut self) {
        self.shared.state().stopped = true;
        self.shared.room.notify_all();
        for worker in self.workers.drain(..) {
            // A panic of the work was caught; there is none to hand on.
            let _ = worker.join();
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    #[test]
    fn everything_comes_once_and_in_order_from_named_threads() {
        for threads in [0, 1, 3, 8] {
            let work = |i: usize| {
                // Later numbers are ready sooner.
                std::thread::sleep(Duration::from_micros(400 * (7 - i as u64 % 8)));
                let name = std::thread::current().name().unwrap().to_owned();
                assert!(name.starts_with("loader-"), "{name}");
                i * i
            };
            let got: Vec<usize> =
                ReadAhead::start("loader", threads, 5, 40, work).unwrap().map(Result::unwrap).collect();
            assert_eq!(got, (0..40).map(|i| i * i).collect::<Vec<_>>());
        }
        let mut none = ReadAhead::start("loader", 2, 5, 0, |i| i).unwrap();
        assert!(none.next().is_none() && none.try_next().is_none() && none.is_over());
    }

    /// Counts the values that are alive.
    struct Counted(Arc<AtomicUsize>);

    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn no_more_than_asked_for_is_read_ahead_however_long_the_list() {
        let (alive, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (a, m) = (alive.clone(), most.clone());
        let work = move |_| {
            m.fetch_max(a.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            Counted(a.clone())
        };
        let mut reader = ReadAhead::start("loader", 4, 6, 100_000, work).unwrap();
        for _ in 0..3000 {
            assert!(reader.next().unwrap().is_ok());
        }
        std::thread::sleep(Duration::from_millis(20));
        // One more: the item just taken is dropped after its place was given away.
        assert!(most.load(Ordering::SeqCst) <= 7, "{most:?}");
        drop(reader);
        assert_eq!(alive.load(Ordering::SeqCst), 0, "nothing is left behind");
    }

    #[test]
    fn dropping_stops_the_threads_at_once() {
        let begun = Arc::new(AtomicUsize::new(0));
        let b = begun.clone();
        let mut reader = ReadAhead::start("loader", 2, 4, 1_000_000, move |i| {
            b.fetch_add(1, Ordering::SeqCst);
            i
        })
        .unwrap();
        assert_eq!(reader.next().unwrap().unwrap(), 0);
        drop(reader); // joins
        let after = begun.load(Ordering::SeqCst);
        assert!(after <= 6, "{after}");
        std::thread::sleep(Duration::from_millis(10));
        assert_eq!(begun.load(Ordering::SeqCst), after);
    }

    #[test]
    fn a_panic_costs_one_item() {
        let work = |i: usize| if i == 3 { panic!("broken") } else { i };
        let got: Vec<_> = ReadAhead::start("loader", 2, 3, 6, work).unwrap().collect();
        assert_eq!(got.len(), 6);
        assert!(got[3].as_ref().unwrap_err().to_string().contains("could not be read (broken)"));
        assert!(got.iter().enumerate().all(|(i, r)| i == 3 || *r.as_ref().unwrap() == i));
    }

    #[test]
    fn looking_does_not_wait() {
        let gate = Arc::new((Mutex::new(false), Condvar::new()));
        let g = gate.clone();
        let mut reader = ReadAhead::start("loader", 1, 2, 1, move |i| {
            let open = g.1.wait_while(g.0.lock().unwrap(), |open| !*open).unwrap();
            drop(open);
            i
        })
        .unwrap();
        assert!(reader.try_next().is_none() && !reader.is_over());
        *gate.0.lock().unwrap() = true;
        gate.1.notify_all();
        assert_eq!(reader.next().unwrap().unwrap(), 0);
        assert!(reader.is_over());
    }
}

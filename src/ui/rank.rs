//! [`behind`]: what computes for long starts from a thread that has stepped back, so that the thread that draws goes first
//! where both want the same processor.

use crate::error::{Error, Result};

/// How far they step back: the system's "nice" number, of which 10 leaves a thread a tenth of the time of one that did not
/// step back. With 5, measured on two processors with a training beside the window, one frame in a hundred still waited for
/// a whole tick of the scheduler.
const BACK: i32 = 10;

/// Does `start` on a thread that has stepped back behind this one, and waits for it: the threads that it begins inherit
/// the rank and hand it on to those that they begin, the compute threads of a device and the loaders of a training among
/// them. rayon's common threads step back too, whoever began them. `start` begins threads and does no work itself; the
/// thread that it runs on has the name that rayon's threads, which have none, are listed by.
///
/// # Errors
/// Those of `start`; when the system gives no thread.
pub fn behind<T: Send>(start: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let back = (rank() + BACK).min(19);
    let work = move || {
        take(back);
        rayon::spawn_broadcast(move |_| take(back));
        start()
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("compute".into()).spawn_scoped(scope, work);
        let thread = thread.map_err(|e| Error::Failed(format!("no thread could be started ({e})")))?;
        thread.join().unwrap_or_else(|_| Err(Error::Failed("the window's threads could not be started".into())))
    })
}

/// The rank of this thread; 0 unless somebody changed it. A larger number goes behind.
#[cfg(target_os = "linux")]
fn rank() -> i32 {
    rustix::process::getpriority_process(None).unwrap_or(0)
}

/// Gives this thread a rank. Linux ranks threads, not processes, though the call is named for them.
#[cfg(target_os = "linux")]
fn take(rank: i32) {
    // Stepping back is always allowed; where it fails the thread works as it is.
    let _ = rustix::process::setpriority_process(None, rank);
}

/// Elsewhere the rank is the whole program's: it stays.
#[cfg(not(target_os = "linux"))]
fn rank() -> i32 {
    0
}

#[cfg(not(target_os = "linux"))]
fn take(_: i32) {}

#[cfg(test)]
#[cfg(target_os = "linux")]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_begun_behind_the_window_hands_its_rank_on() {
        let (here, back) = (rank(), (rank() + BACK).min(19));
        let ranks = behind(|| {
            let own = rank();
            Ok([own, std::thread::scope(|scope| scope.spawn(rank).join().unwrap())])
        });
        assert_eq!(ranks.unwrap(), [back, back]);
        assert_eq!(rank(), here, "the thread that draws stays where it was");
        assert!(rayon::broadcast(|_| rank()).into_iter().all(|of| of == back));
    }

    #[test]
    fn what_cannot_be_started_is_said() {
        let none: Result<()> = behind(|| Err(Error::Failed("no camera".into())));
        assert_eq!(none.unwrap_err().to_string(), "no camera");
    }
}

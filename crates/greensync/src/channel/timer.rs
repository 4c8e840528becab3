//! Channels whose messages come by the clock: [`after`], [`at`] and [`tick`].
//!
//! Nobody sends. The channel knows the moment of its next message, and whoever waits for it waits until that moment at
//! most, then looks. So there is no thread and no task, and nothing is left running when the receivers are dropped.
//! Several that wait look one after the other: one gets the message, and the others go on to wait.
//!
//! *No message is missed.* The moment only ever moves on, when a message is taken. So whoever waits until a moment that
//! it has read wakes in time, or too early, and looks again.

use std::time::Duration;

use greenstd::time::{self, Instant};

use super::core::Channel;
use super::{Receiver, never};

/// The clock of a channel.
pub(crate) struct Timer<T> {
    /// When the next message comes, if one does.
    due: Option<Instant>,
    /// From one message to the next; zero if there is but one.
    period: Duration,
    make: fn(Instant) -> T,
}

/// A channel that gives one message, at a moment of time: `after` a duration from now. The message is that moment.
///
/// It is an arm of [`select!`](crate::select!) and [`Select`](crate::Select) as any other receiver. It costs no thread
/// and no timer that goes on running: one that is not needed any more is dropped. So it may be made anew in each round
/// of a loop, for a limit on each round, or once before it, for a limit on all rounds.
///
/// After its message it gives nothing more, and is never [closed](Receiver::is_closed) by itself: a `recv` then waits for
/// ever, and the arm of a select is not chosen again. Of several receivers, one gets the message. Beyond the clock's
/// range it is as [`never`](fn@never).
///
/// For a limit on one wait alone, take the methods that end in `_timeout`, or `default(limit)` in a select.
///
/// ```
/// use greensync::{after, select, unbounded};
/// use std::time::Duration;
///
/// let (_orders, incoming) = unbounded::<&str>();
/// let closing_time = after(Duration::from_millis(5)); // for the whole loop
/// let mut served = 0;
/// loop {
///     select! {
///         recv(incoming) -> order => {
///             println!("{}", order?);
///             served += 1;
///         }
///         recv(closing_time) -> _ => break,
///     }
/// }
/// assert_eq!(served, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "timer")]
#[doc(alias = "timeout")]
#[doc(alias = "sleep")]
pub fn after(duration: Duration) -> Receiver<Instant> {
    time::after(duration).map_or_else(never, at)
}

/// As [`after`], with the moment itself. One that has passed is there at once.
///
/// ```
/// use greensync::{at, select};
/// use std::time::{Duration, Instant};
///
/// let moment = Instant::now() + Duration::from_millis(5);
/// let alarm = at(moment);
/// assert!(alarm.is_empty());
/// assert_eq!(alarm.recv()?, moment);
/// # Ok::<(), greensync::RecvError>(())
/// ```
#[doc(alias = "deadline")]
#[doc(alias = "sleep_until")]
pub fn at(moment: Instant) -> Receiver<Instant> {
    receiver(Some(moment), Duration::ZERO)
}

/// A channel that gives a message each `period`, the first one `period` from now. Each is the moment at which it was due.
///
/// The moments are `period` apart, exactly: they do not drift, however late each message is received. A receiver that
/// comes too late for several of them gets one, the latest, and then the next one when it is due. So messages do not
/// pile up, and none comes early.
///
/// It costs no thread and no task, and ends with its last receiver. Of several receivers, each message goes to one.
///
/// ```
/// use greensync::{RecvError, tick};
/// use std::time::Duration;
///
/// let period = Duration::from_millis(2);
/// let heartbeat = tick(period);
/// let first = heartbeat.recv()?;
/// let second = heartbeat.recv()?;
/// let apart = (second - first).as_nanos();
/// assert!(apart > 0 && apart % period.as_nanos() == 0); // several periods, if we were late
/// # Ok::<(), RecvError>(())
/// ```
///
/// # Panics
/// If `period` is zero.
#[doc(alias = "interval")]
#[doc(alias = "Ticker")]
#[doc(alias = "every")]
pub fn tick(period: Duration) -> Receiver<Instant> {
    assert!(!period.is_zero(), "the period of a tick is zero");
    match time::after(period) {
        Some(first) => receiver(Some(first), period),
        None => never(),
    }
}

fn receiver(due: Option<Instant>, period: Duration) -> Receiver<Instant> {
    Receiver::from_channel(Channel::timed(Timer { due, period, make: |moment| moment }))
}

impl<T> Timer<T> {
    pub(crate) fn due(&self) -> Option<Instant> {
        self.due
    }

    pub(crate) fn is_due(&self) -> bool {
        time::has_passed(self.due)
    }

    /// The message, if it is due.
    pub(crate) fn take(&mut self) -> Option<T> {
        let due = self.due?;
        let now = time::now();
        if now < due {
            return None;
        }
        let (latest, next) = latest_and_next(due, self.period, now);
        self.due = next;
        Some((self.make)(latest))
    }
}

/// Of the moments `due`, `due + period`, …: the last one that has come by `now`, and the one after it.
fn latest_and_next(due: Instant, period: Duration, now: Instant) -> (Instant, Option<Instant>) {
    if period.is_zero() {
        return (due, None);
    }
    let late = now.saturating_duration_since(due).as_nanos();
    let missed = late - late % period.as_nanos();
    // Five hundred years late, if this is ever too much.
    let missed = Duration::from_nanos(u64::try_from(missed).unwrap_or(u64::MAX));
    let latest = due.checked_add(missed).unwrap_or(due);
    (latest, latest.checked_add(period))
}

#[cfg(all(test, not(any(green_loom, green_shuttle))))]
mod tests {
    use std::time::Duration;

    use greenstd::time;
    use proptest::prelude::*;

    use super::latest_and_next;

    proptest! {
        #[test]
        fn moments_are_whole_periods_apart_and_none_comes_early(
            period in 1..5_000_u64,
            late in 0..1_000_000_u64,
        ) {
            let (due, late) = (time::now(), Duration::from_nanos(late));
            let period = Duration::from_nanos(period);
            let now = due + late;
            let (latest, next) = latest_and_next(due, period, now);
            let next = next.expect("it is in the clock's range");
            prop_assert!(due <= latest && latest <= now && now < next);
            prop_assert_eq!(next - latest, period);
            prop_assert_eq!((latest - due).as_nanos() % period.as_nanos(), 0);
        }
    }

    #[test]
    fn without_a_period_there_is_one_moment() {
        let due = time::now();
        let late = due + Duration::from_secs(60);
        assert_eq!(latest_and_next(due, Duration::ZERO, late), (due, None));
    }
}

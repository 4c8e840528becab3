//! What the green threads of a carrier did in the last seconds: a record of each switch.
//!
//! A carrier that traces writes an entry of 24 bytes whenever it switches to another thread, makes one ready, begins
//! or ends a job, or goes to sleep. The entries lie in a ring, in which the oldest make room for new ones. So the ring
//! always holds what came last, and may be kept on for as long as the program runs.
//!
//! [`CarrierHandle::start_trace`](crate::CarrierHandle::start_trace) starts it,
//! [`CarrierHandle::snapshot_trace`](crate::CarrierHandle::snapshot_trace) takes what it holds.
//!
//! # Protocol
//!
//! *One writer, and no reader.* The ring belongs to the carrier's OS thread (`Recorder`, in the carrier's `Local`).
//! Other threads send a message to the carrier's inbox and wait for the answer:
//!
//! | message | what the carrier does when it reads its inbox |
//! | --- | --- |
//! | start | makes the ring, and sets the bit `TRACE` of its attention word; if it traces already, counts one user more |
//! | snapshot | hands out the full chunks of the ring, and a copy of the one that is not full; goes on tracing |
//! | stop | counts one user less; without any, clears the bit and drops the ring |
//!
//! So there is no atomic operation beyond those of the inbox (`carrier/inbox.rs`), and no new order to prove. The
//! inbox is read on the scheduler's stack, with no green thread running. So no entry is half written then.
//!
//! *A full chunk is never written again while it is shared.* Chunks are counted references. A chunk that leaves the
//! ring is used again if the ring had the only reference; else a new one is made. So a snapshot costs the carrier
//! a few counts and the copy of one chunk (48 KiB), not a copy of the ring.
//!
//! *One entry a switch.* It says which thread runs from now on, and why the one before has stopped. The latter is
//! looked up late, when the next entry is due: the seat of a thread that has ended is vacant, that of one which
//! waits says *parked*, and any other has yielded. Until that entry, nobody has run who could change it: the
//! scheduler goes straight from one thread to the next, and writes an entry before it looks around.
//!
//! *Waits.* A thread that parks with a reason (`waiting.rs`) has its reason looked up with its stop, and noted before
//! it: the kind by its place in a table of the recorder's, and the site.
//!
//! *Names.* An entry has room for a number, not for a name. The first and the last entry of a job are followed by
//! others: its site, and the text of its name. So as long as the ring holds anything of a job that has ended, it holds
//! its name. One that has not ended is named by the carrier when it answers, if it is the one that a live thread has
//! assumed. A job that waits below another one, on the same stack, is named by its first entry, or else not at all.

mod entry;
mod reading;
mod recorder;
mod request;
mod ring;

use std::panic::Location;

use greenstd::sync::Arc;
use greenstd::ticks::Ticks;

use crate::carrier::Seat;
use crate::waiting::Waiting;

pub use request::{AskedForTrace, Starting};

pub(crate) use entry::{Cause, What};
pub(crate) use reading::Raw;
pub(crate) use recorder::{Recorder, Stopped, Tracing};
pub(crate) use request::{Answer, TraceRequest};

/// How many records a ring holds, unless another number is asked for: 1.5 MiB of them.
pub const DEFAULT_RECORDS: usize = 1 << 16;

/// What a carrier has recorded, from the oldest to the newest.
///
/// ```
/// use greenctx::trace::{Event, Trace};
/// use greenctx::{Carrier, spawn, yield_now};
/// use std::time::{Duration, Instant};
///
/// let carrier = Carrier::builder().name("traced").build()?;
/// let handle = carrier.handle();
/// let trace: Option<Trace> = carrier.run(move || {
///     let soon = || Instant::now() + Duration::from_secs(60);
///     handle.start_trace(1000).wait(soon());
///     spawn(yield_now);
///     yield_now();
///     handle.snapshot_trace().wait(soon())
/// })?;
/// let trace = trace.expect("it was tracing");
/// assert_eq!(&*trace.carrier, "traced");
/// let switches = trace.records.iter().filter(|record| matches!(record.event, Event::Runs { .. }));
/// assert!(switches.count() > 1);
/// # Ok::<(), greenctx::StackError>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Trace {
    /// The name of the carrier.
    pub carrier: Arc<str>,
    /// When it was taken, by the clock of the [records](Record::at_ns).
    pub taken_at_ns: u64,
    /// What happened, in this order.
    pub records: Vec<Record>,
    /// The green threads that were live when it was taken.
    pub threads: Vec<LiveThread>,
}

/// Something that happened on a carrier.
///
/// ```
/// use greenctx::trace::Record;
/// use greenctx::{Carrier, yield_now};
/// use std::time::{Duration, Instant};
///
/// let carrier = Carrier::new()?;
/// let handle = carrier.handle();
/// let trace = carrier.run(move || {
///     let soon = || Instant::now() + Duration::from_secs(60);
///     handle.start_trace(1000).wait(soon());
///     yield_now();
///     handle.snapshot_trace().wait(soon())
/// })?;
/// let records: Vec<Record> = trace.expect("it was tracing").records;
/// assert!(records.is_sorted_by_key(|record| record.at_ns));
/// # Ok::<(), greenctx::StackError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// When, in nanoseconds since a moment that is the same for all carriers of the process.
    pub at_ns: u64,
    /// What.
    pub event: Event,
}

/// What happened on a carrier. A green thread is known by its seat there until it has [ended](Stop::Ended).
///
/// ```
/// use greenctx::trace::Event;
/// use greenctx::{Carrier, spawn};
/// use std::time::{Duration, Instant};
///
/// let carrier = Carrier::new()?;
/// let handle = carrier.handle();
/// let trace = carrier.run(move || {
///     let soon = || Instant::now() + Duration::from_secs(60);
///     handle.start_trace(1000).wait(soon());
///     spawn(|| ()).join().expect("it does not panic");
///     handle.snapshot_trace().wait(soon())
/// })?;
/// let records = trace.expect("it was tracing").records;
/// let spawned = |event: &Event| matches!(event, Event::Spawned { .. });
/// assert_eq!(records.iter().filter(|record| spawned(&record.event)).count(), 1);
/// # Ok::<(), greenctx::StackError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A green thread was spawned.
    Spawned {
        /// Its seat.
        seat: Seat,
        /// Its [`ThreadId`](crate::ThreadId), as a number.
        thread: u64,
        /// Its name, if it has one: the first 112 bytes.
        name: Option<String>,
    },
    /// A green thread runs from now on.
    Runs {
        /// Its seat.
        seat: Seat,
        /// The id of the identity that it has assumed, if any.
        identity: Option<u64>,
    },
    /// The one that ran has stopped.
    Stops {
        /// Its seat.
        seat: Seat,
        /// Why.
        why: Stop,
        /// What it waits for, if it [says so](crate::waiting).
        waiting: Option<Waiting>,
    },
    /// A green thread that waited has become ready to run.
    Readied {
        /// Its seat.
        seat: Seat,
        /// By what.
        by: Waker,
    },
    /// A thread of this carrier has unparked a thread of another one.
    Unparks {
        /// The seat of the one that did so.
        by: Option<Seat>,
        /// The [`ThreadId`](crate::ThreadId) of the other, as a number.
        thread: u64,
    },
    /// The running thread assumes an identity: it begins a job.
    Begins {
        /// Its seat.
        seat: Seat,
        /// The id of the identity.
        identity: u64,
        /// Whether it is a part of a job that runs elsewhere too.
        is_part: bool,
        /// Since when it was queued, by the clock of the [records](Record::at_ns), if that is known.
        queued_at_ns: Option<u64>,
        /// Its name, if it has one: the first 112 bytes.
        name: Option<String>,
        /// Where it was submitted, if that is known.
        site: Option<&'static Location<'static>>,
    },
    /// The running thread gives an identity up: it has ended a job, or a part of one.
    Ends {
        /// Its seat.
        seat: Seat,
        /// The id of the identity.
        identity: u64,
        /// Whether it was a part of a job that runs elsewhere too.
        is_part: bool,
        /// Its name, if it has one: the first 112 bytes.
        name: Option<String>,
        /// Where it was submitted, if that is known.
        site: Option<&'static Location<'static>>,
    },
    /// The carrier has nothing to do, and goes to sleep.
    Sleeps,
    /// It has been woken.
    Wakes,
    /// How many green threads were ready and how many were parked.
    Levels {
        /// Ready to run.
        ready: u32,
        /// Waiting.
        parked: u32,
    },
    /// The figures of the carrier's [`Work`](crate::Work).
    Figures([u32; 2]),
}

/// Why a green thread has stopped running.
///
/// ```
/// use greenctx::trace::{Event, Stop};
/// use greenctx::{Carrier, spawn};
/// use std::time::{Duration, Instant};
///
/// let carrier = Carrier::new()?;
/// let handle = carrier.handle();
/// let trace = carrier.run(move || {
///     let soon = || Instant::now() + Duration::from_secs(60);
///     handle.start_trace(1000).wait(soon());
///     spawn(|| ()).join().expect("it does not panic");
///     handle.snapshot_trace().wait(soon())
/// })?;
/// let records = trace.expect("it was tracing").records;
/// let ended = |event: &Event| matches!(event, Event::Stops { why: Stop::Ended, .. });
/// assert_eq!(records.iter().filter(|record| ended(&record.event)).count(), 1);
/// # Ok::<(), greenctx::StackError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stop {
    /// It waits.
    Parked,
    /// It lets others run, and is ready.
    Yielded,
    /// It has ended. Its seat may be used again.
    Ended,
}

/// What has made a green thread ready.
///
/// ```
/// use greenctx::trace::{Event, Waker};
/// use greenctx::{Carrier, Interrupted, sleep};
/// use std::time::{Duration, Instant};
///
/// let carrier = Carrier::new()?;
/// let handle = carrier.handle();
/// let trace = carrier.run(move || {
///     let soon = || Instant::now() + Duration::from_secs(60);
///     handle.start_trace(1000).wait(soon());
///     sleep(Duration::from_millis(1))?;
///     Ok::<_, Interrupted>(handle.snapshot_trace().wait(soon()))
/// })??;
/// let records = trace.expect("it was tracing").records;
/// let by_timer = |event: &Event| matches!(event, Event::Readied { by: Waker::Timer, .. });
/// assert_eq!(records.iter().filter(|record| by_timer(&record.event)).count(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Waker {
    /// The sibling in this seat.
    Sibling(Seat),
    /// An event of the carrier's reactor.
    Event,
    /// Its timer.
    Timer,
    /// A thread elsewhere.
    Elsewhere,
}

/// A green thread that was live when a trace was taken.
///
/// ```
/// use greenctx::trace::LiveThread;
/// use greenctx::Carrier;
/// use std::time::{Duration, Instant};
///
/// let carrier = Carrier::new()?;
/// let handle = carrier.handle();
/// let trace = carrier.run(move || {
///     let soon = || Instant::now() + Duration::from_secs(60);
///     handle.start_trace(1000).wait(soon());
///     handle.snapshot_trace().wait(soon())
/// })?;
/// let threads: Vec<LiveThread> = trace.expect("it was tracing").threads;
/// assert_eq!(threads[0].name.as_deref(), Some("main"));
/// assert!(threads[0].identity.is_none());
/// # Ok::<(), greenctx::StackError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LiveThread {
    /// Its seat.
    pub seat: Seat,
    /// Its [`ThreadId`](crate::ThreadId), as a number.
    pub thread: u64,
    /// The name of the thread itself.
    pub name: Option<Arc<str>>,
    /// The identity that it has assumed, if any: id, name and site.
    pub identity: Option<LiveIdentity>,
}

/// An identity that was assumed when a trace was taken.
///
/// ```
/// use greenctx::trace::{LiveIdentity, LiveThread};
///
/// /// The jobs among some threads.
/// fn jobs(threads: &[LiveThread]) -> impl Iterator<Item = &LiveIdentity> {
///     threads.iter().filter_map(|thread| thread.identity.as_ref())
/// }
///
/// assert_eq!(jobs(&[]).count(), 0);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LiveIdentity {
    /// Its id.
    pub id: u64,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Where it was submitted, if that is known.
    pub site: Option<&'static Location<'static>>,
}

/// What a trace tells of an [`Identity`](crate::Identity).
///
/// ```
/// use greenctx::trace::Label;
/// use std::panic::Location;
///
/// let label = Label { name: Some("parse"), site: Some(Location::caller()), queued_at: None };
/// assert_ne!(label, Label::default());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Label<'a> {
    /// Its name, if it has one.
    pub name: Option<&'a str>,
    /// Where it was submitted, if that is known.
    pub site: Option<&'static Location<'static>>,
    /// When it was queued, if that is known.
    pub queued_at: Option<Ticks>,
}

//! What other threads may do with a carrier.

use std::fmt;
use std::task::Waker;

use greenstd::sync::Arc;
use greenstd::time::{self, Instant};

use super::inbox::Message;
use super::report::{ReportRequest, ThreadReport, Visit};
use super::shared::Shared;
use crate::context;
use crate::counters::CarrierCounters;
use crate::identity::Identity;
use crate::park::{Wake, park_deadline};
use crate::survey::{Survey, SurveyOptions};
use crate::trace::{Answer, AskedForTrace, Starting, TraceRequest};
use crate::waiting::{Waiting, waiting};

/// A handle to a carrier, which any thread may use. It does not keep the carrier running.
///
/// ```
/// use greenctx::{Carrier, CarrierHandle};
///
/// let carrier = Carrier::new()?;
/// let handle: CarrierHandle = carrier.handle();
/// carrier.run(|| ())?;
/// // It outlives the carrier.
/// assert_eq!(handle.counters().live(), 0);
/// # Ok::<(), greenctx::StackError>(())
/// ```
#[derive(Clone)]
pub struct CarrierHandle {
    shared: Arc<Shared>,
}

/// A question that a carrier was asked by [`CarrierHandle::ask_for_threads`].
///
/// ```
/// use greenctx::{AskedForThreads, Carrier};
/// use std::time::{Duration, Instant};
///
/// let carrier = Carrier::new()?;
/// let asked: AskedForThreads = carrier.handle().ask_for_threads();
/// carrier.run(|| ())?; // the carrier answers when it looks around
/// let threads = asked.wait(Instant::now() + Duration::from_secs(60));
/// assert!(threads.is_some());
/// # Ok::<(), greenctx::StackError>(())
/// ```
#[derive(Debug)]
#[must_use = "the answer is to be waited for"]
pub struct AskedForThreads {
    request: Arc<ReportRequest>,
}

/// The number of the place that a green thread has on its carrier. It names that thread while it lives;
/// later it may name another one.
///
/// ```
/// use greenctx::{Carrier, JoinError, Seat, spawn};
///
/// Carrier::new()?.run(|| {
///     let sibling = spawn(Seat::current).join()?;
///     assert!(sibling.is_some());
///     assert_ne!(Seat::current(), sibling);
///     Ok::<_, JoinError>(())
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat(pub(crate) u32);

impl CarrierHandle {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        CarrierHandle { shared }
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// The carrier's name: the given one, or one with a number.
    ///
    /// ```
    /// use greenctx::Carrier;
    ///
    /// let carrier = Carrier::builder().name("io").build()?;
    /// assert_eq!(carrier.handle().name(), "io");
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn name(&self) -> &str {
        self.shared.name()
    }

    /// What the carrier counts about itself.
    ///
    /// ```
    /// use greenctx::Carrier;
    ///
    /// let carrier = Carrier::new()?;
    /// let handle = carrier.handle();
    /// carrier.run({
    ///     let handle = handle.clone();
    ///     move || assert_eq!(handle.counters().live(), 1)
    /// })?;
    /// assert_eq!(handle.counters().parked(), 0);
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn counters(&self) -> &CarrierCounters {
        self.shared.counters()
    }

    /// Makes the carrier look for [`Work`](crate::Work) once more before it sleeps, or ends its sleep. A wake
    /// that comes while the carrier is awake is remembered.
    ///
    /// ```
    /// use greenctx::{Carrier, Found, Spawner, Work};
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicBool, Ordering};
    ///
    /// /// Ends the carrier when it is told to.
    /// struct UntilClosed(Arc<AtomicBool>);
    /// impl Work for UntilClosed {
    ///     fn find(&mut self, _: &Spawner<'_>) -> Found {
    ///         Found::Nothing
    ///     }
    ///     fn recheck(&mut self) -> bool {
    ///         false
    ///     }
    ///     fn is_exhausted(&self) -> bool {
    ///         self.0.load(Ordering::Acquire)
    ///     }
    /// }
    ///
    /// let carrier = Carrier::new()?;
    /// let (handle, closed) = (carrier.handle(), Arc::new(AtomicBool::new(false)));
    /// let mut work = UntilClosed(closed.clone());
    /// let closer = std::thread::spawn(move || {
    ///     closed.store(true, Ordering::Release);
    ///     handle.wake(); // without this the carrier could sleep for ever
    /// });
    /// carrier.run_with(&mut work);
    /// # closer.join().map_err(|_| "the closer panicked")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn wake(&self) {
        self.shared.wake();
    }

    /// A standard waker that does what [`wake`](Self::wake) does, for code that knows nothing of carriers.
    ///
    /// ```
    /// use greenctx::Carrier;
    /// use std::task::Waker;
    ///
    /// let carrier = Carrier::new()?;
    /// let waker: Waker = carrier.handle().waker();
    /// waker.wake_by_ref(); // remembered until the carrier wants to sleep
    /// carrier.run(|| ())?;
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn waker(&self) -> Waker {
        self.shared.clone().into()
    }

    /// Grants a permit to whichever green thread has `seat`.
    ///
    /// For code that knows where something runs but holds no handle. If the seat has another thread by now, that
    /// one sees a wake-up for no reason. With a handle take [`Thread::unpark`](crate::Thread::unpark).
    ///
    /// ```
    /// use greenctx::{Carrier, Seat, park};
    ///
    /// let carrier = Carrier::new()?;
    /// let handle = carrier.handle();
    /// carrier.run(move || {
    ///     if let Some(seat) = Seat::current() {
    ///         std::thread::spawn(move || handle.nudge(seat));
    ///     }
    ///     park()
    /// })??;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn nudge(&self, seat: Seat) {
        self.shared.send(Message::Nudge(seat.0));
    }

    /// Asks the carrier for a description of its green threads. `None` if it does not answer before
    /// `deadline`, because one of them keeps it busy.
    ///
    /// A thread that has not run yet is not described.
    ///
    /// ```
    /// use greenctx::{Carrier, park, spawn, yield_now};
    /// use std::time::{Duration, Instant};
    ///
    /// let carrier = Carrier::new()?;
    /// let handle = carrier.handle();
    /// let names = carrier.run(move || {
    ///     let waiter = spawn(park);
    ///     yield_now();
    ///     let threads = handle.threads(Instant::now() + Duration::from_secs(60));
    ///     waiter.thread().unpark();
    ///     threads.into_iter().flatten().map(|thread| thread.name).collect::<Vec<_>>()
    /// })?;
    /// assert_eq!(names, ["main", "unnamed"]);
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the plain OS thread, until the answer is there or `deadline` passes.
    /// A cancellation does not end the wait. A carrier that is asked by one of its own green threads answers
    /// once that one has parked.
    pub fn threads(&self, deadline: Instant) -> Option<Vec<ThreadReport>> {
        self.ask_for_threads().wait(deadline)
    }

    /// As [`threads`](Self::threads), but the answer is waited for later.
    ///
    /// For several carriers: ask all of them first, and they answer side by side.
    ///
    /// ```
    /// use greenctx::Carrier;
    /// use std::time::{Duration, Instant};
    ///
    /// let carriers = [Carrier::new()?, Carrier::new()?];
    /// let asked = carriers.each_ref().map(|carrier| carrier.handle().ask_for_threads());
    /// for carrier in carriers {
    ///     carrier.run(|| ())?;
    /// }
    /// let deadline = Instant::now() + Duration::from_secs(60);
    /// assert!(asked.iter().all(|asked| asked.wait(deadline).is_some()));
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn ask_for_threads(&self) -> AskedForThreads {
        let request = Arc::new(ReportRequest::new(crate::current()));
        self.shared.send(Message::Report(request.clone()));
        AskedForThreads { request }
    }

    /// Has the carrier call `look` with each identity that its green threads have assumed; see
    /// [`assume`](crate::assume). A thread that has assumed several, one within the other, shows all of them. An
    /// identity may come more than once.
    ///
    /// The carrier does so when it comes to its messages. That takes a moment, or as long as a green thread computes
    /// there. It drops `look` when it has been shown all.
    ///
    /// `look` runs where nothing can be waited for: it must neither park nor panic, nor call foreign code.
    ///
    /// ```
    /// use greenctx::{Carrier, Identity, assume, sleep};
    /// use std::fmt;
    /// use std::sync::mpsc::channel;
    /// use std::time::Duration;
    ///
    /// struct Job(u64);
    /// impl Identity for Job {
    ///     fn id(&self) -> u64 {
    ///         self.0
    ///     }
    ///     fn write_name(&self, out: &mut dyn fmt::Write) -> fmt::Result {
    ///         write!(out, "job {}", self.0)
    ///     }
    ///     fn is_cancelled(&self) -> bool {
    ///         false
    ///     }
    /// }
    ///
    /// let carrier = Carrier::new()?;
    /// let (handle, (sender, ids)) = (carrier.handle(), channel());
    /// carrier.run(move || {
    ///     handle.visit_identities(move |identity| _ = sender.send(identity.id()));
    ///     // While it waits, the carrier comes to its messages.
    ///     assume(&Job(7), || assume(&Job(8), || sleep(Duration::from_millis(1))))
    /// })??;
    /// assert_eq!(ids.iter().collect::<Vec<_>>(), [8, 7]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Blocking
    /// Neither parks nor blocks.
    pub fn visit_identities(&self, look: impl FnMut(&dyn Identity) + Send + 'static) {
        self.shared.send(Message::Visit(Visit(Box::new(look))));
    }
}

impl CarrierHandle {
    /// Has the carrier record what its green threads do, with room for the last `records`; see [`trace`](crate::trace).
    ///
    /// If it does so already, it goes on with the room that it has. It records until it was told to
    /// [stop](Self::stop_trace) as often as to start. A switch takes some 12 ns more meanwhile, and each record 24
    /// bytes.
    ///
    /// ```
    /// use greenctx::Carrier;
    /// use std::time::{Duration, Instant};
    ///
    /// let carrier = Carrier::new()?;
    /// let handle = carrier.handle();
    /// let started = carrier.run(move || {
    ///     let started = handle.start_trace(1000).wait(Instant::now() + Duration::from_secs(60));
    ///     handle.stop_trace();
    ///     started
    /// })?;
    /// assert!(started);
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn start_trace(&self, records: usize) -> Starting {
        let answer = Answer::to(crate::current());
        self.send_trace(TraceRequest::Start { records, answer: answer.clone() });
        Starting::new(answer)
    }

    /// Takes back one [`start_trace`](Self::start_trace). After the last one, what was recorded is gone.
    ///
    /// ```
    /// use greenctx::Carrier;
    ///
    /// let handle = Carrier::new()?.handle();
    /// handle.start_trace(1000);
    /// handle.stop_trace();
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn stop_trace(&self) {
        self.send_trace(TraceRequest::Stop);
    }

    /// Asks for what the carrier has recorded. It goes on recording.
    ///
    /// ```
    /// use greenctx::{Carrier, yield_now};
    /// use std::time::{Duration, Instant};
    ///
    /// let carrier = Carrier::new()?;
    /// let handle = carrier.handle();
    /// let trace = carrier.run(move || {
    ///     handle.start_trace(1000).wait(Instant::now() + Duration::from_secs(60));
    ///     yield_now();
    ///     handle.snapshot_trace().wait(Instant::now() + Duration::from_secs(60))
    /// })?;
    /// println!("{:#?}", trace.expect("it was told to").records);
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn snapshot_trace(&self) -> AskedForTrace {
        let answer = Answer::to(crate::current());
        self.send_trace(TraceRequest::Snapshot { answer: answer.clone() });
        AskedForTrace::new(answer)
    }

    fn send_trace(&self, request: TraceRequest) {
        self.shared.send(Message::Trace(Box::new(request)));
    }
}

impl CarrierHandle {
    /// Begins a survey of the carrier's green threads: what each waits for, since when, and its stack. It comes in
    /// slices, between which the carrier goes on with its work; see [`Survey`].
    ///
    /// ```
    /// use greenctx::{Carrier, SurveyOptions, park, spawn, yield_now};
    /// use std::time::{Duration, Instant};
    ///
    /// let carrier = Carrier::new()?;
    /// let handle = carrier.handle();
    /// carrier.run(move || {
    ///     let waiter = spawn(park);
    ///     yield_now();
    ///     let mut survey = handle.survey(SurveyOptions::new());
    ///     let slice = survey.next(Instant::now() + Duration::from_secs(60));
    ///     assert_eq!(slice.ok().flatten().map(|slice| slice.threads().len()), Some(2));
    ///     waiter.thread().unpark();
    /// })?;
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    ///
    /// # Blocking
    /// Neither parks nor blocks: [`Survey::next`] does.
    pub fn survey(&self, options: SurveyOptions) -> Survey {
        Survey::new(self.shared.clone(), options)
    }
}

impl AskedForThreads {
    /// The answer. `None` if it does not come before `deadline`.
    ///
    /// Call it on the thread that has asked: the carrier wakes that one alone.
    ///
    /// ```
    /// use greenctx::Carrier;
    /// use std::time::Instant;
    ///
    /// let carrier = Carrier::new()?;
    /// let asked = carrier.handle().ask_for_threads();
    /// assert!(asked.wait(Instant::now()).is_none()); // the carrier does not run yet
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    ///
    /// # Blocking
    /// Parks the green thread, or blocks the plain OS thread, until the answer is there or `deadline` passes.
    /// A cancellation does not end the wait.
    pub fn wait(&self, deadline: Instant) -> Option<Vec<ThreadReport>> {
        loop {
            if let Some(answer) = self.request.take() {
                return Some(answer);
            }
            // The answer takes a moment only, so a cancelled thread may wait for it too.
            let park = || waiting(&Waiting::FOR_AN_ANSWER, || park_deadline(deadline));
            let timed_out = crate::shield(park) == Ok(Wake::TimedOut);
            if timed_out || time::now() >= deadline {
                // The answer may have come with the last moment.
                return self.request.take();
            }
        }
    }
}

impl Seat {
    /// The seat of the current green thread. `None` on a plain OS thread.
    ///
    /// ```
    /// use greenctx::{Carrier, Seat};
    ///
    /// assert_eq!(Seat::current(), None);
    /// assert!(Carrier::new()?.run(Seat::current)?.is_some());
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    #[inline]
    pub fn current() -> Option<Seat> {
        context::current().map(|control| Seat(control.thread.seat()))
    }

    /// The number itself, to be kept where a number has room and a seat has not.
    ///
    /// ```
    /// use greenctx::Seat;
    ///
    /// assert_eq!(Seat::from_u32(7).as_u32(), 7);
    /// ```
    #[inline]
    pub fn as_u32(self) -> u32 {
        self.0
    }

    /// The seat of that number.
    ///
    /// ```
    /// use greenctx::{Carrier, Seat};
    ///
    /// let same = Carrier::new()?.run(|| {
    ///     let seat = Seat::current();
    ///     seat.map(Seat::as_u32).map(Seat::from_u32) == seat
    /// })?;
    /// assert!(same);
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    #[inline]
    pub fn from_u32(number: u32) -> Self {
        Seat(number)
    }
}

impl fmt::Debug for CarrierHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CarrierHandle").field(&self.shared).finish()
    }
}

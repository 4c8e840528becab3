//! The queue, as submitters and carriers see it.

use std::fmt;
use std::task::Waker;
use std::time::Duration;

use greenstd::step;
use greenstd::sync::{Arc, Mutex};

use crate::admission::{Admission, Refused, UNLIMITED};
use crate::backlog::Backlog;
use crate::idle::Idle;
use crate::local::Local;
use crate::slots::Slots;
use crate::tally::Tally;
use crate::waiters::Waiters;
use crate::{Admitted, Item};

/// A backlog that carriers and submitters share. It is a handle that is cheap to clone.
///
/// ```
/// use std::thread;
/// use workqueue::Queue;
///
/// let (queue, mut locals) = Queue::<u32>::new(1, 1);
/// let submitters: Vec<_> = (0..3)
///     .map(|number| {
///         let queue = queue.clone();
///         thread::spawn(move || queue.submit(number).is_ok())
///     })
///     .collect();
/// assert!(submitters.into_iter().all(|it| it.join().is_ok_and(|accepted| accepted)));
///
/// let mut all: Vec<u32> = std::iter::from_fn(|| locals[0].take()).collect();
/// all.sort();
/// assert_eq!(all, [0, 1, 2]);
/// ```
#[doc(alias = "Injector")]
#[doc(alias = "ThreadPoolExecutor")]
#[doc(alias = "deque")]
pub struct Queue<T: Item> {
    shared: Arc<Shared<T>>,
}

/// What waits and what runs, by [`Queue::gauge`].
///
/// ```
/// use workqueue::Queue;
///
/// let (queue, _locals) = Queue::<u32>::new(1, 1);
/// queue.admit()?.push(7);
/// let gauge = queue.gauge();
/// assert_eq!((gauge.queued, gauge.running), (1, 0));
/// assert_eq!(gauge.oldest, None); // a number does not know how long it has waited: see `Item::age`
/// # Ok::<(), workqueue::Refused>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Gauge {
    /// Items that wait to start.
    pub queued: u64,
    /// Items that have started and not ended.
    pub running: u64,
    /// How long the oldest waiting item has waited.
    pub oldest: Option<Duration>,
}

/// What a worker that waits for room has to expect, by [`Queue::begin_worker_wait_for_room`].
///
/// ```
/// use std::task::Waker;
/// use workqueue::{Prospect, Queue, Refused};
///
/// /// What a worker does that was refused.
/// fn may_wait(queue: &Queue<u32>, turnover: u64) -> bool {
///     let waker = Waker::noop(); // that of the worker
///     let prospect = queue.begin_worker_wait_for_room(waker, turnover);
///     // In `Room` it would wait here.
///     queue.end_worker_wait_for_room(waker);
///     match prospect {
///         Prospect::Room | Prospect::Unclear => true, // ask once more
///         Prospect::None => false,                    // give up, or run something else
///     }
/// }
///
/// let (queue, mut locals) = Queue::<u32>::new(1, 1);
/// queue.set_limit(Some(1));
/// assert!(locals[0].start_worker());
/// queue.admit()?.push(1);
/// locals[0].take();
/// locals[0].count_started(); // the only worker runs the only item that the limit allows
///
/// let turnover = queue.turnover();
/// assert_eq!(queue.submit(2), Err((Refused::Full, 2)));
/// assert!(!may_wait(&queue, turnover)); // it would wait for its own end
/// # Ok::<(), Refused>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Prospect {
    /// Room may come.
    Room,
    /// Something has happened since the worker was refused. It is to ask once more.
    Unclear,
    /// All live workers wait, and no worker would ever make room. That can be so although nothing waits: the limit
    /// may leave no place but the workers' own.
    None,
}

pub(crate) struct Shared<T> {
    pub(crate) admission: Admission,
    pub(crate) backlog: Backlog<T>,
    pub(crate) tally: Tally,
    pub(crate) slots: Slots,
    /// Held while the maximum of workers changes, and with it where items wait.
    resizing: Mutex<()>,
    pub(crate) idle: Idle,
    pub(crate) room: Waiters,
    /// The workers among the threads that wait for room. They are to be told if it is in vain.
    room_in_vain: Waiters,
    /// Whether any thread may ever wait for room. This never changes: see `waiters.rs`.
    room_is_watched: bool,
    quiet: Waiters,
}

impl<T: Item> Queue<T> {
    /// A queue for a number of carriers, and the side of each carrier. At most `max_workers` workers are live at a time.
    ///
    /// Nothing limits the backlog until [`set_limit`](Self::set_limit) does, which may come at any time.
    ///
    /// Each time an item starts or ends, one of the threads that [wait for room](Self::wait_for_room) is woken. That
    /// holds without a limit as well, for callers with a rule of their own. To see whether a thread waits costs a fence
    /// each time. A queue that is [`unlimited`](Self::unlimited) for good saves it.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, locals) = Queue::<u32>::new(2, 8); // two carriers, eight green threads on them, say
    /// assert_eq!((locals.len(), queue.max_workers(), queue.limit()), (2, 8, None));
    /// queue.set_limit(Some(100));
    /// assert_eq!(queue.limit(), Some(100));
    /// ```
    pub fn new(carriers: usize, max_workers: usize) -> (Self, Vec<Local<T>>) {
        Self::create(carriers, max_workers, true)
    }

    /// As [`new`](Self::new), without a limit for good.
    ///
    /// No thread ever has to wait for room in it, so no carrier looks whether one does. That saves a fence each time an
    /// item starts or ends.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, _locals) = Queue::<u32>::unlimited(1, 1);
    /// for item in 0..1000 {
    ///     queue.admit()?.push(item);
    /// }
    /// assert_eq!((queue.queued(), queue.limit()), (1000, None));
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    #[doc(alias = "unbounded")]
    pub fn unlimited(carriers: usize, max_workers: usize) -> (Self, Vec<Local<T>>) {
        Self::create(carriers, max_workers, false)
    }

    fn create(carriers: usize, max_workers: usize, room_is_watched: bool) -> (Self, Vec<Local<T>>) {
        let shared = Arc::new(Shared {
            admission: Admission::new(UNLIMITED),
            backlog: Backlog::new(carriers),
            tally: Tally::new(carriers),
            slots: Slots::new(max_workers),
            resizing: Mutex::new(()),
            idle: Idle::new(carriers),
            room: Waiters::default(),
            room_in_vain: Waiters::default(),
            room_is_watched,
            quiet: Waiters::default(),
        });
        if shared.slots.is_in_line() {
            shared.backlog.line_up();
        }
        let locals = (0..carriers).map(|carrier| Local::new(shared.clone(), carrier)).collect();
        (Queue { shared }, locals)
    }

    pub(crate) fn from_shared(shared: Arc<Shared<T>>) -> Self {
        Queue { shared }
    }

    // Submitting.

    /// Asks for room for one item. The item need not exist yet: [`Admitted::push`] takes it.
    ///
    /// # Errors
    /// [`Refused::Full`] at the limit, [`Refused::Closed`] after [`close`](Self::close).
    ///
    /// ```
    /// use workqueue::{Queue, Refused};
    ///
    /// let (queue, _locals) = Queue::<Vec<u8>>::new(1, 1);
    /// queue.set_limit(Some(1));
    /// let room = queue.admit()?;
    /// room.push(vec![0; 1024]); // made when it was sure that there is room
    /// assert_eq!(queue.admit().err(), Some(Refused::Full));
    /// # Ok::<(), Refused>(())
    /// ```
    #[doc(alias = "reserve")]
    #[doc(alias = "try_reserve")]
    #[inline]
    pub fn admit(&self) -> Result<Admitted<'_, T>, Refused> {
        let number = self.shared.admission.admit(|| self.shared.tally.ended())?;
        Ok(Admitted::new(self, number))
    }

    /// Asks for room and adds the item.
    ///
    /// # Errors
    /// [`Refused::Full`] at the limit, [`Refused::Closed`] after [`close`](Self::close). The item comes back.
    ///
    /// ```
    /// use workqueue::{Queue, Refused};
    ///
    /// let (queue, _locals) = Queue::<u32>::new(1, 1);
    /// queue.set_limit(Some(1));
    /// queue.submit(7).map_err(|(refused, _item)| refused)?;
    /// assert_eq!(queue.submit(8), Err((Refused::Full, 8)));
    /// # Ok::<(), Refused>(())
    /// ```
    #[doc(alias = "push")]
    #[doc(alias = "send")]
    #[doc(alias = "try_send")]
    #[doc(alias = "spawn")]
    #[doc(alias = "put")]
    pub fn submit(&self, item: T) -> Result<(), (Refused, T)> {
        match self.admit() {
            Ok(admitted) => {
                admitted.push(item);
                Ok(())
            }
            Err(refused) => Err((refused, item)),
        }
    }

    #[inline(always)]
    pub(crate) fn push(&self, item: T, on: Option<usize>) {
        self.shared.backlog.push(item, on, self.shared.slots.is_in_line());
        self.shared.work_added();
    }

    pub(crate) fn push_pinned(&self, item: T, on: usize) {
        self.shared.push_pinned(item, on);
    }

    /// Counts an accepted item that has not started as ended: it was cancelled where it is, and will not be run.
    ///
    /// Its room is free at once. Before the call, [`Item::is_waiting`] of the item must have begun to say no. Or the
    /// item must have been [drained](Self::drain).
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicBool, Ordering::{AcqRel, Relaxed}};
    /// use workqueue::{Item, Queue};
    ///
    /// struct Job(Arc<AtomicBool>); // whether it still waits
    ///
    /// impl Item for Job {
    ///     fn is_waiting(&self) -> bool {
    ///         self.0.load(Relaxed)
    ///     }
    /// }
    ///
    /// let (queue, mut locals) = Queue::new(1, 1);
    /// let waiting = Arc::new(AtomicBool::new(true));
    /// queue.admit()?.push(Job(waiting.clone()));
    /// if waiting.swap(false, AcqRel) {
    ///     queue.withdraw(); // no worker has it, and none will get it
    /// }
    /// assert!(queue.is_quiet() && locals[0].take().is_none());
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    #[doc(alias = "cancel")]
    #[doc(alias = "abort")]
    pub fn withdraw(&self) {
        self.withdraw_unpushed();
        self.shared.backlog.remove_withdrawn();
    }

    pub(crate) fn withdraw_unpushed(&self) {
        self.shared.tally.withdraw();
        self.shared.room_may_have_grown();
        self.shared.check_room_in_vain();
        self.shared.check_quiet();
    }

    /// Takes every waiting item out, for the caller to end.
    ///
    /// Call [`withdraw`](Self::withdraw) once for each of them: that counts it as ended.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, _locals) = Queue::<u32>::new(1, 1);
    /// queue.admit()?.push(1);
    /// queue.admit()?.push(2);
    /// queue.close();
    /// let mut left = Vec::new();
    /// for item in queue.drain() {
    ///     left.push(item); // cancel it, and tell its owner
    ///     queue.withdraw();
    /// }
    /// assert_eq!((left, queue.is_exhausted()), (vec![1, 2], true));
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    #[doc(alias = "shutdownNow")]
    #[doc(alias = "clear")]
    pub fn drain(&self) -> Vec<T> {
        self.shared.backlog.drain()
    }

    // Limits.

    /// Lets at most `limit` items be outstanding (waiting or started) from now on. `None` lifts the limit.
    ///
    /// Items beyond a lowered limit stay accepted. Threads that wait for room are woken, to look once more.
    ///
    /// # Panics
    /// If there is a limit, and the queue was made [`unlimited`](Self::unlimited).
    ///
    /// ```
    /// use workqueue::{Queue, Refused};
    ///
    /// let (queue, _locals) = Queue::<u32>::new(1, 1);
    /// queue.set_limit(Some(1));
    /// queue.admit()?.push(1);
    /// assert_eq!(queue.submit(2), Err((Refused::Full, 2)));
    /// queue.set_limit(None);
    /// assert_eq!(queue.submit(2), Ok(()));
    /// # Ok::<(), Refused>(())
    /// ```
    #[doc(alias = "capacity")]
    #[doc(alias = "bounded")]
    pub fn set_limit(&self, limit: Option<u64>) {
        assert!(
            limit.is_none() || self.shared.room_is_watched,
            "a queue that was made unlimited stays so; make it by Queue::new"
        );
        self.shared.admission.set_limit(limit.unwrap_or(UNLIMITED));
        self.shared.room.wake_all();
    }

    /// How many items may be outstanding, or `None` if there is no limit.
    ///
    /// ```
    /// let (queue, _locals) = workqueue::Queue::<u32>::new(1, 1);
    /// assert_eq!(queue.limit(), None);
    /// queue.set_limit(Some(64));
    /// assert_eq!(queue.limit(), Some(64));
    /// ```
    pub fn limit(&self) -> Option<u64> {
        Some(self.shared.admission.limit()).filter(|&limit| limit != UNLIMITED)
    }

    /// Lets at most `max_workers` workers be live from now on. Live ones beyond it go on until they retire.
    ///
    /// With one, all items wait in one line from now on. Once the workers beyond it have retired, items start in the
    /// order of their submission. That includes those that wait now, if they know their [number](Item::number).
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(2, 2);
    /// queue.set_max_workers(1);
    /// queue.admit()?.push_on(&locals[1], 1);
    /// queue.admit()?.push(2);
    /// assert!(locals[0].start_worker());
    /// assert!(!locals[1].start_worker());
    /// assert_eq!(locals[0].take(), Some(1)); // one line, whoever submitted them
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    #[doc(alias = "setMaximumPoolSize")]
    #[doc(alias = "resize")]
    pub fn set_max_workers(&self, max_workers: usize) {
        {
            let _one_at_a_time = self.shared.resizing.lock();
            self.shared.slots.set_max(max_workers);
            if self.shared.slots.is_in_line() {
                self.shared.backlog.line_up();
            } else {
                self.shared.backlog.spread_out();
            }
        }
        // Outside of the lock: a waker is foreign code.
        self.shared.idle.wake_all();
        self.shared.check_room_in_vain();
    }

    /// How many workers may be live.
    ///
    /// ```
    /// let (queue, _locals) = workqueue::Queue::<u32>::new(2, 8);
    /// assert_eq!(queue.max_workers(), 8);
    /// ```
    pub fn max_workers(&self) -> usize {
        self.shared.slots.max()
    }

    /// How many workers are live. It may exceed the [maximum](Self::max_workers) for a while.
    ///
    /// ```
    /// let (queue, locals) = workqueue::Queue::<u32>::new(1, 2);
    /// assert!(locals[0].start_worker());
    /// assert_eq!(queue.live_workers(), 1);
    /// ```
    pub fn live_workers(&self) -> usize {
        self.shared.slots.live()
    }

    // Waiting for room, for the quiet, or on another worker.

    /// Has `waker` woken once there may be room.
    ///
    /// Look once more after this and before you sleep. A waker that is woken is used up. When you are done,
    /// [`stop_waiting_for_room`](Self::stop_waiting_for_room).
    ///
    /// In an [`unlimited`](Self::unlimited) queue there is always room, and [`close`](Self::close) alone wakes.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::task::{Wake, Waker};
    /// use std::thread::{self, Thread};
    /// use workqueue::{Queue, Refused};
    ///
    /// struct Unpark(Thread);
    ///
    /// impl Wake for Unpark {
    ///     fn wake(self: Arc<Self>) {
    ///         self.0.unpark();
    ///     }
    /// }
    ///
    /// fn submit_wait(queue: &Queue<u32>, item: u32) -> Result<(), Refused> {
    ///     let waker = Waker::from(Arc::new(Unpark(thread::current())));
    ///     queue.wait_for_room(waker.clone());
    ///     loop {
    ///         match queue.submit(item) {
    ///             Err((Refused::Full, _)) => thread::park(),
    ///             done => {
    ///                 queue.stop_waiting_for_room(&waker, done.is_ok());
    ///                 return done.map_err(|(refused, _)| refused);
    ///             }
    ///         }
    ///         queue.wait_for_room_again(&waker);
    ///     }
    /// }
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(1, 1);
    /// queue.set_limit(Some(1));
    /// queue.admit()?.push(1);
    /// let carrier = &mut locals[0];
    /// thread::scope(|scope| {
    ///     let submitter = scope.spawn(|| submit_wait(&queue, 2));
    ///     assert_eq!(carrier.take(), Some(1));
    ///     carrier.count_started();
    ///     carrier.count_ended(); // now there is room
    ///     assert!(matches!(submitter.join(), Ok(Ok(()))));
    /// });
    /// assert_eq!(carrier.take(), Some(2));
    /// # Ok::<(), Refused>(())
    /// ```
    pub fn wait_for_room(&self, waker: Waker) {
        self.shared.room.enter(waker);
    }

    /// As [`wait_for_room`](Self::wait_for_room), for a thread that was woken and found no room.
    ///
    /// It keeps its place: the first one among those that wait. If its waker has not been used up, nothing changes.
    /// After this too, look once more before you sleep.
    ///
    /// ```
    /// use std::task::Waker;
    /// use workqueue::Queue;
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(1, 1);
    /// queue.set_limit(Some(1));
    /// queue.admit()?.push(1);
    /// let waker = Waker::noop();
    /// queue.wait_for_room(waker.clone());
    /// locals[0].take();
    /// locals[0].count_started(); // wakes it, but the item is still outstanding
    /// assert!(queue.admit().is_err());
    /// queue.wait_for_room_again(waker);
    ///
    /// locals[0].count_ended(); // wakes it again
    /// assert!(queue.admit().is_ok());
    /// queue.stop_waiting_for_room(waker, true);
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    pub fn wait_for_room_again(&self, waker: &Waker) {
        self.shared.room.enter_again(waker);
    }

    /// Takes back a waker entered by [`wait_for_room`](Self::wait_for_room).
    ///
    /// If it has been used up and the room was not `taken`, the next waiting thread is woken for that room. So a thread
    /// that gives up, because its time is over, loses no wake-up for the others.
    ///
    /// ```
    /// use std::task::Waker;
    /// use workqueue::Queue;
    ///
    /// let (queue, _locals) = Queue::<u32>::new(1, 1);
    /// queue.set_limit(Some(0));
    /// let waker = Waker::noop();
    /// queue.wait_for_room(waker.clone());
    /// let taken = queue.submit(7).is_ok();
    /// queue.stop_waiting_for_room(waker, taken); // it does not wait any longer
    /// assert!(!taken);
    /// ```
    pub fn stop_waiting_for_room(&self, waker: &Waker, taken: bool) {
        if !self.shared.room.leave(waker) && !taken {
            self.shared.room.wake_one();
        }
    }

    /// Whether every accepted item has ended. If not, `waker` is woken when that comes about.
    ///
    /// It may be woken although a new item has been accepted since, so ask again in a loop.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::task::{Wake, Waker};
    /// use std::thread::{self, Thread};
    /// use workqueue::Queue;
    ///
    /// struct Unpark(Thread);
    ///
    /// impl Wake for Unpark {
    ///     fn wake(self: Arc<Self>) {
    ///         self.0.unpark();
    ///     }
    /// }
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(1, 1);
    /// queue.admit()?.push(7);
    /// let carrier = &mut locals[0];
    /// thread::scope(|scope| {
    ///     scope.spawn(|| {
    ///         carrier.take();
    ///         carrier.count_started();
    ///         carrier.count_ended();
    ///     });
    ///     let waker = Waker::from(Arc::new(Unpark(thread::current())));
    ///     while !queue.is_quiet_or_wake(&waker) {
    ///         thread::park();
    ///     }
    /// });
    /// assert!(queue.is_quiet());
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    #[doc(alias = "join")]
    #[doc(alias = "wait_idle")]
    pub fn is_quiet_or_wake(&self, waker: &Waker) -> bool {
        if self.is_quiet() {
            return true;
        }
        // waiters-enter, waiters-wait-fence
        self.shared.quiet.enter(waker.clone());
        // quiet-recheck
        if !step::QUIET_RECHECK.holds(|| self.is_quiet()) {
            return false;
        }
        self.shared.quiet.leave(waker);
        true
    }

    /// Whether every accepted item has ended.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(1, 1);
    /// assert!(queue.is_quiet()); // nothing was accepted
    /// queue.admit()?.push(7);
    /// locals[0].take();
    /// locals[0].count_started();
    /// assert!(!queue.is_quiet()); // it still runs
    /// locals[0].count_ended();
    /// assert!(queue.is_quiet());
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    #[doc(alias = "is_idle")]
    pub fn is_quiet(&self) -> bool {
        self.shared.is_quiet()
    }

    /// Says that a live worker is about to wait for an item of this queue.
    ///
    /// If all live workers wait so, another may start beyond the maximum. So the items that they wait for are run. The
    /// worker's carrier must look for work after this, before it sleeps.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(1, 1);
    /// let carrier = &mut locals[0];
    /// assert!(carrier.start_worker());
    /// queue.admit()?.push_on(carrier, 7); // a part of the worker's own item
    /// queue.begin_wait_for_item();
    ///
    /// assert!(carrier.start_worker()); // another worker, beyond the maximum of one
    /// assert_eq!(carrier.take(), Some(7));
    /// carrier.count_started();
    /// carrier.count_ended();
    /// queue.end_wait_for_item(); // the first worker has what it waited for
    /// assert!(carrier.is_over_capacity()); // the second one is to step down
    /// carrier.step_down();
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    pub fn begin_wait_for_item(&self) {
        self.shared.slots.wait_for_item();
        self.shared.slot_may_be_free();
        self.shared.check_room_in_vain();
    }

    /// Says that the worker goes on after [`begin_wait_for_item`](Self::begin_wait_for_item).
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, locals) = Queue::<u32>::new(1, 1);
    /// assert!(locals[0].start_worker());
    /// queue.begin_wait_for_item();
    /// assert!(queue.all_workers_waiting());
    /// queue.end_wait_for_item();
    /// assert!(!queue.all_workers_waiting());
    /// ```
    pub fn end_wait_for_item(&self) {
        self.shared.slots.item_came();
    }

    /// Says that a live worker, which has been refused, is about to wait for room.
    ///
    /// `turnover` is the [turnover](Self::turnover) as it was before the refusal. The wait may not be in vain now, and
    /// come to be so later. Then one of the workers that wait is woken by its `waker`, to ask for room and begin anew.
    /// In any case [`end_worker_wait_for_room`](Self::end_worker_wait_for_room) follows.
    ///
    /// This tells whether the wait is in vain. To be woken when there is room, call
    /// [`wait_for_room`](Self::wait_for_room) as well.
    ///
    /// ```
    /// use std::task::Waker;
    /// use workqueue::{Prospect, Queue, Refused, Retirement};
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(1, 2);
    /// queue.set_limit(Some(2));
    /// let carrier = &mut locals[0];
    /// for item in 1..=2 {
    ///     assert!(carrier.start_worker());
    ///     queue.admit()?.push(item);
    ///     carrier.take();
    ///     carrier.count_started();
    /// }
    /// // The first worker wants to submit an item.
    /// let turnover = queue.turnover();
    /// assert_eq!(queue.submit(3), Err((Refused::Full, 3)));
    /// let waker = Waker::noop(); // that of the worker
    /// assert_eq!(queue.begin_worker_wait_for_room(waker, turnover), Prospect::Room);
    /// queue.end_worker_wait_for_room(waker);
    ///
    /// // Meanwhile the second one ends its item and retires. So there is room by now.
    /// carrier.count_ended();
    /// assert_eq!(carrier.retire_worker(), Retirement::Retired);
    /// assert_eq!(queue.begin_worker_wait_for_room(waker, turnover), Prospect::Unclear);
    /// queue.end_worker_wait_for_room(waker);
    /// assert_eq!(queue.submit(3), Ok(()));
    /// # Ok::<(), Refused>(())
    /// ```
    pub fn begin_worker_wait_for_room(&self, waker: &Waker, turnover: u64) -> Prospect {
        // stall-event: first the waker, so that whoever sees the count can wake it.
        self.shared.room_in_vain.enter(waker.clone());
        // … and stall-fence
        self.shared.slots.wait_for_room();
        // stall-look
        // (An item whose submitter has been let in and has not added it yet counts among those queued.)
        if !self.shared.slots.is_wait_for_room_in_vain(|| self.queued() > 0) {
            Prospect::Room
        } else if step::STALL_TURNOVER.holds(|| self.turnover() != turnover) {
            Prospect::Unclear
        } else {
            Prospect::None
        }
    }

    /// Says that the worker goes on after [`begin_worker_wait_for_room`](Self::begin_worker_wait_for_room), and takes
    /// its `waker` back.
    ///
    /// ```
    /// use std::task::Waker;
    /// use workqueue::Queue;
    ///
    /// let (queue, locals) = Queue::<u32>::new(1, 1);
    /// assert!(locals[0].start_worker());
    /// let waker = Waker::noop();
    /// let _prospect = queue.begin_worker_wait_for_room(waker, queue.turnover());
    /// assert!(queue.all_workers_waiting());
    /// queue.end_worker_wait_for_room(waker);
    /// assert!(!queue.all_workers_waiting());
    /// ```
    pub fn end_worker_wait_for_room(&self, waker: &Waker) {
        self.shared.slots.room_came();
        self.shared.room_in_vain.leave(waker);
    }

    /// Whether every live worker waits for an item or for room. That is also so if there are none.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, locals) = Queue::<u32>::new(1, 2);
    /// assert!(locals[0].start_worker());
    /// assert!(locals[0].start_worker());
    /// queue.begin_wait_for_item();
    /// assert!(!queue.all_workers_waiting()); // the second one does not
    /// queue.begin_wait_for_item();
    /// assert!(queue.all_workers_waiting());
    /// ```
    pub fn all_workers_waiting(&self) -> bool {
        self.shared.slots.all_waiting()
    }

    /// Lets a worker be live beyond the maximum.
    ///
    /// It is for a worker that has lent its slot, and needs it back before the borrower is done with it. The next slot
    /// that is given back repays the debt.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, locals) = Queue::<u32>::new(1, 1);
    /// let carrier = &locals[0];
    /// assert!(carrier.start_worker());
    /// carrier.step_down(); // the worker blocks, and lends its slot meanwhile
    /// assert!(carrier.start_worker()); // the borrower
    /// queue.overdraw_worker(); // the lender goes on
    /// assert_eq!((queue.live_workers(), carrier.is_over_capacity()), (2, true));
    /// carrier.step_down(); // one of the two gives way
    /// assert_eq!(queue.live_workers(), 1);
    /// ```
    pub fn overdraw_worker(&self) {
        self.shared.slots.overdraw();
    }

    // The end.

    /// Accepts nothing more. What was accepted is still to be run.
    ///
    /// Returns `true` for the call that closed. Carriers and the threads that wait for room are woken.
    ///
    /// ```
    /// use workqueue::{Queue, Refused};
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(1, 1);
    /// queue.admit()?.push(7);
    /// assert!(queue.close());
    /// assert!(!queue.close()); // it is closed already
    /// assert_eq!(queue.submit(8), Err((Refused::Closed, 8)));
    /// assert_eq!(locals[0].take(), Some(7));
    /// # Ok::<(), Refused>(())
    /// ```
    #[doc(alias = "shutdown")]
    pub fn close(&self) -> bool {
        let first = self.shared.admission.close();
        self.shared.room.wake_all();
        self.wake_all();
        first
    }

    /// Whether [`close`](Self::close) was called.
    ///
    /// ```
    /// let (queue, _locals) = workqueue::Queue::<u32>::new(1, 1);
    /// assert!(!queue.is_closed());
    /// queue.close();
    /// assert!(queue.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.shared.admission.is_closed()
    }

    /// Whether the queue is closed and every accepted item has ended: carriers may end.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(1, 1);
    /// queue.admit()?.push(7);
    /// queue.close();
    /// assert!(!queue.is_exhausted()); // one item is left
    /// locals[0].take();
    /// locals[0].count_started();
    /// locals[0].count_ended();
    /// assert!(queue.is_exhausted());
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    #[doc(alias = "isTerminated")]
    pub fn is_exhausted(&self) -> bool {
        self.is_closed() && self.is_quiet()
    }

    /// Wakes every carrier: something has changed outside of the queue that all of them must see.
    ///
    /// What changes in the queue wakes the carriers by itself.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
    /// use std::task::Wake;
    /// use workqueue::Queue;
    ///
    /// #[derive(Default)]
    /// struct Woken(AtomicBool);
    ///
    /// impl Wake for Woken {
    ///     fn wake(self: Arc<Self>) {
    ///         self.0.store(true, Relaxed);
    ///     }
    /// }
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(1, 1);
    /// let woken = Arc::new(Woken::default());
    /// locals[0].set_waker(woken.clone().into());
    /// queue.wake_all();
    /// assert!(woken.0.load(Relaxed));
    /// ```
    pub fn wake_all(&self) {
        self.shared.idle.wake_all();
    }

    // Figures.

    /// How many items were ever accepted.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, _locals) = Queue::<u32>::new(1, 1);
    /// queue.set_limit(Some(1));
    /// let outcomes = [queue.submit(1), queue.submit(2)];
    /// assert!(outcomes[0].is_ok() && outcomes[1].is_err());
    /// assert_eq!(queue.accepted(), 1);
    /// ```
    pub fn accepted(&self) -> u64 {
        self.shared.admission.admitted()
    }

    /// How much has happened: it grows with each item that is accepted, starts or ends.
    ///
    /// Two equal readings say that nothing happened in between.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(1, 1);
    /// queue.admit()?.push(7);
    /// locals[0].take();
    /// locals[0].count_started();
    /// locals[0].count_ended();
    /// assert_eq!(queue.turnover(), 3);
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    pub fn turnover(&self) -> u64 {
        let tally = &self.shared.tally;
        self.accepted() + tally.started() + tally.ended()
    }

    /// How many carriers are asleep, or about to sleep.
    ///
    /// ```
    /// let (queue, mut locals) = workqueue::Queue::<u32>::new(2, 2);
    /// let _may_sleep = locals[0].announce_sleep();
    /// assert_eq!(queue.sleeping_carriers(), 1);
    /// locals[0].end_sleep();
    /// ```
    pub fn sleeping_carriers(&self) -> usize {
        self.shared.idle.sleeping()
    }

    /// How many items there are in all queues, dead ones included: those that were claimed or withdrawn where they were.
    ///
    /// It is about memory. For what waits to start, take [`queued`](Self::queued).
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
    /// use workqueue::{Item, Queue};
    ///
    /// struct Job(Arc<AtomicBool>); // whether it still waits
    ///
    /// impl Item for Job {
    ///     fn is_waiting(&self) -> bool {
    ///         self.0.load(Relaxed)
    ///     }
    /// }
    ///
    /// let (queue, mut locals) = Queue::new(1, 1);
    /// let waiting = Arc::new(AtomicBool::new(true));
    /// queue.admit()?.push(Job(waiting.clone()));
    /// waiting.store(false, Relaxed);
    /// queue.withdraw();
    /// assert_eq!((queue.len(), queue.queued()), (1, 0)); // what is left of it is still there
    /// assert!(locals[0].take().is_none());
    /// assert_eq!(queue.len(), 0);
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    pub fn len(&self) -> usize {
        self.shared.backlog.len()
    }

    /// Whether no item is in any queue, not even a dead one. See [`len`](Self::len).
    ///
    /// An item that was taken and still runs is in no queue: for the end of all take [`is_quiet`](Self::is_quiet).
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(1, 1);
    /// queue.admit()?.push(7);
    /// assert!(!queue.is_empty());
    /// locals[0].take();
    /// assert!(queue.is_empty() && !queue.is_quiet());
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.shared.backlog.is_empty()
    }

    /// How many items wait to start. One that was taken waits until it is
    /// [counted as started](Local::count_started).
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, _locals) = Queue::<u32>::new(1, 1);
    /// queue.admit()?.push(1);
    /// queue.admit()?.push(2);
    /// assert_eq!(queue.queued(), 2);
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    #[doc(alias = "backlog")]
    #[doc(alias = "qsize")]
    pub fn queued(&self) -> u64 {
        // Read in this order: an item that starts meanwhile is not counted twice.
        let gone = self.shared.tally.started() + self.shared.tally.withdrawn();
        self.accepted().saturating_sub(gone)
    }

    /// What waits and what runs.
    ///
    /// It looks for the oldest item under the locks of the queues, so it costs more than the single figures.
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    /// use workqueue::{Item, Queue};
    ///
    /// struct Job(Instant); // when it was submitted
    ///
    /// impl Item for Job {
    ///     fn age(&self) -> Option<Duration> {
    ///         Some(self.0.elapsed())
    ///     }
    /// }
    ///
    /// let (queue, _locals) = Queue::new(1, 1);
    /// queue.admit()?.push(Job(Instant::now()));
    /// let gauge = queue.gauge();
    /// assert_eq!((gauge.queued, gauge.running), (1, 0));
    /// assert!(gauge.oldest.is_some());
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    pub fn gauge(&self) -> Gauge {
        Gauge {
            queued: self.queued(),
            running: self.shared.tally.running(),
            oldest: self.shared.backlog.oldest(),
        }
    }
}

impl<T: Item> Shared<T> {
    /// An item has started or ended.
    #[inline]
    pub(crate) fn room_may_have_grown(&self) {
        if self.room_is_watched {
            self.room.wake_one();
        }
    }

    /// *stall-look* of `slots.rs`: a worker has retired, or waits, or an item was withdrawn for which one might have
    /// started.
    ///
    /// If all workers wait by now, one of those that wait for room looks again, and is told.
    pub(crate) fn check_room_in_vain(&self) {
        if self.slots.any_waiting_for_room() && self.slots.all_waiting() {
            self.room_in_vain.wake_one();
        }
    }

    /// A push is complete: sees to it that a carrier finds the item.
    #[inline]
    pub(crate) fn work_added(&self) {
        self.idle.work_added(|| self.slots.is_free());
    }

    /// Whether a carrier that looked would have something to do.
    /// Whether there is an item that any carrier may start.
    pub(crate) fn is_work_waiting(&self) -> bool {
        self.backlog.has_unpinned() && self.slots.is_free()
    }

    /// Whether there is an item that `carrier` may start.
    pub(crate) fn is_work_waiting_for(&self, carrier: usize) -> bool {
        self.backlog.has_some_for(carrier) && self.slots.is_free()
    }

    /// Adds an item that carrier `on` alone may take.
    pub(crate) fn push_pinned(&self, item: T, on: usize) {
        if self.backlog.push_pinned(item, on) {
            self.idle.pinned_added(on, || self.slots.is_free());
        } else {
            self.work_added();
        }
    }

    /// A slot may be free that was not: wakes the carriers that have pinned items. The caller has fenced.
    #[inline]
    pub(crate) fn slot_may_be_free(&self) {
        // idle-pinned-slot
        for carrier in self.backlog.carriers_with_pinned() {
            if step::IDLE_PINNED_SLOT.holds(|| self.slots.is_free()) {
                self.idle.wake_for_pinned(carrier);
            }
        }
    }

    fn is_quiet(&self) -> bool {
        // The sum of what has ended is read first. If it equals what was accepted by the time of the second
        // reading, everything accepted so far had ended.
        let ended = self.tally.ended();
        ended == self.admission.admitted()
    }

    /// Something has ended. If it was the last, the threads that wait for that are woken.
    pub(crate) fn check_quiet(&self) {
        // waiters-event-fence, waiters-wake
        if self.quiet.any_after_event() && self.is_quiet() {
            self.quiet.wake_all();
        }
        // quiet-look
        if self.admission.is_closed() && self.is_quiet() {
            self.idle.wake_all();
        }
    }
}

impl<T: Item> Clone for Queue<T> {
    fn clone(&self) -> Self {
        Queue { shared: self.shared.clone() }
    }
}

impl<T: Item> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue")
            .field("accepted", &self.accepted())
            .field("queued", &self.queued())
            .field("live_workers", &self.live_workers())
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}

//! A carrier's side of the queue.

use std::fmt;
use std::task::Waker;

use crossbeam_utils::CachePadded;
use greenstd::step;
use greenstd::sync::Arc;

use crate::backlog::{MAX_BATCH, Scratch};
use crate::idle::Activity;
use crate::queue::{Queue, Shared};
use crate::tally::Counts;
use crate::{Counting, Item};

/// A carrier's side of the queue: it takes items, counts them, holds worker slots and sleeps.
///
/// There is one for each carrier. It is made with the [`Queue`], and one thread uses it at a time.
///
/// ```
/// use workqueue::{Queue, Retirement};
///
/// let (queue, mut locals) = Queue::<u32>::new(1, 1);
/// for item in 1..=3 {
///     queue.admit()?.push(item);
/// }
/// let carrier = &mut locals[0];
/// let mut sum = 0;
/// assert!(carrier.start_worker());
/// while let Some(item) = carrier.take() {
///     carrier.count_started();
///     sum += item; // runs it
///     carrier.count_ended();
/// }
/// assert_eq!(carrier.retire_worker(), Retirement::Retired);
/// assert_eq!((sum, queue.is_quiet()), (6, true));
/// # Ok::<(), workqueue::Refused>(())
/// ```
#[doc(alias = "Worker")]
#[doc(alias = "Stealer")]
#[doc(alias = "deque")]
pub struct Local<T: Item> {
    shared: Arc<Shared<T>>,
    carrier: usize,
    counts: Arc<CachePadded<Counts>>,
    scratch: Scratch<T>,
    activity: Activity,
}

/// What [`Local::retire_worker`] decided.
///
/// ```
/// use workqueue::{Queue, Retirement};
///
/// let (queue, mut locals) = Queue::<u32>::new(1, 1);
/// let carrier = &mut locals[0];
/// assert!(carrier.start_worker());
/// assert_eq!(carrier.take(), None);
/// queue.admit()?.push(7); // it comes in the last moment
/// assert_eq!(carrier.retire_worker(), Retirement::GoOn);
/// assert_eq!(carrier.take(), Some(7));
/// assert_eq!(carrier.retire_worker(), Retirement::Retired);
/// # Ok::<(), workqueue::Refused>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Retirement {
    /// The slot is given back.
    Retired,
    /// An item came in the last moment: the worker has its slot again, and goes on.
    GoOn,
}

impl<T: Item> Local<T> {
    pub(crate) fn new(shared: Arc<Shared<T>>, carrier: usize) -> Self {
        let counts = shared.tally.of(carrier);
        let (scratch, activity) = (Scratch::default(), Activity::default());
        Local { shared, carrier, counts, scratch, activity }
    }

    /// The carrier's number, counted from 0.
    ///
    /// ```
    /// let (_queue, locals) = workqueue::Queue::<u32>::new(3, 3);
    /// assert_eq!(locals[2].index(), 2);
    /// ```
    pub fn index(&self) -> usize {
        self.carrier
    }

    /// The queue that it belongs to.
    ///
    /// ```
    /// let (queue, locals) = workqueue::Queue::<u32>::new(1, 1);
    /// locals[0].queue().close();
    /// assert!(queue.is_closed());
    /// ```
    pub fn queue(&self) -> Queue<T> {
        Queue::from_shared(self.shared.clone())
    }

    /// Says how this carrier is woken from its sleep.
    ///
    /// Call it once, before the first sleep; a second call changes nothing. The waker must remember a wake that comes
    /// before the carrier sleeps, as [`Thread::unpark`](std::thread::Thread::unpark) does.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::task::Wake;
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
    /// let carrier = &mut locals[0];
    /// carrier.set_waker(Arc::new(Unpark(thread::current())).into());
    /// let may_sleep = carrier.announce_sleep();
    /// queue.admit()?.push(7);
    /// if may_sleep {
    ///     thread::park(); // the wake came first, so it returns at once
    /// }
    /// carrier.end_sleep();
    /// assert_eq!(carrier.take(), Some(7));
    /// carrier.search_over();
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    pub fn set_waker(&self, waker: Waker) {
        self.shared.idle.set_waker(self.carrier, waker);
    }

    /// The next item, or `None` if the carrier finds none.
    ///
    /// The carrier's own items come first. Then comes a batch of those submitted from outside, then a share of what a
    /// sibling has. Now and then it first looks what the others have, so that nothing starves.
    ///
    /// With a maximum of one worker, all items wait in one line. They start strictly in the order of their submission.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(2, 2);
    /// queue.admit()?.push_on(&locals[0], 1);
    /// queue.admit()?.push_on(&locals[0], 2);
    /// assert_eq!(locals[0].take(), Some(1)); // its own
    /// assert_eq!(locals[1].take(), Some(2)); // stolen
    /// assert_eq!(locals[1].take(), None);
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    #[doc(alias = "pop")]
    #[doc(alias = "steal")]
    #[doc(alias = "recv")]
    #[inline(always)]
    pub fn take(&mut self) -> Option<T> {
        let batch = if self.shared.slots.is_in_line() { 1 } else { MAX_BATCH };
        let slots = &self.shared.slots;
        let slot_is_free = || slots.is_free();
        let item = self.shared.backlog.take(self.carrier, batch, slot_is_free, &mut self.scratch);
        if step::IDLE_MOVED_MORE.holds(|| self.scratch.take_moved_more()) {
            // idle-moved-more: what was on its way was in no queue: a carrier that went to sleep has not seen it.
            self.shared.item_added();
        }
        item
    }

    /// Whether there is something that this carrier may take: not what is pinned to another one.
    ///
    /// It counts what is left of items that are [dead](Item::is_waiting), too. So [`take`](Self::take) may find
    /// nothing all the same.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, locals) = Queue::<u32>::new(2, 2);
    /// queue.admit()?.push_pinned(1, 7);
    /// assert!(locals[1].has_work() && !locals[0].has_work());
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    #[inline]
    pub fn has_work(&self) -> bool {
        self.shared.backlog.has_some_for(self.carrier)
    }

    /// Whether there is something that is pinned to this carrier, be it dead.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, locals) = Queue::<u32>::new(1, 2);
    /// queue.admit()?.push(1);
    /// assert!(!locals[0].has_pinned());
    /// queue.admit()?.push_pinned(0, 2);
    /// assert!(locals[0].has_pinned());
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    pub fn has_pinned(&self) -> bool {
        self.shared.backlog.has_pinned_to(self.carrier)
    }

    /// Puts an item that was taken back, pinned to a carrier: this one or another. That one is woken for it.
    ///
    /// With a maximum of one worker, the item goes to the end of the line.
    ///
    /// # Panics
    /// If there is no such carrier.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(2, 2);
    /// queue.admit()?.push(7);
    /// if let Some(item) = locals[0].take() {
    ///     locals[0].put_back_pinned(1, item); // it belongs there
    /// }
    /// assert_eq!(locals[1].take(), Some(7));
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    pub fn put_back_pinned(&self, carrier: usize, item: T) {
        self.shared.push_pinned(item, carrier);
    }

    /// Counts an item of this carrier as started: one that it has taken, or claimed where it was.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(1, 1);
    /// queue.admit()?.push(7);
    /// let item = locals[0].take();
    /// assert_eq!(queue.queued(), 1); // taken, but not counted yet
    /// locals[0].count_started();
    /// assert_eq!((item, queue.queued(), queue.gauge().running), (Some(7), 0, 1));
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    #[inline]
    pub fn count_started(&self) {
        self.counts.start();
        self.shared.room_may_have_grown();
    }

    /// Counts a started item of this carrier as ended: there is room for another.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(1, 1);
    /// queue.set_limit(Some(1));
    /// queue.admit()?.push(7);
    /// locals[0].take();
    /// locals[0].count_started();
    /// assert!(queue.admit().is_err()); // it is still outstanding
    /// locals[0].count_ended();
    /// assert!(queue.admit().is_ok());
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    #[doc(alias = "task_done")]
    #[inline]
    pub fn count_ended(&self) {
        self.counts.end();
        self.shared.room_may_have_grown();
    }

    /// Counts the items of this carrier without a reference to the `Local`; see [`Counting`].
    ///
    /// ```
    /// let (queue, locals) = workqueue::Queue::<u32>::new(1, 1);
    /// let counting = locals[0].counting();
    /// queue.admit()?.push(7);
    /// counting.count_started();
    /// assert_eq!(queue.gauge().running, 1);
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    pub fn counting(&self) -> Counting<T> {
        Counting::new(self.counts.clone(), self.shared.clone())
    }

    /// Drops what is left in the queue of an item that was claimed where it was, and not taken.
    ///
    /// Call it with the [key](Item::key) of the item, after it has run. Without it the claimed items would pile up in
    /// the queue.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicBool, Ordering::{AcqRel, Relaxed}};
    /// use workqueue::{Item, Queue};
    ///
    /// #[derive(Clone)]
    /// struct Job(Arc<AtomicBool>); // whether it still waits
    ///
    /// impl Item for Job {
    ///     fn is_waiting(&self) -> bool {
    ///         self.0.load(Relaxed)
    ///     }
    ///
    ///     fn key(&self) -> usize {
    ///         Arc::as_ptr(&self.0).addr()
    ///     }
    /// }
    ///
    /// let (queue, mut locals) = Queue::new(1, 1);
    /// let carrier = &mut locals[0];
    /// let job = Job(Arc::new(AtomicBool::new(true)));
    /// queue.admit()?.push_on(carrier, job.clone());
    ///
    /// // The worker needs the result now: it claims the job and runs it itself.
    /// if job.0.swap(false, AcqRel) {
    ///     carrier.count_started();
    ///     carrier.count_ended();
    ///     carrier.remove_claimed(job.key());
    /// }
    /// assert!(queue.is_empty());
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    #[inline(always)]
    pub fn remove_claimed(&mut self, key: usize) {
        let in_line = self.shared.slots.is_in_line();
        self.shared.backlog.remove_claimed(self.carrier, in_line, key, &mut self.scratch);
    }

    // Worker slots.

    /// Takes a worker slot if one is free; `false` if not.
    ///
    /// It takes one beyond the maximum if every live worker waits for what only another worker can bring about. See
    /// [`Queue::begin_wait_for_item`].
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, locals) = Queue::<u32>::new(2, 1); // two carriers, but one worker at a time
    /// assert!(locals[0].start_worker());
    /// assert!(!locals[1].start_worker());
    /// assert_eq!(queue.live_workers(), 1);
    /// ```
    pub fn start_worker(&self) -> bool {
        self.shared.slots.try_take()
    }

    /// Gives a worker slot back because there was nothing to take.
    ///
    /// If an item came in the meantime, the worker may get the slot again: see [`Retirement`]. To leave although there
    /// may be items, take [`step_down`](Self::step_down).
    ///
    /// ```
    /// use workqueue::{Queue, Retirement};
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(1, 1);
    /// assert!(locals[0].start_worker());
    /// assert_eq!(locals[0].take(), None);
    /// assert_eq!(locals[0].retire_worker(), Retirement::Retired);
    /// assert_eq!(queue.live_workers(), 0);
    /// ```
    pub fn retire_worker(&self) -> Retirement {
        // retire-give-back, retire-fence
        self.shared.slots.give_back();
        // retire-recheck
        let overlooked = step::RETIRE_RECHECK.holds(|| self.shared.is_left_for(self.carrier));
        if overlooked && self.shared.slots.try_take() {
            return Retirement::GoOn;
        }
        self.shared.slot_may_be_free();
        self.shared.check_room_in_vain();
        self.shared.check_quiet();
        Retirement::Retired
    }

    /// Gives a worker slot back although there may be items, so that others get the carrier.
    ///
    /// It wakes a sleeping carrier, to look for what is left.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, locals) = Queue::<u32>::new(1, 2);
    /// assert!(locals[0].start_worker());
    /// assert!(locals[0].start_worker());
    /// queue.set_max_workers(1);
    /// if locals[0].is_over_capacity() {
    ///     locals[0].step_down();
    /// }
    /// assert_eq!(queue.live_workers(), 1);
    /// ```
    pub fn step_down(&self) {
        // retire-give-back, retire-fence. There is no *retire-recheck*: the carrier that is woken instead looks for
        // what is left.
        self.shared.slots.give_back();
        self.shared.check_room_in_vain();
        self.shared.item_added();
        self.shared.slot_may_be_free();
        self.shared.check_quiet();
    }

    /// Gives back a worker slot that could not be used, because something is missing that every worker needs.
    ///
    /// It wakes no carrier: the next one would fare no better.
    ///
    /// ```
    /// use std::thread;
    /// use workqueue::Queue;
    ///
    /// let (queue, locals) = Queue::<u32>::new(1, 1);
    /// assert!(locals[0].start_worker());
    /// let stack_size = usize::MAX / 4; // more than there is
    /// if thread::Builder::new().stack_size(stack_size).spawn(|| {}).is_err() {
    ///     locals[0].forgo_worker();
    /// }
    /// assert_eq!(queue.live_workers(), 0);
    /// ```
    pub fn forgo_worker(&self) {
        // retire-give-back, retire-fence, stall-look: one that waits for room may wait in vain now.
        self.shared.slots.give_back();
        self.shared.check_room_in_vain();
    }

    /// Whether a worker that has just run an item is one too many. It then [steps down](Self::step_down).
    ///
    /// It is one too many if others go on that had waited for an item of the queue, or if the maximum was lowered.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, locals) = Queue::<u32>::new(1, 1);
    /// let carrier = &locals[0];
    /// assert!(carrier.start_worker());
    /// queue.begin_wait_for_item(); // the worker waits for another item
    /// assert!(carrier.start_worker()); // so another one starts, to run that
    /// queue.end_wait_for_item(); // the first one goes on
    /// assert!(carrier.is_over_capacity());
    /// carrier.step_down();
    /// assert!(!carrier.is_over_capacity());
    /// ```
    #[inline]
    pub fn is_over_capacity(&self) -> bool {
        self.shared.slots.over_capacity()
    }

    // Sleeping. The carrier's loop: look for work, then `search_over`. If there was no work, `announce_sleep`. If
    // that allows it, sleep. Then `end_sleep`.

    /// The carrier has run out of items, and is going to look for more a few times before it sleeps.
    ///
    /// Meanwhile no other carrier is woken for a new item. [`search_over`](Self::search_over) follows.
    ///
    /// ```
    /// use std::task::Waker;
    /// use workqueue::Queue;
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(2, 2);
    /// let [searching, sleeping] = &mut locals[..] else { unreachable!("there are two") };
    /// sleeping.set_waker(Waker::noop().clone());
    /// assert!(sleeping.announce_sleep());
    ///
    /// searching.start_search();
    /// queue.admit()?.push(7);
    /// assert_eq!(queue.sleeping_carriers(), 1); // it was not woken
    /// assert_eq!(searching.take(), Some(7));
    /// searching.search_over();
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    #[doc(alias = "spin")]
    pub fn start_search(&mut self) {
        self.shared.idle.start_search(&mut self.activity);
    }

    /// The carrier has looked for work once, and has found some or not.
    ///
    /// Call it after each look: it costs nothing unless the carrier was woken to look, or had
    /// [started a search](Self::start_search). Then it lets the next carrier be woken, and wakes one itself if more
    /// items wait.
    ///
    /// ```
    /// use std::task::Waker;
    /// use workqueue::Queue;
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(2, 2);
    /// let [searching, sleeping] = &mut locals[..] else { unreachable!("there are two") };
    /// sleeping.set_waker(Waker::noop().clone());
    /// assert!(sleeping.announce_sleep());
    ///
    /// searching.start_search();
    /// queue.admit()?.push(1);
    /// queue.admit()?.push(2);
    /// assert_eq!(searching.take(), Some(1));
    /// searching.search_over(); // another item waits: the sleeper is woken for it
    /// assert_eq!(queue.sleeping_carriers(), 0);
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    #[inline]
    pub fn search_over(&mut self) {
        let shared = &self.shared;
        // idle-found, idle-last-searcher: whether it has found something or gives up.
        shared.idle.work_found(&mut self.activity, || shared.is_work_waiting());
    }

    /// Announces the carrier's sleep, then looks into every queue once more: `true` if the carrier may sleep.
    ///
    /// In either case [`end_sleep`](Self::end_sleep) follows.
    ///
    /// ```
    /// use std::task::Waker;
    /// use workqueue::Queue;
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(1, 1);
    /// let carrier = &mut locals[0];
    /// carrier.set_waker(Waker::noop().clone());
    /// assert!(carrier.announce_sleep()); // nothing waits
    /// carrier.end_sleep();
    ///
    /// queue.admit()?.push(7);
    /// assert!(!carrier.announce_sleep()); // an item waits: do not sleep
    /// carrier.end_sleep();
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    #[doc(alias = "park")]
    #[must_use]
    pub fn announce_sleep(&mut self) -> bool {
        // idle-announce, idle-sleep-fence
        self.shared.idle.announce_sleep(self.carrier, &mut self.activity);
        // idle-recheck
        !step::IDLE_RECHECK.holds(|| self.shared.is_work_waiting_for(self.carrier))
    }

    /// The carrier goes on after [`announce_sleep`](Self::announce_sleep), whether it has slept or not.
    ///
    /// If it was woken for an item, the others rely on it to look. So it looks, and calls
    /// [`search_over`](Self::search_over).
    ///
    /// ```
    /// use std::task::Waker;
    /// use workqueue::Queue;
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(1, 1);
    /// let carrier = &mut locals[0];
    /// carrier.set_waker(Waker::noop().clone());
    /// assert!(carrier.announce_sleep());
    /// assert_eq!(queue.sleeping_carriers(), 1);
    /// queue.admit()?.push(7); // wakes it
    /// carrier.end_sleep();
    /// assert_eq!(carrier.take(), Some(7));
    /// carrier.search_over();
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    #[doc(alias = "unpark")]
    pub fn end_sleep(&mut self) {
        self.shared.idle.end_sleep(self.carrier, &mut self.activity);
    }
}

impl<T: Item> fmt::Debug for Local<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Local")
            .field("carrier", &self.carrier)
            .field("activity", &self.activity)
            .finish_non_exhaustive()
    }
}

//! Workers that wait, for an item of their own queue or for room in it.

use std::task::Waker;

use greenstd::step;

use super::Queue;
use crate::Item;

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

impl<T: Item> Queue<T> {
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

    /// As [`Local::is_over_capacity`](crate::Local::is_over_capacity), for code that does not have that at hand.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, locals) = Queue::<u32>::new(1, 2);
    /// assert!(locals[0].start_worker());
    /// assert!(locals[0].start_worker());
    /// assert!(!queue.is_over_capacity());
    /// queue.set_max_workers(1);
    /// assert!(queue.is_over_capacity());
    /// ```
    #[inline]
    pub fn is_over_capacity(&self) -> bool {
        self.shared.slots.over_capacity()
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

    /// Whether another worker may start: fewer are live than may be, or all of them wait for items of this queue.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, locals) = Queue::<u32>::new(1, 1);
    /// assert!(queue.may_worker_start());
    /// assert!(locals[0].start_worker());
    /// assert!(!queue.may_worker_start());
    /// ```
    pub fn may_worker_start(&self) -> bool {
        self.shared.slots.is_free()
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
}

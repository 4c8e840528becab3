//! Waiting for room in the backlog.

use std::task::Waker;

use super::Queue;
use crate::Item;

impl<T: Item> Queue<T> {
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
}

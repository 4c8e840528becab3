//! Submitting items, and taking them back.

use super::Queue;
use crate::admission::Refused;
use crate::{Admitted, Batch, Item};

impl<T: Item> Queue<T> {
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

    /// As [`admit`](Self::admit), but refuses as well once `limit` items are outstanding. It is for items that are
    /// to leave some of the room to others.
    ///
    /// This limit is as exact as the queue's own.
    ///
    /// # Errors
    /// As [`admit`](Self::admit).
    ///
    /// # Panics
    /// If the queue was made [`unlimited`](Self::unlimited).
    ///
    /// ```
    /// use workqueue::{Queue, Refused};
    ///
    /// let (queue, _locals) = Queue::<u32>::new(1, 1);
    /// queue.set_limit(Some(4));
    /// for item in 0..2 {
    ///     queue.admit_within(2)?.push(item);
    /// }
    /// assert_eq!(queue.admit_within(2).err(), Some(Refused::Full));
    /// queue.admit()?.push(2); // the other half is left for what matters more
    /// # Ok::<(), Refused>(())
    /// ```
    pub fn admit_within(&self, limit: u64) -> Result<Admitted<'_, T>, Refused> {
        assert!(
            self.shared.room_is_watched,
            "a queue that was made unlimited stays so; make it by Queue::new"
        );
        let number = self.shared.admission.admit_within(limit, || self.shared.tally.ended())?;
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
        self.shared.item_added();
    }

    /// What is pushed together by the caller, who has admitted each item.
    ///
    /// ```
    /// use workqueue::Queue;
    ///
    /// let (queue, mut locals) = Queue::<u32>::new(1, 1);
    /// let mut batch = queue.batch();
    /// batch.add(queue.admit()?, 1);
    /// batch.add(queue.admit()?, 2);
    /// batch.push();
    /// assert_eq!((locals[0].take(), locals[0].take()), (Some(1), Some(2)));
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    #[doc(alias = "extend")]
    #[doc(alias = "submit_many")]
    pub fn batch(&self) -> Batch<'_, T> {
        Batch::new(self)
    }

    /// *idle-push* of several items. One look of *idle-submit-look* comes after all of them, so it is that of the last.
    pub(crate) fn push_all(&self, items: &mut Vec<T>) {
        self.shared.backlog.push_all(items);
        self.shared.item_added();
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
}

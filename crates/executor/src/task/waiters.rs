//! Who waits for a task: wakers, and callbacks in the order of their adding.

use std::task::Waker;

use crate::handle::TaskHandle;

/// A function to be called when a task has ended.
pub(crate) type Callback = Box<dyn FnOnce(&TaskHandle) + Send>;

/// The list. Most tasks have at most one waiter, which needs no allocation.
#[derive(Default)]
pub(crate) struct Waiters {
    first: Option<Waker>,
    more: Vec<Waker>,
    callbacks: Vec<Callback>,
}

impl Waiters {
    /// Enters a waker, unless one that wakes the same is there.
    pub(crate) fn enter(&mut self, waker: &Waker) {
        match &self.first {
            None => self.first = Some(waker.clone()),
            Some(first) if first.will_wake(waker) => {}
            Some(_) if self.more.iter().any(|other| other.will_wake(waker)) => {}
            Some(_) => self.more.push(waker.clone()),
        }
    }

    /// Takes a waker back.
    pub(crate) fn leave(&mut self, waker: &Waker) {
        if self.first.as_ref().is_some_and(|first| first.will_wake(waker)) {
            self.first = self.more.pop();
        } else {
            self.more.retain(|other| !other.will_wake(waker));
        }
    }

    pub(crate) fn add_callback(&mut self, callback: Callback) {
        self.callbacks.push(callback);
    }

    pub(crate) fn take_callbacks(&mut self) -> Vec<Callback> {
        std::mem::take(&mut self.callbacks)
    }

    pub(crate) fn take_wakers(&mut self) -> impl Iterator<Item = Waker> + use<> {
        self.first.take().into_iter().chain(std::mem::take(&mut self.more))
    }
}

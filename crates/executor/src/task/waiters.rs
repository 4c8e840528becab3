//! Who waits for a task: wakers, and callbacks in the order of their adding.

use std::task::Waker;

use crate::handle::TaskHandle;

/// A function to be called when a task has ended.
pub(crate) type Callback = Box<dyn FnOnce(&TaskHandle) + Send>;

/// The list. Most tasks have at most one waiter, and that needs no allocation.
#[derive(Default)]
pub(crate) struct Waiters {
    first: Option<Waker>,
    more: Option<Box<More>>,
}

#[derive(Default)]
struct More {
    wakers: Vec<Waker>,
    callbacks: Vec<Callback>,
    /// Somebody calls the callbacks, and will call those added meanwhile.
    calling: bool,
}

impl Waiters {
    /// Enters a waker, unless one that wakes the same is there.
    pub(crate) fn enter(&mut self, waker: &Waker) {
        match &self.first {
            None => self.first = Some(waker.clone()),
            Some(first) if first.will_wake(waker) => {}
            Some(_) => {
                let more = &mut self.more.get_or_insert_default().wakers;
                if !more.iter().any(|other| other.will_wake(waker)) {
                    more.push(waker.clone());
                }
            }
        }
    }

    /// Takes a waker back.
    pub(crate) fn leave(&mut self, waker: &Waker) {
        if self.first.as_ref().is_some_and(|first| first.will_wake(waker)) {
            self.first = self.more.as_mut().and_then(|more| more.wakers.pop());
        } else if let Some(more) = &mut self.more {
            more.wakers.retain(|other| !other.will_wake(waker));
        }
    }

    pub(crate) fn add_callback(&mut self, callback: Callback) {
        self.more.get_or_insert_default().callbacks.push(callback);
    }

    /// The caller wants to call the callbacks: the first ones, unless somebody else is at it.
    pub(crate) fn begin_calling(&mut self) -> Vec<Callback> {
        match &mut self.more {
            Some(more) if !more.calling => self.more_to_call(),
            _ => Vec::new(),
        }
    }

    /// The caller has called those that it had: those added meanwhile. With none it is done.
    pub(crate) fn more_to_call(&mut self) -> Vec<Callback> {
        let Some(more) = &mut self.more else { return Vec::new() };
        more.calling = !more.callbacks.is_empty();
        std::mem::take(&mut more.callbacks)
    }

    pub(crate) fn take_wakers(&mut self) -> impl Iterator<Item = Waker> + use<> {
        let more = self.more.as_mut().map(|more| std::mem::take(&mut more.wakers));
        self.first.take().into_iter().chain(more.unwrap_or_default())
    }
}

//! Who waits for a task: wakers, and callbacks in the order of their adding.

use std::num::NonZeroUsize;
use std::ptr::NonNull;
use std::task::Waker;

use crate::task_handle::TaskHandle;

/// A function to be called when a task has ended.
pub(crate) type Callback = Box<dyn FnOnce(&TaskHandle) + Send>;

/// What tells a waker from those that wake others. It keeps nothing alive: a future that kept the waker
/// of the task that it is a part of would keep itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WakerKey {
    data: usize,
    vtable: NonZeroUsize,
}

impl WakerKey {
    pub(crate) fn of(waker: &Waker) -> Self {
        WakerKey { data: waker.data().addr(), vtable: NonNull::from(waker.vtable()).addr() }
    }
}

/// The list. Most tasks have at most one waiter, and that needs no allocation.
pub(crate) enum Waiters {
    One(Waker),
    /// None, or more than one, or callbacks.
    More(Option<Box<More>>),
}

#[derive(Default)]
pub(crate) struct More {
    wakers: Vec<Waker>,
    callbacks: Vec<Callback>,
    /// Somebody calls the callbacks, and will call those added meanwhile.
    calling: bool,
}

impl Waiters {
    /// Enters a waker, unless one that wakes the same is there.
    pub(crate) fn enter(&mut self, waker: &Waker) {
        match self {
            Waiters::More(None) => *self = Waiters::One(waker.clone()),
            Waiters::One(first) if first.will_wake(waker) => {}
            _ => {
                let wakers = &mut self.more().wakers;
                if !wakers.iter().any(|other| other.will_wake(waker)) {
                    wakers.push(waker.clone());
                }
            }
        }
    }

    /// Takes a waker out, to be dropped once the list is unlocked: it is foreign code.
    pub(crate) fn leave(&mut self, waker: WakerKey) -> Option<Waker> {
        match self {
            Waiters::One(first) if WakerKey::of(first) == waker => self.take_wakers().next(),
            Waiters::More(Some(more)) => {
                let place = more.wakers.iter().position(|other| WakerKey::of(other) == waker)?;
                Some(more.wakers.remove(place))
            }
            _ => None,
        }
    }

    pub(crate) fn add_callback(&mut self, callback: Callback) {
        self.more().callbacks.push(callback);
    }

    /// The caller wants to call the callbacks: the first ones, unless somebody else is at it.
    pub(crate) fn begin_calling(&mut self) -> Vec<Callback> {
        match self {
            Waiters::More(Some(more)) if !more.calling => self.more_to_call(),
            _ => Vec::new(),
        }
    }

    /// The caller has called those that it had: those added meanwhile. With none it is done.
    pub(crate) fn more_to_call(&mut self) -> Vec<Callback> {
        let Waiters::More(Some(more)) = self else { return Vec::new() };
        more.calling = !more.callbacks.is_empty();
        std::mem::take(&mut more.callbacks)
    }

    pub(crate) fn take_wakers(&mut self) -> impl Iterator<Item = Waker> + use<> {
        let (first, more) = match self {
            Waiters::More(None) => (None, Vec::new()),
            Waiters::More(Some(more)) => (None, std::mem::take(&mut more.wakers)),
            Waiters::One(_) => match std::mem::take(self) {
                Waiters::One(first) => (Some(first), Vec::new()),
                Waiters::More(_) => (None, Vec::new()),
            },
        };
        first.into_iter().chain(more)
    }

    /// The list in its long form, to which a single waker moves.
    fn more(&mut self) -> &mut More {
        if let Waiters::One(_) = self
            && let Waiters::One(first) = std::mem::take(self)
        {
            *self = Waiters::More(Some(Box::new(More { wakers: vec![first], ..More::default() })));
        }
        match self {
            Waiters::More(more) => more.get_or_insert_default(),
            Waiters::One(_) => unreachable!("it has just been moved"),
        }
    }
}

impl Default for Waiters {
    fn default() -> Self {
        Waiters::More(None)
    }
}

//! The waiters of a task: wakers, and callbacks in the order of their adding.
//!
//! Entering and leaving take the same time however many there are, and the first waiter needs no allocation. An
//! entry is its maker's alone, by its [`Place`]: two waiters with the same waker have two.
//! Wakers are foreign code: they are cloned before the list is locked, and dropped after.

use std::task::Waker;

use super::hearers::Hearers;
use crate::future::task_handle::TaskHandle;

/// A function to be called when a task has ended.
pub(crate) type Callback = Box<dyn FnOnce(&TaskHandle) + Send>;

/// The list. Most tasks have at most one waiter, and that needs no allocation.
pub(crate) enum Waiters {
    /// At place 0.
    One(Waker),
    /// None, or more than one, or callbacks.
    More(Option<Box<More>>),
}

/// Where a waiter is entered, until the task has ended or the waiter has left. The place of an entry that has
/// been taken does no harm. Entries are taken at the end, and a waiter that enters after that is told so.
#[derive(Debug)]
pub(crate) struct Place(usize);

#[derive(Default)]
pub(crate) struct More {
    entries: Vec<Entry>,
    /// The last place that was left; the entry there knows the one before.
    free: Option<usize>,
    callbacks: Vec<Callback>,
    /// Somebody calls the callbacks, and will call those added meanwhile.
    calling: bool,
    hearers: Hearers,
}

enum Entry {
    Waits(Waker),
    Free { next: Option<usize> },
}

impl Waiters {
    /// Enters a waker.
    pub(crate) fn enter(&mut self, waker: Waker) -> Place {
        match self {
            Waiters::More(None) => {
                *self = Waiters::One(waker);
                Place(0)
            }
            _ => self.more().enter(waker),
        }
    }

    /// Takes a waker out, to be dropped once the list is unlocked; `None` if it has been taken.
    pub(crate) fn leave(&mut self, place: Place) -> Option<Waker> {
        match self {
            Waiters::One(_) if place.0 == 0 => match std::mem::take(self) {
                Waiters::One(first) => Some(first),
                Waiters::More(_) => None,
            },
            Waiters::More(Some(more)) => more.leave(place),
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

    /// Those that hear of the job's cancelling. They do not wait, but share the list's long form.
    pub(crate) fn hearers(&mut self) -> &mut Hearers {
        &mut self.more().hearers
    }

    pub(crate) fn take_wakers(&mut self) -> impl Iterator<Item = Waker> + use<> {
        let (first, more) = match self {
            Waiters::More(None) => (None, Vec::new()),
            Waiters::More(Some(more)) => {
                more.free = None;
                (None, std::mem::take(&mut more.entries))
            }
            Waiters::One(_) => match std::mem::take(self) {
                Waiters::One(first) => (Some(first), Vec::new()),
                Waiters::More(_) => (None, Vec::new()),
            },
        };
        first.into_iter().chain(more.into_iter().filter_map(Entry::into_waker))
    }

    /// The list in its long form, to which a single waker moves.
    fn more(&mut self) -> &mut More {
        if let Waiters::One(_) = self
            && let Waiters::One(first) = std::mem::take(self)
        {
            let entries = vec![Entry::Waits(first)];
            *self = Waiters::More(Some(Box::new(More { entries, ..More::default() })));
        }
        match self {
            Waiters::More(more) => more.get_or_insert_default(),
            Waiters::One(_) => unreachable!("it has just been moved"),
        }
    }
}

impl More {
    fn enter(&mut self, waker: Waker) -> Place {
        let entry = Entry::Waits(waker);
        let Some(place) = self.free else {
            self.entries.push(entry);
            return Place(self.entries.len() - 1);
        };
        if let Entry::Free { next } = std::mem::replace(&mut self.entries[place], entry) {
            self.free = next;
        }
        Place(place)
    }

    fn leave(&mut self, Place(place): Place) -> Option<Waker> {
        let entry = self.entries.get_mut(place)?;
        if let Entry::Free { .. } = entry {
            return None;
        }
        let left = std::mem::replace(entry, Entry::Free { next: self.free });
        self.free = Some(place);
        left.into_waker()
    }
}

impl Entry {
    fn into_waker(self) -> Option<Waker> {
        match self {
            Entry::Waits(waker) => Some(waker),
            Entry::Free { .. } => None,
        }
    }
}

impl Default for Waiters {
    fn default() -> Self {
        Waiters::More(None)
    }
}

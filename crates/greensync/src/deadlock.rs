//! Finds threads that wait for one another's mutexes.
//!
//! While mutexes are watched, each mutex that is locked is noted with its holder. Each thread that waits
//! for one without a time limit is noted with the place where it waits. If a thread's wait closes a cycle of
//! such notes, all threads in the cycle wait for ever. The cycle is reported on stderr, once.
//!
//! Mutexes are watched in debug builds. In others they are watched if the environment variable `GREENSYNC_DEADLOCK` is
//! `1` (`0` turns it off), or after [`watch`]`(true)`. Locks that were taken before are not known. Watching
//! costs each lock and unlock about as much as several uncontended ones. Not watching costs a look at a flag.
//!
//! Only a [`Mutex`](crate::Mutex) counts here: a permit or a reader's lock may be released by a thread other than the
//! one that is waited for. Whoever holds an [`RwLock`](crate::RwLock) for writing is noted too, for [`holder`].
//!
//! ```
//! use greensync::deadlock;
//!
//! deadlock::watch(true);
//! // ... run what hangs now and then ...
//! for cycle in deadlock::cycles() {
//!     eprintln!("{cycle}");
//! }
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fmt::Write as _;
use std::panic::Location;

use greenctx::{PerProcess, Thread, ThreadId, current_deadline, with_current, with_identity};
use greenstd::sync::StaticMutex;

type Site = &'static Location<'static>;

/// Threads that wait for one another. Its [`Display`](fmt::Display) tells which thread waits
/// where, and which one holds the lock.
///
/// ```
/// use greensync::{Carrier, Mutex, deadlock, spawn, yield_now};
///
/// static TOTAL: Mutex<u32> = Mutex::new(0);
///
/// deadlock::watch(true);
/// Carrier::new()?.run(|| {
///     let stuck = spawn(|| {
///         let _held = TOTAL.lock()?;
///         TOTAL.lock().map(drop) // waits for itself
///     });
///     yield_now();
///     let cycles = deadlock::cycles();
///     assert!(cycles[0].to_string().contains("waits at"));
///     eprintln!("{}", cycles[0]);
///     stuck.thread().cancel();
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Cycle {
    links: Vec<Link>,
}

/// One thread of a [`Cycle`]: it waits for the mutex that the next one holds.
///
/// ```
/// use greensync::{Carrier, Mutex, deadlock, spawn, yield_now};
///
/// static TOTAL: Mutex<u32> = Mutex::new(0);
///
/// deadlock::watch(true);
/// Carrier::new()?.run(|| {
///     let stuck = spawn(|| {
///         let _held = TOTAL.lock()?;
///         TOTAL.lock().map(drop) // waits for itself
///     });
///     yield_now();
///     let link = deadlock::cycles()[0].links()[0].clone();
///     let seen = format!("{} waits at {}", link.name(), link.waits_at());
///     assert!(seen.contains("waits at"));
///     stuck.thread().cancel();
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Link {
    name: String,
    id: ThreadId,
    waits_at: Site,
    locked_at: Site,
}

impl Cycle {
    /// The threads. Each waits for the next one, and the last one for the first.
    ///
    /// ```
    /// # use greensync::{Carrier, Mutex, deadlock, spawn, yield_now};
    /// #
    /// # static TOTAL: Mutex<u32> = Mutex::new(0);
    /// #
    /// # deadlock::watch(true);
    /// # Carrier::new()?.run(|| {
    /// #     let stuck = spawn(|| {
    /// #         let _held = TOTAL.lock()?;
    /// #         TOTAL.lock().map(drop) // waits for itself
    /// #     });
    /// #     yield_now();
    /// for cycle in deadlock::cycles() {
    ///     assert_eq!(cycle.links().len(), 1); // a thread that waits for itself
    /// }
    /// #     stuck.thread().cancel();
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn links(&self) -> &[Link] {
        &self.links
    }
}

impl Link {
    /// The name of the thread, or of the job that it runs.
    ///
    /// ```
    /// # use greensync::{Carrier, Mutex, deadlock, spawn, yield_now};
    /// #
    /// # static TOTAL: Mutex<u32> = Mutex::new(0);
    /// #
    /// # deadlock::watch(true);
    /// # Carrier::new()?.run(|| {
    /// #     let stuck = spawn(|| {
    /// #         let _held = TOTAL.lock()?;
    /// #         TOTAL.lock().map(drop) // waits for itself
    /// #     });
    /// #     yield_now();
    /// for link in deadlock::cycles()[0].links() {
    ///     assert!(!link.name().is_empty());
    /// }
    /// #     stuck.thread().cancel();
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The identity of the thread.
    ///
    /// ```
    /// # use greensync::{Carrier, Mutex, deadlock, spawn, yield_now};
    /// #
    /// # static TOTAL: Mutex<u32> = Mutex::new(0);
    /// #
    /// # deadlock::watch(true);
    /// # Carrier::new()?.run(|| {
    /// #     let stuck = spawn(|| {
    /// #         let _held = TOTAL.lock()?;
    /// #         TOTAL.lock().map(drop) // waits for itself
    /// #     });
    /// #     yield_now();
    /// let link = deadlock::cycles()[0].links()[0].clone();
    /// assert_eq!(link.id(), stuck.thread().id());
    /// #     stuck.thread().cancel();
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn id(&self) -> ThreadId {
        self.id
    }

    /// The place in the source where it waits.
    ///
    /// ```
    /// # use greensync::{Carrier, Mutex, deadlock, spawn, yield_now};
    /// #
    /// # static TOTAL: Mutex<u32> = Mutex::new(0);
    /// #
    /// # deadlock::watch(true);
    /// # Carrier::new()?.run(|| {
    /// #     let stuck = spawn(|| {
    /// #         let _held = TOTAL.lock()?;
    /// #         TOTAL.lock().map(drop) // waits for itself
    /// #     });
    /// #     yield_now();
    /// let link = deadlock::cycles()[0].links()[0].clone();
    /// println!("{}", link.waits_at()); // such as "src/bank.rs:12:20"
    /// assert!(link.waits_at().line() > 0);
    /// #     stuck.thread().cancel();
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn waits_at(&self) -> &'static Location<'static> {
        self.waits_at
    }

    /// The place in the source where it has locked the mutex that the thread before it waits for.
    ///
    /// ```
    /// # use greensync::{Carrier, Mutex, deadlock, spawn, yield_now};
    /// #
    /// # static TOTAL: Mutex<u32> = Mutex::new(0);
    /// #
    /// # deadlock::watch(true);
    /// # Carrier::new()?.run(|| {
    /// #     let stuck = spawn(|| {
    /// #         let _held = TOTAL.lock()?;
    /// #         TOTAL.lock().map(drop) // waits for itself
    /// #     });
    /// #     yield_now();
    /// let link = deadlock::cycles()[0].links()[0].clone();
    /// assert!(link.locked_at().line() < link.waits_at().line()); // here: the line before
    /// #     stuck.thread().cancel();
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn locked_at(&self) -> &'static Location<'static> {
        self.locked_at
    }
}

impl fmt::Display for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "deadlock: {} green or OS threads wait for one another", self.links.len())?;
        for (index, link) in self.links.iter().enumerate() {
            let next = &self.links[(index + 1) % self.links.len()];
            write!(
                f,
                "\n  '{}' waits at {} for the mutex that '{}' has locked at {}",
                link.name, link.waits_at, next.name, next.locked_at
            )?;
        }
        Ok(())
    }
}

/// Begins to watch, or ends it. Locks that were taken before it begins are not known.
///
/// ```
/// use greensync::deadlock;
///
/// deadlock::watch(true);
/// assert!(deadlock::is_watched());
/// deadlock::watch(false); // locks are as fast as before
/// ```
pub fn watch(on: bool) {
    switch::set(on);
    if !on {
        let mut notes = notes().lock();
        notes.holders.clear();
        notes.waits.clear();
    }
}

/// Whether mutexes are watched.
///
/// ```
/// use greensync::deadlock;
///
/// if !deadlock::is_watched() {
///     eprintln!("set GREENSYNC_DEADLOCK=1 to find deadlocks");
/// }
/// ```
#[inline(always)]
pub fn is_watched() -> bool {
    switch::is_on()
}

/// The thread that holds a mutex, or a read-write lock for writing, and where it has locked it. The lock is named by its address, as
/// [`Waiting::object`](greenctx::Waiting::object) says it. `None` if nobody holds it, or if mutexes are not watched.
///
/// ```
/// use greensync::deadlock;
///
/// assert!(deadlock::holder(7).is_none()); // no mutex lies there
/// ```
pub fn holder(address: usize) -> Option<(ThreadId, &'static Location<'static>)> {
    notes().lock().holders.get(&address).copied()
}

/// The cycles that there are now, each of them once.
///
/// ```
/// use greensync::{Carrier, Mutex, deadlock, spawn, yield_now};
///
/// static FROM: Mutex<u32> = Mutex::new(0);
/// static TO: Mutex<u32> = Mutex::new(0);
///
/// deadlock::watch(true);
/// Carrier::new()?.run(|| {
///     let lock_both = |first: &'static Mutex<u32>, second: &'static Mutex<u32>| {
///         spawn(move || {
///             let _first = first.lock()?;
///             yield_now();
///             second.lock().map(drop)
///         })
///     };
///     let (one, _other) = (lock_both(&FROM, &TO), lock_both(&TO, &FROM));
///     while deadlock::cycles().is_empty() {
///         yield_now();
///     }
///     assert_eq!(deadlock::cycles()[0].links().len(), 2);
///     one.thread().cancel(); // dissolves it
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn cycles() -> Vec<Cycle> {
    let notes = notes().lock();
    let mut seen = BTreeSet::new();
    let mut cycles = Vec::new();
    for thread in notes.waits.keys() {
        if let Some(cycle) = notes.cycle_of(*thread)
            && seen.insert(key(&cycle))
        {
            cycles.push(cycle);
        }
    }
    cycles
}

/// The calling thread has locked the mutex at `address`.
#[inline(always)]
pub(crate) fn locked(address: usize, site: Site) {
    if is_watched() {
        note_locked(address, site);
    }
}

/// The calling thread is about to unlock the mutex at `address`.
#[inline(always)]
pub(crate) fn unlocking(address: usize) {
    if is_watched() {
        note_unlocking(address);
    }
}

/// The calling thread waits for the mutex at `address`, until the result is dropped.
pub(crate) fn waiting(address: usize, site: Site, has_limit: bool) -> Option<Waiting> {
    if !is_watched() || has_limit || current_deadline().is_some() {
        return None;
    }
    let (id, name) = with_current(|thread| (thread.id(), name_of(thread)));
    if let Some(cycle) = note_wait(id, Wait { name, address, site }) {
        eprintln!("greensync: {cycle}");
    }
    Some(Waiting { id })
}

/// Notes a wait; the cycle that it closes, if that was not reported before.
fn note_wait(id: ThreadId, wait: Wait) -> Option<Cycle> {
    let mut notes = notes().lock();
    notes.waits.insert(id, wait);
    let cycle = notes.cycle_of(id)?;
    notes.reported.insert(key(&cycle)).then_some(cycle)
}

/// A thread waits.
pub(crate) struct Waiting {
    id: ThreadId,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        notes().lock().waits.remove(&self.id);
    }
}

static NOTES: PerProcess<StaticMutex<Notes>> = PerProcess::new();

/// The notes of this process. A forked child knows nothing of its parent's threads.
fn notes() -> &'static StaticMutex<Notes> {
    NOTES.get_or_init(|| StaticMutex::new(Notes::default()))
}

#[derive(Default)]
struct Notes {
    /// The holder of the mutex at an address, and the place where it was locked.
    holders: BTreeMap<usize, (ThreadId, Site)>,
    waits: BTreeMap<ThreadId, Wait>,
    /// The threads of the cycles that were reported.
    reported: BTreeSet<Vec<ThreadId>>,
}

struct Wait {
    name: String,
    address: usize,
    site: Site,
}

impl Notes {
    /// The cycle that begins and ends with `first`.
    fn cycle_of(&self, first: ThreadId) -> Option<Cycle> {
        let mut links = Vec::new();
        let mut thread = first;
        loop {
            let wait = self.waits.get(&thread)?;
            let (holder, locked_at) = *self.holders.get(&wait.address)?;
            links.push((thread, wait, holder, locked_at));
            thread = holder;
            if thread == first {
                break;
            }
            if links.iter().any(|(seen, ..)| *seen == thread) {
                return None; // `first` waits for a cycle that it is not in
            }
        }
        let before = |index: usize| links[(index + links.len() - 1) % links.len()].3;
        let link = |(index, (id, wait, ..)): (usize, &(ThreadId, &Wait, ThreadId, Site))| Link {
            name: wait.name.clone(),
            id: *id,
            waits_at: wait.site,
            locked_at: before(index),
        };
        Some(Cycle { links: links.iter().enumerate().map(link).collect() })
    }
}

/// A key that is the same from whichever thread of the cycle it is seen.
fn key(cycle: &Cycle) -> Vec<ThreadId> {
    let mut ids: Vec<ThreadId> = cycle.links.iter().map(Link::id).collect();
    ids.sort_unstable();
    ids
}

fn name_of(thread: &Thread) -> String {
    let mut name = String::new();
    let is_written = with_identity(|identity| match identity {
        Some(identity) => identity.write_name(&mut name).is_ok(),
        None => false,
    });
    if !is_written || name.is_empty() {
        name.clear();
        let _ = match thread.name() {
            Some(own) => name.write_str(own),
            None => write!(name, "thread {}", thread.id().as_u64()),
        };
    }
    name
}

#[cold]
fn note_locked(address: usize, site: Site) {
    let holder = with_current(Thread::id);
    notes().lock().holders.insert(address, (holder, site));
}

#[cold]
fn note_unlocking(address: usize) {
    notes().lock().holders.remove(&address);
}

/// Whether this is watched: a flag that is read at each lock.
#[cfg(not(any(green_loom, green_shuttle)))]
mod switch {
    use greenstd::atomic::{AtomicU8, Ordering};

    const UNKNOWN: u8 = 0;
    const OFF: u8 = 1;
    const ON: u8 = 2;

    static STATE: AtomicU8 = AtomicU8::new(UNKNOWN);

    #[inline(always)]
    pub(super) fn is_on() -> bool {
        match STATE.load(Ordering::Relaxed) {
            OFF => false,
            ON => true,
            _ => find_out(),
        }
    }

    pub(super) fn set(on: bool) {
        STATE.store(if on { ON } else { OFF }, Ordering::Relaxed);
    }

    #[cold]
    fn find_out() -> bool {
        let on = match std::env::var("GREENSYNC_DEADLOCK") {
            Ok(value) => value != "0",
            Err(_) => cfg!(debug_assertions),
        };
        // A call of `watch` that came meanwhile counts, not this.
        let state = if on { ON } else { OFF };
        let _ = STATE.compare_exchange(UNKNOWN, state, Ordering::Relaxed, Ordering::Relaxed);
        STATE.load(Ordering::Relaxed) == ON
    }
}

/// In a model no mutex is watched.
#[cfg(any(green_loom, green_shuttle))]
mod switch {
    pub(super) const fn is_on() -> bool {
        false
    }

    pub(super) fn set(_on: bool) {}
}

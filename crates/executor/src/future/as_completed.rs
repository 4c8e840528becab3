//! Tasks in the order of their end.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::io;
use std::panic::Location;
use std::task::Waker;
use std::time::Duration;

use greenctx::Waiting;
use greenstd::sync::{Arc, Mutex};
use greenstd::time::{self, Instant};

use crate::carrier;
use crate::error::WaitError;
use crate::future::task_handle::TaskHandle;
use crate::future::wait_set::Waitable;
use crate::task::{Entry, Job};
use crate::waiting::wait;
use crate::waiting::waiter::Waiter;

/// Gives the tasks in the order in which they end, first those that have ended already.
///
/// Each is given once, and nothing of it is kept afterwards. A completion costs the same however many tasks
/// there are. For a limited time: [`AsCompleted::timeout`].
///
/// ```
/// use executor::{GreenThreadPoolExecutor, as_completed};
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let jobs = (1..=3).map(|n| pool.submit(move || n * n)).collect::<Result<Vec<_>, _>>()?;
/// let mut sum = 0;
/// for job in as_completed(jobs) {
///     sum += job?.result()?; // the first `?` is for the wait, the second one for the job
/// }
/// assert_eq!(sum, 14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Blocking
/// Neither parks nor blocks; the iterator does.
#[doc(alias = "FuturesUnordered")]
#[doc(alias = "JoinSet")]
#[doc(alias = "select_all")]
pub fn as_completed<W: Waitable>(tasks: impl IntoIterator<Item = W>) -> AsCompleted<W> {
    let mut completed = AsCompleted::empty(None);
    let mut seen = HashSet::new();
    for waitable in tasks {
        let handle = waitable.task();
        if seen.insert(handle.clone()) {
            completed.add(waitable, &handle);
        }
    }
    completed
}

/// The iterator that [`as_completed`] makes.
///
/// ```
/// use executor::{GreenThreadPoolExecutor, as_completed};
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let jobs = [pool.submit(|| "first")?, pool.submit(|| "second")?];
/// let mut ended = as_completed(jobs);
/// let winner = ended.next().ok_or("there are two")??;
/// println!("{} wins", winner.result()?);
/// assert_eq!(ended.left(), 1); // its drop leaves the other job alone
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "it waits for nothing until its items are taken"]
pub struct AsCompleted<W> {
    /// By the index that their wakers know; empty once given, until the place is used again.
    waiting: Vec<Option<(W, Registration)>>,
    free: Vec<usize>,
    left: usize,
    added: usize,
    /// How many of them belong to which executor.
    pools: Vec<(u64, usize)>,
    ended: Arc<Ended>,
    until: Option<Instant>,
    over: bool,
}

/// Why [`AsCompleted`] gave no further task.
///
/// ```
/// use executor::{GreenThreadPoolExecutor, WaitError, as_completed, sleep};
/// use std::time::Duration;
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let slow = pool.try_submit(|| sleep(Duration::from_secs(60)))?;
/// let mut ended = as_completed([&slow]).timeout(Duration::from_millis(1));
/// let why = ended.next().ok_or("there is one")?.err().ok_or("it sleeps")?;
/// assert_eq!((why.reason, why.left, why.of), (WaitError::TimedOut, 1, 1));
/// assert!(ended.next().is_none()); // an error is the last item
/// slow.cancel();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotCompleted {
    /// Whether the time was over, the waiting green thread was cancelled, or the tasks stayed behind in
    /// the parent of a fork.
    pub reason: WaitError,
    /// How many tasks have not been given.
    pub left: usize,
    /// Of how many.
    pub of: usize,
}

/// The indices of those that have ended and not been given, and the waker of the thread that waits for them.
struct Ended {
    order: Mutex<VecDeque<usize>>,
    reader: Mutex<Option<Waker>>,
}

/// Notes the end of one task.
struct Ticket {
    index: usize,
    ended: Arc<Ended>,
}

struct Registration {
    handle: TaskHandle,
    entry: Option<Entry>,
}

impl<W: Waitable> AsCompleted<W> {
    pub(crate) fn empty(until: Option<Instant>) -> Self {
        AsCompleted {
            waiting: Vec::new(),
            free: Vec::new(),
            left: 0,
            added: 0,
            pools: Vec::new(),
            ended: Arc::new(Ended { order: Mutex::default(), reader: Mutex::new(None) }),
            until,
            over: false,
        }
    }

    /// Adds a task to those that are waited for.
    pub(crate) fn add(&mut self, waitable: W, handle: &TaskHandle) {
        let core = handle.job().core();
        match self.pools.iter_mut().find(|(pool, _)| *pool == core.pool()) {
            Some((_, count)) => *count += 1,
            None => self.pools.push((core.pool(), 1)),
        }
        let index = self.free.pop().unwrap_or_else(|| {
            self.waiting.push(None);
            self.waiting.len() - 1
        });
        let waker = Waker::from(Arc::new(Ticket { index, ended: self.ended.clone() }));
        let entry = core.wake_when_ended(&waker);
        let has_ended = entry.is_none();
        self.waiting[index] = Some((waitable, Registration { handle: handle.clone(), entry }));
        self.left += 1;
        self.added += 1;
        if has_ended {
            // It may have been noted as well, if it ended in this moment.
            self.ended.note(index);
        }
    }

    /// Limits the time for all of the rest, from now. When it is over, the iterator gives an error once, and ends.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, as_completed};
    /// use std::time::Duration;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let jobs = (1..=3).map(|n| pool.submit(move || n * n)).collect::<Result<Vec<_>, _>>()?;
    /// let mut sum = 0;
    /// for job in as_completed(jobs).timeout(Duration::from_secs(10)) {
    ///     sum += job?.result()?;
    /// }
    /// assert_eq!(sum, 14);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.until = time::after(timeout);
        self
    }

    /// How many tasks have not been given.
    ///
    /// ```
    /// use executor::{GreenThreadPoolExecutor, as_completed};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let jobs = [pool.submit(|| 1)?, pool.submit(|| 2)?];
    /// let mut ended = as_completed(&jobs);
    /// while let Some(job) = ended.next() {
    ///     println!("{} of 2 done", 2 - ended.left());
    ///     assert!(job?.is_done());
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn left(&self) -> usize {
        self.left
    }

    /// Waits for the next one to end.
    ///
    /// # Errors
    /// If the time is over, or the waiting green thread is cancelled.
    #[track_caller]
    pub(crate) fn wait_next(&mut self) -> Result<W, WaitError> {
        if let Some(waitable) = self.take_ended() {
            return Ok(waitable);
        }
        if greenctx::fork_generation() != 0
            && let Some(job) = self.jobs().next()
        {
            wait::refuse_if_forked(job.core())?;
        }
        let own = carrier::current_pool();
        let waiter = match self.waits_for(own) {
            true => Waiter::for_tasks_of(own),
            false => Waiter::uncounted(),
        };
        self.ended.set_reader(Some(waiter.waker().clone()));
        let until = self.until;
        let what = Waiting::on("several jobs").with_number(self.left as u64).at(Location::caller());
        let outcome = waiter.wait(what, until, || self.take_ended());
        self.ended.set_reader(None);
        outcome
    }

    fn take_ended(&mut self) -> Option<W> {
        while let Some(index) = self.ended.take() {
            // One that was noted twice has been given, and its place may be another's by now.
            let ended = |(_, entry): &mut (W, Registration)| entry.handle.is_done();
            if let Some((waitable, entry)) = self.waiting[index].take_if(ended) {
                let given = entry.handle.job().core().pool();
                if let Some((_, count)) = self.pools.iter_mut().find(|(pool, _)| *pool == given) {
                    *count -= 1;
                }
                entry.withdraw();
                self.free.push(index);
                self.left -= 1;
                return Some(waitable);
            }
        }
        None
    }

    /// Whether a task of executor `pool` has not been given.
    fn waits_for(&self, pool: u64) -> bool {
        self.pools.iter().any(|&(other, count)| other == pool && count > 0)
    }

    fn jobs(&self) -> impl Iterator<Item = &Job> {
        self.waiting.iter().flatten().map(|(_, entry)| entry.handle.job())
    }
}

/// Ends after an error, or when all tasks have been given.
///
/// # Blocking
/// Parks the green thread, or blocks the OS thread, until the next task has ended.
impl<W: Waitable> Iterator for AsCompleted<W> {
    type Item = Result<W, NotCompleted>;

    #[track_caller]
    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 || self.over {
            return None;
        }
        let next = self.wait_next();
        self.over = next.is_err();
        Some(next.map_err(|reason| NotCompleted { reason, left: self.left, of: self.added }))
    }
}

impl<W> AsCompleted<W> {
    /// Cancels those of the tasks that have not started.
    pub(crate) fn cancel_all(&self) {
        for (_, entry) in self.waiting.iter().flatten() {
            entry.handle.cancel();
        }
    }
}

impl<W> Drop for AsCompleted<W> {
    fn drop(&mut self) {
        for (_, registration) in self.waiting.drain(..).flatten() {
            registration.withdraw();
        }
    }
}

impl Registration {
    fn withdraw(self) {
        if let Some(entry) = self.entry {
            self.handle.job().core().forget_waker(entry);
        }
    }
}

impl Ended {
    fn note(&self, index: usize) {
        self.order.lock().push_back(index);
        let reader = self.reader.lock().clone();
        if let Some(reader) = reader {
            reader.wake();
        }
    }

    fn take(&self) -> Option<usize> {
        self.order.lock().pop_front()
    }

    fn set_reader(&self, reader: Option<Waker>) {
        *self.reader.lock() = reader;
    }
}

impl std::task::Wake for Ticket {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ended.note(self.index);
    }
}

impl<W> fmt::Debug for AsCompleted<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsCompleted").field("left", &self.left).finish_non_exhaustive()
    }
}

impl fmt::Display for NotCompleted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (of {}) tasks have not ended: {}", self.left, self.of, self.reason)
    }
}

impl std::error::Error for NotCompleted {}

impl From<NotCompleted> for io::Error {
    fn from(error: NotCompleted) -> Self {
        io::Error::new(io::Error::from(error.reason).kind(), error)
    }
}

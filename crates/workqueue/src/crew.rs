//! OS threads for a queue: started when there is work for them, ended when they have been idle.
//!
//! # Protocol
//!
//! The queue knows one *seat* (a carrier, in its words) for each thread that may be. A seat without a
//! thread announces its sleep to the queue all the same. So the queue's idle protocol sees an absent thread
//! as one that sleeps, and wakes it, which starts it. No second protocol decides whether a thread is
//! wanted: what `idle/README.md` proves holds for absent
//! threads too. It wakes the newest sleeper first, so idle threads are used before others are started,
//! and those idle for longest end.
//!
//! Whoever wakes a vacant seat *stands in* for its thread. It takes the carrier's side of the queue out
//! of the seat, and goes through the steps of a carrier that was woken. If there is something to do, it hands
//! that side to a thread that it starts.
//!
//! The steps below are named at their lines: *stand-in*, *hand-over*, *seat-note*, *seat-leave* and
//! *leave-to-others*.
//!
//! *Leaving a seat against being woken:* a thread that was idle long enough, or a stand-in that found
//! nothing, has announced its sleep and leaves under the lock of the seats. A waker takes the same lock.
//! If it finds the seat taken, it notes there that whoever sits there is to look again. A thread that
//! wants to leave and finds that note stays. If it comes later, the seat is vacant, and the waker stands in.
//! (Named step: `crew-look-again`. Model: `a_closure_is_run_whenever_its_thread_leaves`
//! in `greenio/src/offload/models.rs`, as the others below.)
//!
//! *When no thread can be started:* the stand-in announces sleep first. What is pushed after that wakes
//! somebody of its own accord. What was pushed before, it sees. If there are threads, or somebody is
//! just about to start one, it leaves that to them. It notes at each thread's seat that it is to look
//! again (whoever fails to start one comes to this point too). If there are none, it takes all that waits
//! and refuses it. So nothing waits for a thread that is not there. (Named step: `crew-refuse`. Models:
//! `without_a_thread_every_closure_is_refused`, `with_too_few_threads_no_closure_is_lost`.)
//!
//! *More seats than slots:* a thread that finds no slot sleeps. One whose queue has more workers than may be, since
//! a worker has stopped waiting, gives its slot back after its item.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::io;
use std::rc::Rc;
use std::task::{Wake, Waker};
use std::time::Duration;

use greenstd::bomb::Bomb;
use greenstd::sync::{Arc, Mutex, Weak};
use greenstd::thread::{self, Blocker, Wake as Woken};
use greenstd::{step, time};

use crate::{Item, Local, Queue, Retirement};

/// OS threads that run the items of a queue. A thread is started when there is an item for it, and ends when it
/// has been idle for some time.
///
/// An idle thread is used before another is started, the one that has been idle for the shortest time first. Each
/// thread has a *seat*, which is a carrier of the queue. There are never more threads than seats.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU32, Ordering};
/// use std::{io, thread};
/// use workqueue::{Crew, CrewSettings, CrewWork, Queue, Refused, Side};
///
/// type Job = Box<dyn FnOnce() + Send>;
///
/// struct Jobs;
///
/// impl CrewWork for Jobs {
///     type Item = Job;
///
///     fn run(&self, side: &Side<Job>, job: Job) {
///         side.with(|local| local.count_started());
///         job();
///         side.with(|local| local.count_ended());
///     }
///
///     fn refuse(&self, queue: &Queue<Job>, job: Job, error: &Arc<io::Error>) {
///         println!("no thread for a job: {error}");
///         drop(job);
///         queue.withdraw();
///     }
/// }
///
/// let (queue, seats) = Queue::<Job>::new(4, 4); // at most four threads
/// let crew = Crew::new(queue.clone(), seats, CrewSettings::new("jobs"), Jobs);
/// assert_eq!(crew.threads(), 0);
///
/// let sum = Arc::new(AtomicU32::new(0));
/// for n in 1..=10 {
///     let sum = sum.clone();
///     let job: Job = Box::new(move || _ = sum.fetch_add(n, Ordering::Relaxed));
///     queue.submit(job).map_err(|(refused, _)| refused)?; // starts a thread if none is idle
/// }
/// queue.close();
/// while crew.threads() > 0 || !queue.is_quiet() {
///     thread::yield_now();
/// }
/// assert_eq!(sum.load(Ordering::Relaxed), 55);
/// # Ok::<(), Refused>(())
/// ```
pub struct Crew<W: CrewWork> {
    queue: Queue<W::Item>,
    seats: Mutex<Seats<W::Item>>,
    settings: CrewSettings,
    work: W,
}

/// What a [`Crew`] does with its items, and how its threads start and end.
///
/// A panic of one of these methods ends the process.
///
/// ```
/// use std::io;
/// use std::sync::Arc;
/// use workqueue::{CrewWork, Queue, Side};
///
/// /// Prints numbers.
/// struct Print;
///
/// impl CrewWork for Print {
///     type Item = u32;
///
///     fn run(&self, side: &Side<u32>, number: u32) {
///         side.with(|local| local.count_started());
///         println!("{number}");
///         side.with(|local| local.count_ended());
///     }
///
///     fn refuse(&self, queue: &Queue<u32>, number: u32, error: &Arc<io::Error>) {
///         println!("no thread for {number}: {error}");
///         queue.withdraw();
///     }
/// }
/// # let (queue, _seats) = Queue::new(1, 1);
/// # Print.refuse(&queue, 7, &Arc::new(io::ErrorKind::WouldBlock.into()));
/// ```
pub trait CrewWork: Send + Sync + 'static {
    /// What waits in the queue.
    type Item: Item;

    /// On a new thread, before it takes an item.
    fn begin(&self, side: &Side<Self::Item>) {
        let _ = side;
    }

    /// Runs an item, or drops it if it has been claimed elsewhere. It counts the start and the end, by
    /// [`Local::count_started`] and [`Local::count_ended`].
    fn run(&self, side: &Side<Self::Item>, item: Self::Item);

    /// An item for which no thread could be started, and there is none that would take it later. It counts the
    /// end, by [`Queue::withdraw`]. The caller is whoever has submitted the item, or another submitter.
    fn refuse(&self, queue: &Queue<Self::Item>, item: Self::Item, error: &Arc<io::Error>);

    /// On a thread that has left its seat, at its end.
    fn end(&self) {}

    /// Starts the thread of a seat.
    ///
    /// # Errors
    /// If there is no thread to be had. `main` was dropped then.
    fn start(
        &self,
        seat: usize,
        builder: thread::Builder,
        main: Box<dyn FnOnce() + Send>,
    ) -> io::Result<()> {
        let _ = seat;
        builder.spawn(main).map(drop)
    }
}

/// How the threads of a [`Crew`] are called, how large their stacks are, and when they end.
///
/// ```
/// use std::time::Duration;
/// use workqueue::CrewSettings;
///
/// let mut settings = CrewSettings::new("jobs"); // jobs-0, jobs-1, ...
/// settings.keep_alive = Duration::from_secs(60);
/// settings.stack_size = Some(4 << 20);
/// assert_eq!(settings.name, "jobs");
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CrewSettings {
    /// What the names of the threads begin with. The number of the seat follows. It has no zero byte.
    pub name: String,
    /// How long a thread is idle before it ends. At first 10 seconds.
    pub keep_alive: Duration,
    /// In bytes; that of `std` if there is none.
    pub stack_size: Option<usize>,
}

/// A thread's side of the queue, for the [`Crew`] and for what runs on the thread. It stays on the thread, and
/// so may be kept in a thread-local until the thread [ends](CrewWork::end).
///
/// ```
/// use workqueue::Side;
///
/// /// For the `run` of a [`CrewWork`](workqueue::CrewWork).
/// fn count(side: &Side<u64>) -> usize {
///     side.with(|local| local.count_started());
///     side.with(|local| local.count_ended());
///     side.with(|local| local.index()) // the seat
/// }
/// ```
pub struct Side<T: Item>(Rc<RefCell<Option<Local<T>>>>);

struct Seats<T: Item> {
    seats: Vec<Seat<T>>,
    /// How many threads there are, with those that somebody is just about to start.
    threads: usize,
    /// To be told when there are none.
    watchers: Vec<Waker>,
}

enum Seat<T: Item> {
    Vacant(Local<T>),
    StandIn { look_again: bool },
    Thread { blocker: Arc<Blocker>, look_again: bool },
}

greenstd::thread_local! {
    /// The crew that the OS thread belongs to: its address, 0 for none.
    static CREW: Cell<usize> = const { Cell::new(0) };
}

impl CrewSettings {
    /// The defaults, for threads that are called `name` and a number.
    ///
    /// ```
    /// use std::time::Duration;
    /// use workqueue::CrewSettings;
    ///
    /// let settings = CrewSettings::new("jobs");
    /// assert_eq!(settings.keep_alive, Duration::from_secs(10));
    /// ```
    pub fn new(name: impl Into<String>) -> Self {
        CrewSettings { name: name.into(), keep_alive: Duration::from_secs(10), stack_size: None }
    }
}

impl<W: CrewWork> Crew<W> {
    /// A crew without a thread yet. The `seats` are all carriers of `queue`, in their order, and nothing has been
    /// submitted to it yet.
    ///
    /// ```
    /// use workqueue::{Crew, CrewSettings, Queue};
    /// # use std::{io, sync::Arc};
    /// # use workqueue::{CrewWork, Side};
    /// # struct Numbers;
    /// # impl CrewWork for Numbers {
    /// #     type Item = u32;
    /// #     fn run(&self, side: &Side<u32>, _: u32) {
    /// #         side.with(|local| local.count_started());
    /// #         side.with(|local| local.count_ended());
    /// #     }
    /// #     fn refuse(&self, queue: &Queue<u32>, _: u32, _: &Arc<io::Error>) {
    /// #         queue.withdraw();
    /// #     }
    /// # }
    ///
    /// let (queue, seats) = Queue::new(2, 2);
    /// let crew = Crew::new(queue, seats, CrewSettings::new("numbers"), Numbers);
    /// assert_eq!(crew.threads(), 0);
    /// ```
    pub fn new(
        queue: Queue<W::Item>,
        seats: Vec<Local<W::Item>>,
        settings: CrewSettings,
        work: W,
    ) -> Arc<Self> {
        let none = Seats { seats: Vec::new(), threads: 0, watchers: Vec::new() };
        let crew = Arc::new(Crew { queue, seats: Mutex::new(none), settings, work });
        // The last one that sleeps is woken first: that is to be the first seat.
        let vacant = seats.into_iter().rev().map(|mut local| {
            // The queue holds the wakers: were they to hold the crew, none would ever be dropped.
            let waker = SeatWaker { crew: Arc::downgrade(&crew), seat: local.index() };
            local.set_waker(Arc::new(waker).into());
            let _nothing_waits_yet = local.announce_sleep();
            Seat::Vacant(local)
        });
        let mut vacant: Vec<_> = vacant.collect();
        vacant.reverse();
        crew.seats.lock().seats = vacant;
        crew
    }

    /// The queue whose items it runs.
    ///
    /// ```
    /// use workqueue::{Crew, CrewSettings, Queue};
    /// # use std::{io, sync::Arc};
    /// # use workqueue::{CrewWork, Side};
    /// # struct Numbers;
    /// # impl CrewWork for Numbers {
    /// #     type Item = u32;
    /// #     fn run(&self, side: &Side<u32>, _: u32) {
    /// #         side.with(|local| local.count_started());
    /// #         side.with(|local| local.count_ended());
    /// #     }
    /// #     fn refuse(&self, queue: &Queue<u32>, _: u32, _: &Arc<io::Error>) {
    /// #         queue.withdraw();
    /// #     }
    /// # }
    ///
    /// let (queue, seats) = Queue::new(2, 2);
    /// let crew = Crew::new(queue, seats, CrewSettings::new("numbers"), Numbers);
    /// crew.queue().admit()?.push(7); // a thread is started for it
    /// # crew.queue().close();
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    pub fn queue(&self) -> &Queue<W::Item> {
        &self.queue
    }

    /// What it was made with.
    ///
    /// ```
    /// use workqueue::{Crew, CrewSettings, Queue};
    /// # use std::{io, sync::Arc};
    /// # use workqueue::{CrewWork, Side};
    /// # struct Numbers;
    /// # impl CrewWork for Numbers {
    /// #     type Item = u32;
    /// #     fn run(&self, side: &Side<u32>, _: u32) {
    /// #         side.with(|local| local.count_started());
    /// #         side.with(|local| local.count_ended());
    /// #     }
    /// #     fn refuse(&self, queue: &Queue<u32>, _: u32, _: &Arc<io::Error>) {
    /// #         queue.withdraw();
    /// #     }
    /// # }
    ///
    /// let (queue, seats) = Queue::new(2, 2);
    /// let crew = Crew::new(queue, seats, CrewSettings::new("numbers"), Numbers);
    /// let Numbers = crew.work();
    /// ```
    pub fn work(&self) -> &W {
        &self.work
    }

    /// How many threads there are.
    ///
    /// ```
    /// use workqueue::{Crew, CrewSettings, Queue};
    /// # use std::{io, sync::Arc};
    /// # use workqueue::{CrewWork, Side};
    /// # struct Numbers;
    /// # impl CrewWork for Numbers {
    /// #     type Item = u32;
    /// #     fn run(&self, side: &Side<u32>, _: u32) {
    /// #         side.with(|local| local.count_started());
    /// #         side.with(|local| local.count_ended());
    /// #     }
    /// #     fn refuse(&self, queue: &Queue<u32>, _: u32, _: &Arc<io::Error>) {
    /// #         queue.withdraw();
    /// #     }
    /// # }
    ///
    /// let (queue, seats) = Queue::new(2, 2);
    /// let crew = Crew::new(queue, seats, CrewSettings::new("numbers"), Numbers);
    /// assert_eq!(crew.threads(), 0);
    /// crew.queue().admit()?.push(7);
    /// assert_eq!(crew.threads(), 1); // for ten seconds, if nothing else comes
    /// # crew.queue().close();
    /// # Ok::<(), workqueue::Refused>(())
    /// ```
    pub fn threads(&self) -> usize {
        self.seats.lock().threads
    }

    /// Whether there are no threads. If there are, `waker` is woken when the last has left.
    ///
    /// ```
    /// use workqueue::{Crew, CrewSettings, Queue};
    /// # use std::{io, sync::Arc};
    /// # use workqueue::{CrewWork, Side};
    /// # struct Numbers;
    /// # impl CrewWork for Numbers {
    /// #     type Item = u32;
    /// #     fn run(&self, side: &Side<u32>, _: u32) {
    /// #         side.with(|local| local.count_started());
    /// #         side.with(|local| local.count_ended());
    /// #     }
    /// #     fn refuse(&self, queue: &Queue<u32>, _: u32, _: &Arc<io::Error>) {
    /// #         queue.withdraw();
    /// #     }
    /// # }
    ///
    /// let (queue, seats) = Queue::new(2, 2);
    /// let crew = Crew::new(queue, seats, CrewSettings::new("numbers"), Numbers);
    /// let waker = std::task::Waker::noop();
    /// assert!(crew.is_deserted_or_wake(waker));
    /// ```
    pub fn is_deserted_or_wake(&self, waker: &Waker) -> bool {
        let mut seats = self.seats.lock();
        if seats.threads > 0 {
            seats.watchers.push(waker.clone());
        }
        seats.threads == 0
    }

    /// Whether the caller is one of the crew's threads.
    ///
    /// ```
    /// use workqueue::{Crew, CrewSettings, Queue};
    /// # use std::{io, sync::Arc};
    /// # use workqueue::{CrewWork, Side};
    /// # struct Numbers;
    /// # impl CrewWork for Numbers {
    /// #     type Item = u32;
    /// #     fn run(&self, side: &Side<u32>, _: u32) {
    /// #         side.with(|local| local.count_started());
    /// #         side.with(|local| local.count_ended());
    /// #     }
    /// #     fn refuse(&self, queue: &Queue<u32>, _: u32, _: &Arc<io::Error>) {
    /// #         queue.withdraw();
    /// #     }
    /// # }
    ///
    /// let (queue, seats) = Queue::new(2, 2);
    /// let crew = Crew::new(queue, seats, CrewSettings::new("numbers"), Numbers);
    /// assert!(!crew.is_own_thread());
    /// ```
    pub fn is_own_thread(&self) -> bool {
        CREW.with(Cell::get) == self.address()
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    /// Wakes whoever sits there, or stands in for nobody.
    fn wake(self: &Arc<Self>, seat: usize) {
        // All three cases are told apart under the lock that *seat-leave* takes too.
        let mut seats = self.seats.lock();
        let place = &mut seats.seats[seat];
        match place {
            // *seat-note*: whoever sits there may have looked already, and be about to leave.
            Seat::StandIn { look_again } => *look_again = true,
            Seat::Thread { blocker, look_again } => {
                *look_again = true;
                let blocker = blocker.clone();
                // Not under the lock: the thread that wakes takes it when it leaves.
                drop(seats);
                blocker.unpark();
            }
            Seat::Vacant(_) => {
                // *stand-in*: we are the carrier of this seat, until we hand it over or leave it.
                let stand_in = Seat::StandIn { look_again: false };
                let Seat::Vacant(local) = std::mem::replace(place, stand_in) else {
                    unreachable!("it was vacant, under the lock")
                };
                drop(seats);
                self.stand_in(local);
            }
        }
    }

    fn stand_in(self: &Arc<Self>, mut local: Local<W::Item>) {
        loop {
            // The queue has counted this seat as searching when it woke it. So look before leaving.
            local.end_sleep();
            let mut failure = None;
            if !self.queue.is_empty() {
                match self.start_thread(local) {
                    Ok(()) => return,
                    Err((back, error)) => {
                        local = back;
                        failure = Some(error);
                    }
                }
            }
            // Sleep is announced first: what is pushed from here on wakes a seat of its own accord.
            let is_work_left = !local.announce_sleep();
            match (is_work_left, failure) {
                // An item came after the look above. It needs a thread, so begin anew.
                (true, None) => continue,
                (true, Some(error)) => self.leave_to_others_or_refuse(error),
                (false, _) => {}
            }
            match self.leave(local) {
                None => return,
                Some(stays) => local = stays,
            }
        }
    }

    /// Hands the seat of the caller, which stands in, to a thread.
    fn start_thread(
        self: &Arc<Self>,
        local: Local<W::Item>,
    ) -> Result<(), (Local<W::Item>, io::Error)> {
        let seat = local.index();
        let blocker = Arc::new(Blocker::unbound());
        {
            let mut seats = self.seats.lock();
            // *hand-over*: the seat is a thread's before that runs, so wakes from now on note there.
            seats.threads += 1;
            seats.seats[seat] = Seat::Thread { blocker: blocker.clone(), look_again: false };
        }
        // If the thread cannot be started, its closure is dropped, but the seat must not be lost.
        let handed = Arc::new(Mutex::new(Some(local)));
        let (crew, take) = (self.clone(), handed.clone());
        let main = move || {
            if let Some(local) = take.lock().take() {
                crew.serve(local, &blocker);
            }
        };
        let mut builder = thread::Builder::new().name(format!("{}-{seat}", self.settings.name));
        if let Some(bytes) = self.settings.stack_size {
            builder = builder.stack_size(bytes);
        }
        self.work.start(seat, builder, Box::new(main)).map_err(|error| {
            let mut seats = self.seats.lock();
            // The hand-over is undone. A note that came meanwhile is not lost: its item is in the
            // queue, and the caller looks there once more.
            seats.threads -= 1;
            seats.seats[seat] = Seat::StandIn { look_again: false };
            let back = handed.lock().take();
            (back.expect("a thread that was not started took nothing"), error)
        })
    }

    /// The life of a thread.
    fn serve(self: &Arc<Self>, local: Local<W::Item>, blocker: &Blocker) {
        let bomb = Bomb::arm("a thread of a crew");
        blocker.bind();
        CREW.with(|crew| crew.set(self.address()));
        let side = Side::new(local);
        self.work.begin(&side);
        loop {
            self.run_items(&side);
            // Announced first, then left: *seat-leave* may follow at once.
            let may_sleep = side.with(Local::announce_sleep);
            if self.queue.is_exhausted() || (may_sleep && self.idles(blocker)) {
                match self.leave(side.take_out()) {
                    None => break,
                    Some(stays) => side.put_back(stays),
                }
            }
            side.with(Local::end_sleep);
        }
        self.work.end();
        bomb.disarm();
    }

    /// Sleeps; whether for so long that the thread may end.
    fn idles(&self, blocker: &Blocker) -> bool {
        let deadline = time::after(self.settings.keep_alive);
        blocker.park_deadline(deadline) == Woken::TimedOut
    }

    /// Runs what there is to run, if there is a slot for it.
    fn run_items(&self, side: &Side<W::Item>) {
        if !side.with(|local| local.start_worker()) {
            return;
        }
        loop {
            while let Some(item) = side.with(Local::take) {
                side.with(Local::search_over);
                self.work.run(side, item);
                if side.with(|local| local.is_over_capacity()) {
                    return side.with(|local| local.step_down());
                }
            }
            if side.with(|local| local.retire_worker()) == Retirement::Retired {
                return;
            }
        }
    }

    /// Leaves the seat, sleep having been announced; gives it back to the caller if somebody has woken it
    /// meanwhile.
    fn leave(&self, local: Local<W::Item>) -> Option<Local<W::Item>> {
        let mut seats = self.seats.lock();
        let place = &mut seats.seats[local.index()];
        let (is_thread, look_again) = match place {
            Seat::StandIn { look_again } => (false, look_again),
            Seat::Thread { look_again, .. } => (true, look_again),
            Seat::Vacant(_) => unreachable!("whoever leaves a seat has sat there"),
        };
        // (Nothing comes any more when all has ended; threads that retire tell each other so, for ever.)
        let look_again = step::CREW_LOOK_AGAIN.holds(|| std::mem::take(look_again));
        if look_again && !self.queue.is_exhausted() {
            return Some(local);
        }
        // *seat-leave*: from here on, a waker stands in.
        *place = Seat::Vacant(local);
        if is_thread {
            seats.threads -= 1;
        }
        let watchers = match seats.threads {
            0 => std::mem::take(&mut seats.watchers),
            _ => Vec::new(),
        };
        // Foreign code, so not under the lock.
        drop(seats);
        watchers.into_iter().for_each(Waker::wake);
        None
    }

    /// A thread could not be started for what waits: the others will see to it, if there are any.
    fn leave_to_others_or_refuse(&self, error: io::Error) {
        let mut seats = self.seats.lock();
        // crew-refuse
        if step::CREW_REFUSE.holds(|| seats.threads == 0) {
            drop(seats);
            return self.refuse_all(error);
        }
        let others = seats.seats.iter_mut().filter_map(|seat| match seat {
            Seat::Thread { blocker, look_again } => {
                // *leave-to-others*: as *seat-note*. What waits was pushed before, so each of them sees it.
                *look_again = true;
                Some(blocker.clone())
            }
            Seat::Vacant(_) | Seat::StandIn { .. } => None,
        });
        let others: Vec<_> = others.collect();
        drop(seats);
        others.iter().for_each(|blocker| blocker.unpark());
    }

    fn refuse_all(&self, error: io::Error) {
        let error = Arc::new(error);
        for item in self.queue.drain() {
            self.work.refuse(&self.queue, item, &error);
        }
    }
}

impl<T: Item> Side<T> {
    fn new(local: Local<T>) -> Self {
        Side(Rc::new(RefCell::new(Some(local))))
    }

    /// Lends the queue's [`Local`] to `act`, which must run no item and not come back here.
    ///
    /// ```
    /// use workqueue::Side;
    ///
    /// fn seat(side: &Side<u64>) -> usize {
    ///     side.with(|local| local.index())
    /// }
    /// ```
    ///
    /// # Panics
    /// In [`CrewWork::end`] and after, or if it is called within `act`.
    pub fn with<R>(&self, act: impl FnOnce(&mut Local<T>) -> R) -> R {
        act(self.0.borrow_mut().as_mut().expect("the thread sits in its seat"))
    }

    /// The thread leaves its seat.
    fn take_out(&self) -> Local<T> {
        self.0.borrow_mut().take().expect("the thread sits in its seat")
    }

    /// It has to stay.
    fn put_back(&self, local: Local<T>) {
        *self.0.borrow_mut() = Some(local);
    }
}

impl<T: Item> Clone for Side<T> {
    fn clone(&self) -> Self {
        Side(self.0.clone())
    }
}

struct SeatWaker<W: CrewWork> {
    crew: Weak<Crew<W>>,
    seat: usize,
}

impl<W: CrewWork> Wake for SeatWaker<W> {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Without a crew, there is nobody left who could have submitted anything.
        if let Some(crew) = self.crew.upgrade() {
            crew.wake(self.seat);
        }
    }
}

impl<W: CrewWork> fmt::Debug for Crew<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Crew").field("name", &self.settings.name).finish_non_exhaustive()
    }
}

impl<T: Item> fmt::Debug for Side<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Side").finish()
    }
}

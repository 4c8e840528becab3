//! The threads of a pool: started when there is work for them, ended when they have been idle.
//!
//! # Protocol
//!
//! The queue knows one *seat* (a carrier, in its words) for each thread that may be. A seat without a
//! thread announces its sleep to the queue all the same. So the queue's idle protocol sees an absent thread
//! as one that sleeps, and wakes it, which starts it. No second protocol decides whether a thread is
//! wanted: what `workqueue/src/idle/README.md` proves holds for absent
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
//! (Named step: `offload-look-again`. Model: `a_closure_is_run_whenever_its_thread_leaves`.)
//!
//! *When no thread can be started:* the stand-in announces sleep first. What is pushed after that wakes
//! somebody of its own accord. What was pushed before, it sees. If there are threads, or somebody is
//! just about to start one, it leaves that to them. It notes at each thread's seat that it is to look
//! again (whoever fails to start one comes to this point too). If there are none, it takes all that waits
//! and refuses it. So nothing waits for a thread that is not there. (Named step: `offload-refuse`. Models:
//! `without_a_thread_every_closure_is_refused`, `with_too_few_threads_no_closure_is_lost`.)

use std::cell::Cell;
use std::io;
use std::task::{Wake, Waker};
use std::time::Duration;

use greenstd::bomb::Bomb;
use greenstd::panics;
use greenstd::sync::{Arc, Mutex, Weak};
use greenstd::thread::{self, Blocker, Wake as Woken};
use greenstd::{step, time};
use workqueue::{Local, Queue, Retirement};

use super::error::Why;
use super::job::Ticket;

pub(super) struct Crew {
    pub(super) queue: Queue<Ticket>,
    seats: Mutex<Seats>,
    pub(super) settings: Settings,
}

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) name: String,
    pub(super) keep_alive: Duration,
    pub(super) stack_size: Option<usize>,
    /// How a thread is started.
    pub(super) start: Start,
}

/// Starts an OS thread with a given main function. Models have one that fails.
pub(super) type Start =
    Arc<dyn Fn(thread::Builder, Box<dyn FnOnce() + Send>) -> io::Result<()> + Send + Sync>;

struct Seats {
    seats: Vec<Seat>,
    /// How many threads there are, with those that somebody is just about to start.
    threads: usize,
    /// To be told when there are none.
    watchers: Vec<Waker>,
}

enum Seat {
    Vacant(Local<Ticket>),
    StandIn { look_again: bool },
    Thread { blocker: Arc<Blocker>, look_again: bool },
}

greenstd::thread_local! {
    /// The crew that the OS thread belongs to: its address, 0 for none.
    static CREW: Cell<usize> = const { Cell::new(0) };
}

impl Crew {
    pub(super) fn new(threads: usize, max_backlog: usize, settings: Settings) -> Arc<Self> {
        let (queue, locals) = Queue::new(threads, threads);
        queue.set_limit(Some((threads as u64).saturating_add(max_backlog as u64)));
        let seats = Seats { seats: Vec::new(), threads: 0, watchers: Vec::new() };
        let crew = Arc::new(Crew { queue, seats: Mutex::new(seats), settings });
        let vacant = locals.into_iter().map(|mut local| {
            // The queue holds the wakers: were they to hold the crew, none would ever be dropped.
            let waker = SeatWaker { crew: Arc::downgrade(&crew), seat: local.index() };
            local.set_waker(Arc::new(waker).into());
            let _nothing_waits_yet = local.announce_sleep();
            Seat::Vacant(local)
        });
        let vacant = vacant.collect();
        crew.seats.lock().seats = vacant;
        crew
    }

    /// How many threads there are.
    pub(super) fn threads(&self) -> usize {
        self.seats.lock().threads
    }

    /// Whether there are no threads. If there are, `waker` is woken when the last has ended.
    pub(super) fn is_deserted_or_wake(&self, waker: &Waker) -> bool {
        let mut seats = self.seats.lock();
        if seats.threads > 0 {
            seats.watchers.push(waker.clone());
        }
        seats.threads == 0
    }

    /// Whether the caller is one of the crew's threads.
    pub(super) fn is_own_thread(&self) -> bool {
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

    fn stand_in(self: &Arc<Self>, mut local: Local<Ticket>) {
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
        local: Local<Ticket>,
    ) -> Result<(), (Local<Ticket>, io::Error)> {
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
        (self.settings.start)(builder, Box::new(main)).map_err(|error| {
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
    fn serve(self: &Arc<Self>, mut local: Local<Ticket>, blocker: &Blocker) {
        let bomb = Bomb::arm("a thread of an offload pool");
        blocker.bind();
        CREW.with(|crew| crew.set(self.address()));
        loop {
            self.run_jobs(&mut local);
            // Announced first, then left: *seat-leave* may follow at once.
            let may_sleep = local.announce_sleep();
            if self.queue.is_exhausted() || (may_sleep && self.idles(blocker)) {
                match self.leave(local) {
                    None => break,
                    Some(stays) => local = stays,
                }
            }
            local.end_sleep();
        }
        bomb.disarm();
    }

    /// Sleeps; whether for so long that the thread may end.
    fn idles(&self, blocker: &Blocker) -> bool {
        let deadline = time::after(self.settings.keep_alive);
        blocker.park_deadline(deadline) == Woken::TimedOut
    }

    /// Runs what there is to run.
    fn run_jobs(&self, local: &mut Local<Ticket>) {
        // There are as many slots as threads.
        if local.start_worker() {
            loop {
                while let Some(ticket) = local.take() {
                    local.search_over();
                    run_job(local, &ticket);
                    // Should the caller be gone, what it left is dropped here.
                    panics::dispose(ticket);
                }
                if local.retire_worker() == Retirement::Retired {
                    break;
                }
            }
        }
    }

    /// Leaves the seat, sleep having been announced; gives it back to the caller if somebody has woken it
    /// meanwhile.
    fn leave(&self, local: Local<Ticket>) -> Option<Local<Ticket>> {
        let mut seats = self.seats.lock();
        let place = &mut seats.seats[local.index()];
        let (is_thread, look_again) = match place {
            Seat::StandIn { look_again } => (false, look_again),
            Seat::Thread { look_again, .. } => (true, look_again),
            Seat::Vacant(_) => unreachable!("whoever leaves a seat has sat there"),
        };
        // (Nothing comes any more when all has ended; threads that retire tell each other so, for ever.)
        let look_again = step::OFFLOAD_LOOK_AGAIN.holds(|| std::mem::take(look_again));
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
        // offload-refuse
        if step::OFFLOAD_REFUSE.holds(|| seats.threads == 0) {
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
        for ticket in self.queue.drain() {
            if ticket.0.claim() {
                // offload-result
                ticket.0.refuse(Why::NoThread(error.clone()));
                // offload-count
                self.queue.withdraw();
                // offload-publish
                ticket.0.publish();
            }
            panics::dispose(ticket);
        }
    }
}

fn run_job(local: &mut Local<Ticket>, Ticket(job): &Ticket) {
    if job.claim() {
        local.count_started();
        // offload-result
        job.run();
        // offload-count
        local.count_ended();
        // A caller that goes on and has another closure need not start a thread for it: here is one.
        local.start_search();
        // offload-publish
        job.publish();
    }
}

struct SeatWaker {
    crew: Weak<Crew>,
    seat: usize,
}

impl Wake for SeatWaker {
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

//! A backlog for workers: exact admission, worker slots, stealing, and an idle protocol that loses no wake-up.
//!
//! *Carriers* are the threads that take items and run them. Each has a queue of its own, and steals from the others. A
//! *worker* is whatever runs one item at a time on a carrier. It is the carrier itself if that is a plain OS thread, or
//! one of many green threads on it. The queue knows nothing of either. A standard [`Waker`](std::task::Waker) tells it
//! how to wake a carrier.
//!
//! ```
//! use workqueue::{Queue, Refused, Retirement};
//!
//! type Job = Box<dyn FnOnce() + Send>;
//!
//! // One carrier with one worker; at most two jobs outstanding.
//! let (queue, mut locals) = Queue::<Job>::new(1, 1);
//! queue.set_limit(Some(2));
//! for number in 1..=2 {
//!     queue.submit(Box::new(move || println!("job {number}"))).map_err(|(refused, _)| refused)?;
//! }
//! let too_many: Job = Box::new(|| println!("job 3"));
//! assert!(matches!(queue.submit(too_many), Err((Refused::Full, _job)))); // and it comes back
//!
//! let carrier = &mut locals[0];
//! assert!(carrier.start_worker());
//! while let Some(job) = carrier.take() {
//!     carrier.count_started();
//!     job();
//!     carrier.count_ended();
//! }
//! assert_eq!(carrier.retire_worker(), Retirement::Retired);
//! assert!(queue.is_quiet());
//! # Ok::<(), Refused>(())
//! ```
//!
//! # What to take for what
//!
//! | I want to | take |
//! | --- | --- |
//! | add an item, or get it back if there is no room | [`Queue::submit`] |
//! | make sure of the room before I make the item | [`Queue::admit`], [`Admitted`] |
//! | add an item on the carrier that runs now | [`Admitted::push_on`] |
//! | limit what waits and runs | [`Queue::set_limit`] |
//! | know why an item was refused | [`Refused`] |
//! | wait for room | [`Queue::wait_for_room`] |
//! | wait until all has ended | [`Queue::is_quiet_or_wake`] |
//! | take the next item and run it | [`Local::take`], [`Local::count_started`], [`Local::count_ended`] |
//! | limit how many items run at a time | [`Queue::set_max_workers`], [`Local::start_worker`], [`Local::retire_worker`] |
//! | run items in the order of their submission | [`Queue::new`] or [`Queue::set_max_workers`] with one worker |
//! | have OS threads started for what waits, and ended when they are idle | [`Crew`] |
//! | let a carrier sleep | [`Local::set_waker`], [`Local::announce_sleep`], [`Local::end_sleep`] |
//! | let a carrier spin before it sleeps | [`Local::start_search`], [`Local::search_over`] |
//! | cancel an item where it waits | [`Item::is_waiting`], [`Queue::withdraw`] |
//! | run an item at once where it waits | [`Item::key`], [`Local::remove_claimed`] |
//! | let a worker wait for an item of its own queue | [`Queue::begin_wait_for_item`] |
//! | let a worker wait for room in its own queue | [`Queue::begin_worker_wait_for_room`], [`Prospect`] |
//! | end | [`Queue::close`], [`Queue::drain`], [`Queue::is_exhausted`] |
//! | see what waits and runs | [`Queue::gauge`], [`Queue::queued`], [`Queue::live_workers`] |
//! | queue a type of my own, or of another crate | [`Item`], [`Plain`] |
//!
//! # Carriers that sleep
//!
//! This is the loop of a carrier that sleeps while there is nothing to do:
//!
//! ```
//! use std::sync::Arc;
//! use std::task::Wake;
//! use std::thread::{self, Thread};
//! use workqueue::{Queue, Refused, Retirement};
//!
//! type Job = Box<dyn FnOnce() + Send>;
//!
//! /// How a carrier is woken. A thread that is not asleep yet remembers it.
//! struct Unpark(Thread);
//!
//! impl Wake for Unpark {
//!     fn wake(self: Arc<Self>) {
//!         self.0.unpark();
//!     }
//! }
//!
//! // Two OS threads as carriers, each with one worker; at most 100 jobs outstanding.
//! let (queue, locals) = Queue::<Job>::new(2, 2);
//! queue.set_limit(Some(100));
//! let carriers: Vec<_> = locals
//!     .into_iter()
//!     .map(|mut local| {
//!         thread::spawn(move || {
//!             local.set_waker(Arc::new(Unpark(thread::current())).into());
//!             while !local.queue().is_exhausted() {
//!                 if local.start_worker() {
//!                     loop {
//!                         while let Some(job) = local.take() {
//!                             local.count_started();
//!                             job();
//!                             local.count_ended();
//!                         }
//!                         if local.retire_worker() == Retirement::Retired {
//!                             break;
//!                         }
//!                     }
//!                 }
//!                 local.search_over();
//!                 if local.announce_sleep() && !local.queue().is_exhausted() {
//!                     thread::park();
//!                 }
//!                 local.end_sleep();
//!             }
//!         })
//!     })
//!     .collect();
//!
//! queue.submit(Box::new(|| println!("on a carrier"))).map_err(|(refused, _)| refused)?;
//! queue.close();
//! let late: Job = Box::new(|| unreachable!());
//! assert!(matches!(queue.submit(late), Err((Refused::Closed, _job))));
//! for carrier in carriers {
//!     assert!(carrier.join().is_ok(), "no job panics");
//! }
//! # Ok::<(), Refused>(())
//! ```
//!
//! # Items
//!
//! What waits is an [`Item`]. Boxed closures and plain values of `std` are items (`Queue<u64>`). A type of your own
//! becomes one by an empty `impl`, and a type of another crate by the wrapper [`Plain`].
//!
//! # Blocking
//!
//! Nothing here parks a green thread, and nothing blocks except on locks. They are held for a few instructions; in a
//! sweep or in [`Queue::drain`], as long as it takes to move the items. A caller that has to wait is told so. It leaves
//! a waker, and waits in its own way.
//!
//! # When not to use this
//!
//! - For a pool of OS threads that computes: take rayon.
//! - For a channel between threads: take a channel.
//! - For running jobs: take an executor. This crate is for those that build one, and need what a channel does not have.
//!   That is a limit that is exact under concurrency, and slots that are not threads. It is also items that can be
//!   claimed or cancelled where they wait, and a count of what has not ended.
//!
//! # How it fits together
//!
//! | module | question |
//! | --- | --- |
//! | `admission` | is there room, and is it still open? |
//! | `backlog` | where does an item wait, and which carrier takes it? |
//! | `slots` | may another worker start? |
//! | `idle` | which carriers look, which sleep, which one is woken? |
//! | `tally` | what has started, what has ended? |
//! | `waiters` | which threads wait for room, or for the end? |
//! | `crew` | which OS threads are there, and when do they start and end? |
//!
//! No user code runs under a lock of this crate, except the short methods of [`Item`].
#![forbid(unsafe_code)]

mod admission;
mod admitted;
mod backlog;
mod batch;
mod beside;
mod counting;
mod crew;
mod idle;
mod item;
mod local;
#[cfg(all(test, green_loom))]
mod models;
mod queue;
mod slots;
mod tally;
mod waiters;

pub use admission::Refused;
pub use admitted::Admitted;
pub use batch::Batch;
pub use beside::Beside;
pub use counting::Counting;
pub use crew::{Crew, CrewSettings, CrewWork, Side};
pub use item::{Item, Plain};
pub use local::{Local, Retirement};
pub use queue::{Gauge, Prospect, Queue};

/// The examples of the page outside of the sources are run with those of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

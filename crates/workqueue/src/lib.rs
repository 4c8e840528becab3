//! A backlog for workers: exact admission, worker slots, stealing, and an idle protocol that loses no
//! wake-up.
//!
//! *Carriers* are the threads that take items and run them; each has a queue of its own and steals
//! from the others. A *worker* is whatever runs one item at a time on a carrier: the carrier itself,
//! if it is a plain OS thread, or one of many green threads on it. The queue knows nothing of either:
//! it is told how to wake a carrier by a standard [`Waker`](std::task::Waker).
//!
//! ```
//! use std::sync::Arc;
//! use std::task::Wake;
//! use std::thread::{self, Thread};
//! use workqueue::{Queue, Refused, Retirement};
//!
//! type Job = Box<dyn FnOnce() + Send>;
//!
//! /// How a carrier is woken; one that is not asleep yet remembers it.
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
//!                 local.stir();
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
//!     carrier.join().expect("no job panics");
//! }
//! # Ok::<(), Refused>(())
//! ```
//!
//! What waits is an [`Item`]: boxed closures and plain values of `std` are (`Queue<u64>`), a type of one's own
//! becomes one by an empty `impl`, and anybody else's type by the wrapper [`Plain`].
//!
//! # Blocking
//!
//! Nothing here parks or blocks, but for locks that are held for a few instructions (for a sweep or
//! [`Queue::drain`], as long as it takes to move the items). Who has to wait is told so, leaves a waker
//! and waits in its own way.
//!
//! # When not to use this
//!
//! For a pool of OS threads that computes, take rayon. For a channel between threads, take a channel.
//! This crate is for those who build an executor and need what a channel does not have: a limit that
//! is exact under concurrency, slots that are not threads, items that can be claimed or cancelled
//! where they wait, and a count of what has not ended.
//!
//! # How it fits together
//!
//! | module | question |
//! | --- | --- |
//! | `admission` | is there room, and is it still open? |
//! | `backlog` | where does an item wait, and who takes it? |
//! | `slots` | may another worker start? |
//! | `idle` | who looks, who sleeps, whom to wake? |
//! | `tally` | what has started, what has ended? |
//! | `waiters` | who waits for room, or for the end? |
//!
//! No user code runs under a lock of this crate, except the two loads of [`Item`].
#![forbid(unsafe_code)]

mod admission;
mod admitted;
mod backlog;
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
pub use item::{Item, Plain};
pub use local::{Local, Retirement};
pub use queue::{Gauge, Prospect, Queue};

/// The examples of the page outside of the sources are run with those of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

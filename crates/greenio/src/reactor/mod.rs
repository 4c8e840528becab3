//! Where an OS thread sleeps until a file descriptor is ready.
//!
//! Each OS thread that waits for a descriptor has one reactor: an epoll instance, in which every event is
//! edge-triggered, and an eventfd, by which others end its sleep. A carrier gets it as its
//! [`greenctx::Reactor`] when the first green thread on it must wait, so timers, wake-ups from other
//! threads and events share one sleep. A plain OS thread has one too, and drives it itself while it waits.
//!
//! # What may touch what
//!
//! | part | touched by |
//! | --- | --- |
//! | the entries ([`entries`]): readiness and waiting threads of each registered source | the reactor's own OS thread |
//! | the mailbox ([`shared`]) | anybody, under its lock |
//! | the epoll instance: waiting | the own OS thread |
//! | the epoll instance: adding a descriptor | the own OS thread |
//! | the epoll instance: deleting a descriptor | whoever drops the source |
//! | what a source knows of its registrations ([`Registrations`](crate::source)) | anybody, under its lock |
//!
//! # Protocol: readiness
//!
//! An entry has a flag *ready* for each direction.
//!
//! | step | by | what it does |
//! | --- | --- | --- |
//! | *ready-try* | a thread that uses the source | performs its operation |
//! | *ready-clear* | the same, if the operation says *would block* | clears the flag |
//! | *ready-wait* | the same, while the flag is clear | puts itself on the direction's list and parks |
//! | *ready-harvest* | the reactor's own OS thread | takes the events from the kernel; each sets the flags and empties the lists |
//! | *ready-unpark* | the same | unparks all who were on the lists |
//!
//! A carrier's scheduler harvests between two switches; a plain thread harvests while it waits.
//!
//! *No edge is lost by the clearing.* *ready-try* and *ready-clear* happen on the OS thread that also harvests. So
//! unless the operation itself harvests, no harvest lies between them. Whatever makes the descriptor ready after
//! *ready-try* queues an edge in the kernel. That edge is harvested after *ready-clear*, and sets the flag again.
//! An operation that was handed in from outside may well switch or wait for another descriptor. So harvests are
//! counted. If the count has changed between the beginning of *ready-try* and *ready-clear*, the flag is left as
//! it is and the operation is tried again. *ready-try* begins with a look at the entry. After a wait that is the look
//! which has ended the wait: nothing switches in between.
//!
//! *No edge is lost by registering late.* A descriptor is registered after its first *would block* on this
//! OS thread, with the flag clear. The kernel looks at the descriptor while it registers it, and queues an
//! edge if it is ready already.
//!
//! *No wake-up is lost between flag and park.* *ready-wait* looks at the flag and joins the list with no
//! harvest in between. *ready-harvest* takes everybody off the list, and *ready-unpark* follows before any other thread
//! runs. The unpark is remembered by the thread's permit if it has not parked yet. Permits come for other reasons too, so the flag is looked at again after each
//! park.
//!
//! *Short counts.* A TCP stream that is read or written in part has been drained, or filled, at that
//! moment: this counts as *would block* without asking the kernel again. The kernel tells the
//! exceptions as events that stay: the end of the stream, errors, and urgent data, at which reads stop. They
//! are remembered for good, and for such an entry short counts say nothing. Sources of other kinds take no such
//! conclusion: reads of Unix sockets and of pipes may stop early.
//!
//! *Two passes.* With thousands of sources an entry is out of the cache when its event comes. All entries are
//! taken in before anybody is unparked, so that no load has to wait for another one's miss. An entry is one cache
//! line, and has the wake-ups of its waiters in it: a [`greenctx::Wakeup`] of a sibling is its seat and its id. So
//! nobody's handle is touched before its thread runs.
//!
//! One source may be registered with several reactors. Each has flags of its own and gets every edge.
//!
//! # Protocol: closing
//!
//! | step | by | what it does |
//! | --- | --- | --- |
//! | *source-close* | the closer | locks the source's registrations, sets *closed*, and unlocks |
//! | *source-mark* | the same | marks the entry of each registration: directly if the reactor is its own, else by mail; that wakes every thread that waits there |
//! | *source-register* | a waiter | locks the registrations, gives up if *closed*, else adds its registration, and unlocks |
//! | *source-wait* | the same | looks at the mark of the entry, joins the list, parks |
//!
//! *Every waiter learns of it.* The lock orders *source-close* against *source-register*: either the waiter sees
//! *closed*, or the closer finds the registration. The mark is set on the entry's own OS thread. If that is before
//! *source-wait*, this step sees it. If it is after, the waiter is on the list.
//!
//! # Protocol: mail
//!
//! | step | by | what it does |
//! | --- | --- | --- |
//! | *mail-push* | a sender | locks the mailbox, pushes, sets *pending*, and unlocks |
//! | *mail-notify* | the same, if *pending* was clear before | writes to the eventfd |
//! | *mail-take* | the reactor, after each harvest, if *pending* is set | locks the mailbox, clears *pending* and takes all mail |
//!
//! *No mail is left to a sleeping reactor.* A letter that found *pending* clear is followed by an edge of
//! the eventfd. It ends the sleep that is under way, or the next one, and then *mail-take* follows. A letter
//! that found *pending* set was pushed before the *mail-take* that takes the letter which had set it.
//!
//! The eventfd is written and never read: being edge-triggered, each write counts once. A poll that meets
//! the edge of a notification remembers it for the next sleep.
//!
//! # Exact and coarse sleeps
//!
//! A sleep is told to the kernel in nanoseconds (`epoll_pwait2`, Linux 5.11). Where that call is not there, or a
//! container's filter of system calls refuses it, whatever the error, the reactor sleeps in `epoll_wait` from then
//! on, with milliseconds rounded up. So waits end up to a millisecond late, and none too early.
//!
//! # After a fork
//!
//! The child shares the parent's epoll instances. A reactor knows the fork generation it was made in; in
//! another one it is not waited in, a plain thread makes a new one, and sources that are dropped delete
//! nothing in it.

mod carrier;
mod coarse_wait;
mod entries;
mod local;
mod os_thread;
mod shared;

pub(crate) use entries::{Direction, Token};
pub(crate) use local::{LocalReactor, View};
pub(crate) use os_thread::{count_operation, current, with_existing};
pub(crate) use shared::Shared;

//! Sockets, files and processes for green threads, in the shapes of `std`.
//!
//! A green thread that waits here parks, and the OS thread that carries it runs others. On a plain OS thread
//! the same types block. So a function that is written with them runs anywhere.
//!
//! ```
//! use greenio::net::{TcpListener, TcpStream};
//! use greenio::{Carrier, spawn};
//! use std::io::{Read, Write};
//!
//! Carrier::new()?.run(|| -> Result<(), Box<dyn std::error::Error>> {
//!     let listener = TcpListener::bind("127.0.0.1:0")?;
//!     let address = listener.local_addr()?;
//!     // A server and a hundred clients, on the one OS thread we are on.
//!     spawn(move || -> std::io::Result<()> {
//!         for stream in listener.incoming().take(100) {
//!             let mut stream = stream?;
//!             spawn(move || stream.write_all(b"hello"));
//!         }
//!         Ok(())
//!     });
//!     let clients: Vec<_> = (0..100)
//!         .map(|_| {
//!             spawn(move || -> std::io::Result<String> {
//!                 let mut text = String::new();
//!                 TcpStream::connect(address)?.read_to_string(&mut text)?;
//!                 Ok(text)
//!             })
//!         })
//!         .collect();
//!     for client in clients {
//!         assert_eq!(client.join()??, "hello");
//!     }
//!     Ok(())
//! })??;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What to take
//!
//! | I want to | take |
//! | --- | --- |
//! | run green threads on this OS thread, start one | [`Carrier::run`], [`spawn`] |
//! | serve TCP or Unix connections | [`TcpListener`](net::TcpListener), [`UnixListener`](net::UnixListener) |
//! | keep accepting when descriptors run out | [`AcceptBackoff`](net::AcceptBackoff) |
//! | connect to a server | [`TcpStream::connect`](net::TcpStream::connect), with a limit: [`connect_timeout`](net::TcpStream::connect_timeout) |
//! | send and receive datagrams | [`UdpSocket`](net::UdpSocket), [`UnixDatagram`](net::UnixDatagram) |
//! | read and write a stream on two threads | `&TcpStream`, or [`split`](net::TcpStream::split) |
//! | limit one read or write | [`set_read_timeout`](net::TcpStream::set_read_timeout) |
//! | limit the time of a whole piece of code | [`with_timeout`] |
//! | end the waits of another thread on a socket | [`close`](net::TcpStream::close); its error: [`Closed`] |
//! | ask whether an idle connection is still good | [`try_peek`](net::TcpStream::try_peek) |
//! | forward between two connections | [`copy_bidirectional`] |
//! | wait for any other descriptor: a pipe, an eventfd | [`Io`] |
//! | read and write files and directories | [`fs`], [`fs::File`] |
//! | look a name up | [`lookup_host`](net::lookup_host) |
//! | call something that blocks and cannot be polled | [`unblock`]; with a pool of its own: [`Offload`] |
//! | start a program, and wait for its end or its output | [`process::Command`] |
//! | wait for ctrl-c, or for another signal | [`signal::ctrl_c`], [`signal::Signals`] |
//! | wait for an `async` future | [`block_on()`] |
//! | wait for the first of several events | a green thread for each, all of which send into one channel |
//!
//! To let a future that runs in [`block_on()`] act before its thread waits, take [`Errand`].
//!
//! # What ends a wait
//!
//! | what | the error | its kind |
//! | --- | --- | --- |
//! | the time limit of the socket (`set_read_timeout`, `connect_timeout`) | – | `TimedOut` |
//! | the deadline of a scope ([`with_timeout`]) | [`Interrupted`] | `TimedOut` |
//! | the green thread is cancelled | [`Interrupted`] | `Other` |
//! | somebody calls `close` on the socket | [`Closed`] | `NotConnected` |
//!
//! In the first three cases the operation is tried once more at the end: an answer that is there wins. An
//! operation that need not wait is not interrupted, with one exception: every 64th in a row is. So a loop that
//! reads from a peer that never pauses ends too.
//!
//! # How it waits
//!
//! Each OS thread that waits has an epoll instance of its own. A carrier makes it when one of its green threads
//! waits for a descriptor for the first time. From then on it sleeps there, for its timers and for wake-ups from
//! outside too. A carrier whose threads wait for no descriptor pays nothing.
//!
//! A descriptor is registered once on each of these OS threads, when an operation would have blocked there for
//! the first time. So a request over a connection that is kept costs one read, one write, and its share of the
//! carrier's sleeps.
//!
//! A thread whose operations never have to wait lets others run before every 64th of them. Operations on locks
//! and channels count too.
//!
//! # What cannot be polled
//!
//! Files are always *ready* and block all the same, and so do the system's resolver and most C libraries.
//! [`unblock`] runs such a closure on a thread of a bounded pool, an [`Offload`], while the green thread waits;
//! [`fs`] and names in [`net`] go that way. The end of a child comes by a descriptor ([`process`]), a signal by a
//! socket pair ([`signal`]), and an async future wakes its waiter ([`block_on()`]).
//!
//! # Blocking
//!
//! An item that can wait says so under a heading *Blocking*. An item without that heading neither parks a green
//! thread nor blocks an OS thread.
//!
//! # When not to use this
//!
//! * If your code is `async` already: its runtime has its own sockets.
//! * For a computation that keeps all CPUs busy: the pool of [`unblock`] is sized for waiting. Take rayon.
//! * For a descriptor that is shared with code that expects it to block: the mode belongs to the open file.
//! * On other systems than Linux, it does not compile.
#![warn(missing_docs)]
// Examples import what they use, and nothing else.
#![doc(test(attr(deny(unused))))]
#![deny(unsafe_code)]
#[cfg(not(target_os = "linux"))]
compile_error!("greenio runs on Linux alone: it waits in epoll");

mod block_on;
mod closed;
mod copy;
mod errands;
pub mod fs;
mod io;
pub mod net;
mod offload;
pub mod process;
mod reactor;
mod resolve;
pub mod signal;
mod source;

pub use block_on::block_on;
pub use closed::Closed;
pub use copy::{copy, copy_bidirectional};
pub use errands::{Errand, is_errand_welcome, leave_errand};
pub use greenctx::{
    Carrier, Interrupted, JoinError, JoinHandle, no_park, shield, sleep, spawn, with_deadline,
    with_timeout, yield_now,
};
pub use io::Io;
pub use offload::{
    Offload, OffloadBuildError, OffloadBuilder, OffloadError, OffloadErrorKind, OffloadGauge,
    unblock,
};

/// The examples of the page outside of the sources are run with those of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

//! Sockets, files and processes for green threads, in the shapes of `std`.
//!
//! Whoever waits here parks its green thread, and the OS thread that carries it runs others. On a plain OS
//! thread the same types simply block, so a function that is written with them runs anywhere.
//!
//! ```
//! use greenio::net::{TcpListener, TcpStream};
//! use greenio::{Carrier, spawn};
//! use std::io::{Read, Write};
//!
//! Carrier::new()?.run(|| -> std::io::Result<()> {
//!     let listener = TcpListener::bind("127.0.0.1:0")?;
//!     let address = listener.local_addr()?;
//!     // A server and a hundred clients, on the one OS thread we are on.
//!     spawn(move || {
//!         for stream in listener.incoming().take(100) {
//!             let mut stream = stream.expect("there are descriptors enough");
//!             spawn(move || stream.write_all(b"hello"));
//!         }
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
//!         assert_eq!(client.join().unwrap()?, "hello");
//!     }
//!     Ok(())
//! })??;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What ends a wait
//!
//! | what | the error | its kind |
//! | --- | --- | --- |
//! | the time limit of the socket (`set_read_timeout`, `connect_timeout`) | – | `TimedOut` |
//! | the deadline of a scope ([`deadline()`]) | [`Interrupted`] | `TimedOut` |
//! | the green thread is cancelled | [`Interrupted`] | `Other` |
//! | somebody calls `close` on the socket | [`Closed`] | `NotConnected` |
//!
//! In the first three cases the operation is tried once more at the end: the answer wins. What need not wait is
//! not interrupted, but for every 64th operation in a row: so reading from a peer that never pauses ends too,
//! with what has been read before returned.
//!
//! # How it waits
//!
//! Each OS thread that waits has an epoll instance of its own; a carrier sleeps in it from the first wait of one
//! of its green threads on, together with its timers and wake-ups from outside. A descriptor is registered with
//! it once, when an operation on that OS thread would have blocked for the first time, so a request over a
//! connection that is kept costs one read and one write, and its share of the carrier's sleeps. Carriers whose
//! threads wait for no descriptor pay nothing. A thread whose operations never have to wait lets the others
//! run before every 64th, counted together with those on locks and channels.
//!
//! # What cannot be polled
//!
//! Files are always *ready* and block all the same, and so do the system's resolver and most C libraries.
//! [`unblock`] runs such a closure on a thread of a bounded pool, an [`Offload`], while the green thread waits;
//! [`fs`] and names in [`net`] go that way. Children are waited for by descriptors ([`process`]), signals by a
//! pipe ([`signal`]), and async futures by their wakers ([`block_on()`]).
//!
//! # When not to use this
//!
//! If your code is `async` already: its runtime has its own sockets. For a descriptor that is shared with code
//! that expects it to block: the mode belongs to the open file.
#![warn(missing_docs)]
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
mod per_process;
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
    Carrier, Interrupted, JoinError, JoinHandle, deadline, deadline_at, no_park, shield, sleep,
    spawn, yield_now,
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

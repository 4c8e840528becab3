//! Guides to what programs are made of.
//!
//! | guide | what it is about |
//! | --- | --- |
//! | [`servers`] | a server in blocking style: limit, deadlines, an end in order |
//! | [`overload`] | more work than can be done: refuse by time, give way, come back |
//! | [`waiting`] | locks, channels, and what can end a wait |
//! | [`executors`] | executors of OS threads, and of no threads; code for all kinds |
//! | [`blocking`] | what blocks a carrier, and what to write instead |
//! | [`schedules`] | jobs that start later: once, at a period, at times of the day |
//! | [`parallel`] | `join` and `scope`: work that is split, borrows and waits |
//! | [`structured`] | groups: jobs that belong together, cancel trees, and limits of time |
//! | [`beside_async`] | calling async code, and being awaited by it |
//! | [`tracing`] | logs and spans by the crate `tracing` |
//! | [`clients`] | drivers of databases and HTTP clients, three whole programs |
//! | [`retry`] | calls that fail now and then, or must not come too fast, two whole programs |
//! | [`migrating`] | from futurist, eventlet and `concurrent.futures`, call by call |

// A guide names another by its file, and says at its end where that is. Here the module of that guide is said first,
// and so it counts.

#[doc = include_str!("../../../docs/guides/servers.md")]
pub mod servers {}

#[doc = "[servers.md]: servers"]
#[doc = include_str!("../../../docs/guides/overload.md")]
pub mod overload {}

#[doc = include_str!("../../../docs/guides/waiting.md")]
pub mod waiting {}

#[doc = "[clients.md]: clients"]
#[doc = include_str!("../../../docs/guides/blocking.md")]
pub mod blocking {}

#[doc = include_str!("../../../docs/guides/schedules.md")]
pub mod schedules {}

#[doc = include_str!("../../../docs/guides/executors.md")]
pub mod executors {}

#[doc = "[blocking.md]: blocking"]
#[doc = include_str!("../../../docs/guides/parallel.md")]
pub mod parallel {}

#[doc = "[parallel.md]: parallel"]
#[doc = include_str!("../../../docs/guides/structured.md")]
pub mod structured {}

#[doc = "[clients.md]: clients"]
#[doc = include_str!("../../../docs/guides/async.md")]
pub mod beside_async {}

#[cfg_attr(feature = "tracing", doc = include_str!("../../../docs/guides/tracing.md"))]
#[cfg_attr(
    not(feature = "tracing"),
    doc = "With the feature `tracing`, this is the page `docs/guides/tracing.md`."
)]
pub mod tracing {}

/// The programs of this page are those of the crate `recipes`, whose tests run them.
#[doc = "[async.md]: beside_async"]
#[cfg_attr(not(doctest), doc = include_str!("../../../docs/guides/clients.md"))]
pub mod clients {}

/// The programs of this page are those of the crate `recipes`, whose tests run them.
#[doc = "[overload.md]: overload"]
#[cfg_attr(not(doctest), doc = include_str!("../../../docs/guides/retry.md"))]
pub mod retry {}

#[doc = "[servers.md]: servers"]
#[doc = include_str!("../../../docs/migrating-from-futurist.md")]
pub mod migrating {}

//! What the tests of several crates share: carriers under a watchdog over what may hang, tests that run again as a
//! child process, forks, kernels that lack a call, random numbers that can be repeated, servers of NATS and PostgreSQL, and a network with faults.
//!
//! For tests alone: it promises nothing to others.

mod carriers;
pub mod child;
mod nats_server;
mod on_drop;
mod postgres_server;
mod process;
mod proxy;
mod random;
mod refusal;
mod watchdog;

pub use carriers::{on_another_carrier, on_carrier, on_plain_thread, run_on};
pub use nats_server::NatsServer;
pub use on_drop::OnDrop;
pub use postgres_server::PostgresServer;
pub use process::{at_exit, exit_at_once, exit_code_of_fork};
pub use proxy::{Network, Proxy};
pub use random::Random;
pub use refusal::refuse_system_call;
pub use watchdog::{Failure, Watchdog};

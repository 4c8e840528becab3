//! Starting the peers, all with the same number of OS threads for the work.

use executor::{Builder, GreenThreadPoolExecutor};

use crate::measure::Params;
use crate::pin;

/// Ours, with room for every job.
pub fn green(params: &Params) -> GreenThreadPoolExecutor {
    let pool = green_builder(params).build().expect("the executor starts");
    pin::spread(0);
    pool
}

/// Ours, to be refined.
pub fn green_builder(params: &Params) -> Builder {
    GreenThreadPoolExecutor::builder().carriers(params.carriers).max_workers(2_000_000)
}

/// Tokio's multi-thread runtime.
pub fn tokio(params: &Params) -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(params.carriers).enable_time().build();
    pin::spread(0);
    runtime.expect("tokio starts")
}

/// The same, with its reactor.
pub fn tokio_with_sockets(params: &Params) -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(params.carriers)
        .enable_all()
        .build()
        .expect("tokio starts")
}

/// May has one scheduler a process, configured before its first use.
pub fn may(params: &Params) {
    may::config().set_workers(params.carriers);
}

/// A pool of rayon's own with so many OS threads.
pub fn rayon(threads: usize) -> rayon::ThreadPool {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pin::spread(0);
    pool.expect("rayon starts")
}

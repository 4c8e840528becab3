//! The trait that all executors have in common, and the executors that are not green.

mod family;
mod synchronous;
mod thread_pool;
mod thread_pool_builder;

pub use family::Executor;
pub use synchronous::SynchronousExecutor;
pub use thread_pool::ThreadPoolExecutor;
pub use thread_pool_builder::ThreadPoolBuilder;

//! Executors of all kinds, by their common trait: each behaviour over every kind, and then what only one kind has.

mod mixed;
mod same;
mod synchronous;
mod thread_pool;

use std::fmt;
use std::ops::Deref;

use executor::{
    Executor, GreenThreadPoolExecutor, SynchronousExecutor, ThreadPoolBuilder, ThreadPoolExecutor,
    reject_when_reached,
};
use greenstd::sync::Arc;

use super::support::{Watch, watch};

/// An executor of one kind.
pub(super) struct Subject {
    pub(super) executor: Arc<dyn Executor>,
}

impl Deref for Subject {
    type Target = Arc<dyn Executor>;

    fn deref(&self) -> &Arc<dyn Executor> {
        &self.executor
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.executor.name())
    }
}

/// Calls `test` with an executor of each kind: with four workers and no limit.
#[track_caller]
pub(super) fn on_every_kind(test: impl Fn(&Subject)) {
    let _watch = watch();
    let green = GreenThreadPoolExecutor::builder().name("green").max_workers(4).carriers(2);
    let threads = ThreadPoolExecutor::builder().name("threads").max_workers(4);
    for subject in [
        subject(green.build().unwrap()),
        subject(threads.build().unwrap()),
        subject(SynchronousExecutor::named("synchronous")),
    ] {
        println!("on {subject:?}"); // so that a failure says which
        test(&subject);
    }
}

/// As above, for those with a backlog: with one worker and room for one job that waits.
#[track_caller]
pub(super) fn on_every_limited_kind(test: impl Fn(&Subject)) {
    let _watch = watch();
    let green = GreenThreadPoolExecutor::builder().name("green").max_workers(1).carriers(1);
    let green = green.check_and_reject(reject_when_reached(1));
    let threads = ThreadPoolExecutor::builder().name("threads").max_workers(1);
    let threads = threads.check_and_reject(reject_when_reached(1));
    for subject in [subject(green.build().unwrap()), subject(threads.build().unwrap())] {
        println!("on {subject:?}");
        test(&subject);
    }
}

fn subject(executor: impl Executor + 'static) -> Subject {
    Subject { executor: Arc::new(executor) }
}

/// A thread pool, and the watch over the test.
#[track_caller]
pub(super) fn threads(builder: ThreadPoolBuilder) -> (Watch, ThreadPoolExecutor) {
    (watch(), builder.build().unwrap())
}

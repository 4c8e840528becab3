//! Models of a task's life (`task/mod.rs`), of workers that wait (`stall.rs`), of jobs that expire (`timekeeper/mod.rs`)
//! and of the executor's end (`shutdown.rs`), with the real types. The carriers are plain threads that run jobs as a
//! worker does; the last models have real carriers with real stacks.

mod blocked;
mod callbacks;
mod ending;
mod expiry;
#[allow(unsafe_code, reason = "what is lent is a frame, as in `fork`")]
mod forking;
mod results;
mod room;

use std::rc::Rc;

use greenctx::StackPool;
use greenstd::atomic::unwatched::Counter;
use greenstd::sync::Arc;
use greenstd::ticks::Ticks;
use workqueue::Queue;

use crate::carrier::Local;
use crate::executor::{ExecutorHandle, GreenThreadPoolExecutor};
use crate::pool::{Pool, Queued, Settings};
use crate::task::{self, Job};

/// An executor whose carriers the model plays itself.
struct Stage {
    handle: ExecutorHandle,
    pool: Arc<Pool>,
    carriers: Vec<Part>,
}

/// What a model's thread needs to play a carrier.
struct Part {
    pool: Arc<Pool>,
    jobs: workqueue::Local<Queued>,
}

impl Stage {
    fn new(carriers: usize, limit: Option<u64>) -> Self {
        let (queue, locals) = Queue::new(carriers, carriers);
        queue.set_limit(limit);
        let settings = Settings {
            name: Arc::from("model"),
            carriers,
            cpus: carriers,
            stack_bytes: greenctx::MIN_STACK_BYTES,
            stacks: StackPool::default(),
            rejection: None,
            initializer: None,
            shedding: None,
            statistics: false,
            time_one_in: 0,
            spans: crate::spans::JobSpans::default(),
        };
        let pool = Pool::new(settings, queue, None);
        let executor = GreenThreadPoolExecutor::from_pool(pool.clone());
        let handle = executor.handle();
        // Its drop would wait for carriers that do not exist.
        std::mem::forget(executor);
        let part = |jobs| Part { pool: pool.clone(), jobs };
        let carriers = locals.into_iter().map(part).collect();
        Stage { handle, pool, carriers }
    }
}

impl Part {
    /// Makes the calling thread the carrier.
    fn play(self) -> Rc<Local> {
        Local::new(self.pool, self.jobs)
    }

    /// Runs what waits, as a worker does.
    fn work(self) {
        let _ = self.play().run_jobs();
    }

    /// Runs a job where it is, if nobody has claimed it, as a waiting worker does.
    fn claim(self, job: &Job) {
        let local = self.play();
        if job.core().state.claim_to_run(local.place()) {
            task::run_claimed(&*local, job, Ticks::default());
        }
    }
}

/// Counts its drops, by a counter that is no step of the model.
struct Counted(Arc<Counter>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.add(1);
    }
}

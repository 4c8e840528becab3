//! The workers that a program without a server has in itself.

use std::collections::HashMap;

use executor::ExecutorHandle;
use greenstd::sync::{Arc, Mutex};
use greenstd::thread;

use crate::engine::{Engine, EngineError, QueueOptions};
use crate::registry::Registry;
use crate::worker::{Worker, WorkerHandle};

/// One worker for each queue that is used, on the program's own executor.
pub(crate) struct Embedded {
    executor: ExecutorHandle,
    registry: Registry,
    workers: Mutex<HashMap<String, WorkerHandle>>,
}

impl Embedded {
    pub(crate) fn new(executor: &ExecutorHandle, registry: &Registry) -> Self {
        let workers = Mutex::default();
        Embedded { executor: executor.clone(), registry: registry.clone(), workers }
    }

    /// Starts the worker of a queue, if there is none.
    pub(crate) fn serve(
        &self,
        engine: &Arc<dyn Engine>,
        queue: &str,
        options: &QueueOptions,
    ) -> Result<(), EngineError> {
        let mut workers = self.workers.lock();
        if workers.contains_key(queue) {
            return Ok(());
        }
        let worker = Worker::of(&self.executor, engine.clone(), queue, options.clone());
        let handle = worker.handle();
        let registry = self.registry.clone();
        // It ends by itself when the executor is shut down.
        let serve = move || drop(worker.serve(&registry));
        let thread = thread::Builder::new().name(format!("{queue}-worker")).spawn(serve);
        thread.map_err(EngineError::unreachable)?;
        workers.insert(queue.to_owned(), handle);
        Ok(())
    }

    /// The worker of a queue that was used.
    pub(crate) fn worker_of(&self, queue: &str) -> Option<WorkerHandle> {
        self.workers.lock().get(queue).cloned()
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        for worker in self.workers.lock().values() {
            worker.drain();
        }
    }
}

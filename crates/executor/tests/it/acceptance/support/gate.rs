//! Gates and counters to wait at, for green threads and plain ones alike.

use greenctx::Thread;
use greenstd::sync::{Arc, Mutex};

/// A number that grows, and that anybody can wait for to reach a value.
#[derive(Clone, Default)]
pub(crate) struct Progress(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    reached: usize,
    waiting: Vec<Thread>,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn advance(&self) {
        let waiting = {
            let mut state = self.0.lock();
            state.reached = state.reached.saturating_add(1);
            std::mem::take(&mut state.waiting)
        };
        waiting.iter().for_each(Thread::unpark);
    }

    pub(crate) fn get(&self) -> usize {
        self.0.lock().reached
    }

    /// Parks the green thread or blocks the plain one. Cancelling does not end it.
    pub(crate) fn wait_until(&self, value: usize) {
        loop {
            {
                let mut state = self.0.lock();
                if state.reached >= value {
                    return;
                }
                let thread = greenctx::current();
                if !state.waiting.contains(&thread) {
                    state.waiting.push(thread);
                }
            }
            let _ = executor::shield(executor::park);
        }
    }
}

/// A gate that its owner opens, at the latest by dropping it: a test that fails does not leave jobs
/// behind that wait for ever. Make it after the executor, so that it is dropped first.
#[derive(Default)]
pub(crate) struct Gate(Pass);

/// What waits at a gate.
#[derive(Clone, Default)]
pub(crate) struct Pass(Progress);

impl Gate {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn open(&self) {
        self.0.0.advance();
    }

    /// For those who are to wait.
    pub(crate) fn pass(&self) -> Pass {
        self.0.clone()
    }
}

impl Pass {
    /// Parks the green thread or blocks the plain one, until the gate is open.
    pub(crate) fn wait(&self) {
        self.0.wait_until(1);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.open();
    }
}

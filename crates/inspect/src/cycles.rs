//! Threads that wait for one another.
//!
//! A thread waits for one other at most, as far as that is known: for the holder of a mutex, for the thread that runs a
//! job, for a thread that it joins. So from each thread there is one way, and a way that comes back to its beginning is a
//! deadlock. The threads of an inspection are not seen at one moment. But a wait of a cycle cannot end before another
//! one of it does, so a cycle that is seen is one, unless a limit of time or a cancellation dissolves it.

use std::collections::HashMap;

use crate::inspection::{Inspection, ThreadView};

impl Inspection {
    /// The deadlocks that can be told: each is a list of threads, of which every one waits for the next, and the last
    /// for the first.
    ///
    /// Locks count while mutexes are watched (see [`executor::sync::deadlock`]), and so do jobs and threads that are
    /// waited for. A cycle through a channel, a semaphore or another executor is not seen. Nor is one through a job that
    /// runs another on its own stack: of such a thread, the innermost job alone is known.
    ///
    /// ```
    /// use inspect::Inspect;
    /// use inspect::executor::GreenThreadPoolExecutor;
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// assert!(pool.inspect().cycles().is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cycles(&self) -> Vec<Vec<&ThreadView>> {
        let numbers: HashMap<u64, usize> = self
            .threads
            .iter()
            .enumerate()
            .map(|(number, thread)| (thread.thread, number))
            .collect();
        let next = |number: usize| {
            let on = self.threads[number].waits_for.as_ref()?.on_thread?;
            numbers.get(&on).copied()
        };
        // By thread: on which way it was seen first.
        let mut seen: Vec<Option<usize>> = vec![None; self.threads.len()];
        let mut cycles = Vec::new();
        for start in 0..self.threads.len() {
            let mut way = Vec::new();
            let mut at = Some(start);
            while let Some(number) = at.filter(|number| seen[*number].is_none()) {
                seen[number] = Some(start);
                way.push(number);
                at = next(number);
            }
            // Ended at a thread of this very way: from there on it is a cycle.
            if let Some(first) = at.filter(|number| seen[*number] == Some(start)) {
                let cycle = way.iter().skip_while(|number| **number != first);
                cycles.push(cycle.map(|number| &self.threads[*number]).collect());
            }
        }
        cycles
    }
}

//! Running a model under its checker; only in a model build.
//!
//! A *model* is a small program that uses the real types and asserts what must hold. Loom runs
//! it in every order and with every value that a weak memory may show, as far as the bound on forced
//! switches goes; shuttle runs it under many random schedules.

#[cfg(green_loom)]
pub use exhaustive::explore;
#[cfg(green_shuttle)]
pub use random::{choose, explore};

#[cfg(green_loom)]
mod exhaustive {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Instant;

    /// Runs `model` in every way that has at most `preemptions` forced switches between threads
    /// (the variable `LOOM_MAX_PREEMPTIONS` overrides it), and prints how many these were.
    ///
    /// # Panics
    /// If one of the runs panics or deadlocks, or if there is only one: then loom has found nothing to
    /// vary, and the model checks nothing.
    pub fn explore(preemptions: usize, model: impl Fn() + Send + Sync + 'static) {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = builder.preemption_bound.or(Some(preemptions));
        builder.max_branches = builder.max_branches.max(20_000);
        let bound = builder.preemption_bound;
        let runs = Arc::new(AtomicU64::new(0));
        let begin = Instant::now();
        let counted = runs.clone();
        builder.check(move || {
            counted.fetch_add(1, Ordering::Relaxed);
            crate::time::restart();
            model();
        });
        assert!(runs.load(Ordering::Relaxed) > 1, "loom has found nothing to vary");
        println!(
            "{} runs with at most {} forced switches in {:.2?}",
            runs.load(Ordering::Relaxed),
            bound.unwrap_or_default(),
            begin.elapsed()
        );
    }
}

#[cfg(green_shuttle)]
mod random {
    use std::time::Instant;

    use shuttle::rand::Rng;
    use shuttle::scheduler::{PctScheduler, RandomScheduler};
    use shuttle::{Config, MaxSteps, Runner};

    /// How many schedules of each kind are run if the variable `GREEN_SCHEDULES` does not say.
    const SCHEDULES: usize = 2000;

    /// How many changes of priority a schedule of the second kind has.
    const DEPTH: usize = 3;

    /// Runs `model` under a number of random schedules (`GREEN_SCHEDULES` of them, 2000 without a
    /// word), and under as many that keep to random priorities but for three changes (PCT).
    ///
    /// A failure prints the seed, which `SHUTTLE_RANDOM_SEED` accepts, and the schedule, which
    /// `GREEN_REPLAY` accepts to run that one alone.
    ///
    /// # Panics
    /// If one of the runs panics, deadlocks, or does not end.
    pub fn explore(model: impl Fn() + Send + Sync + Clone + 'static) {
        let model = move || {
            crate::time::restart();
            model();
        };
        if let Ok(schedule) = std::env::var("GREEN_REPLAY") {
            shuttle::replay(model, schedule.trim());
            return;
        }
        let schedules = std::env::var("GREEN_SCHEDULES")
            .map_or(SCHEDULES, |number| number.parse().expect("GREEN_SCHEDULES is a number"));
        let begin = Instant::now();
        let random = RandomScheduler::new(schedules);
        let mut runs = Runner::new(random, config()).run(model.clone());
        let by_priority = PctScheduler::new(DEPTH, schedules);
        runs += Runner::new(by_priority, config()).run(model);
        println!("{runs} schedules in {:.2?}", begin.elapsed());
    }

    /// A number below `bound`, any one: part of the schedule.
    pub fn choose(bound: usize) -> usize {
        shuttle::rand::thread_rng().gen_range(0..bound)
    }

    fn config() -> Config {
        let mut config = Config::new();
        // Plain threads of a model print and format, which takes more than the default.
        config.stack_size = 256 * 1024;
        config.max_steps = MaxSteps::FailAfter(200_000);
        config.silence_warnings = true;
        config
    }
}

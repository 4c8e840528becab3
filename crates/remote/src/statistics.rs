//! What submitters and workers count.

use greenstd::atomic::unwatched::Counter;

use crate::engine::Outcome;

/// Declares counters, and a snapshot of them.
macro_rules! counted {
    (
        $(#[$attribute:meta])* $snapshot:ident of $counters:ident {
            $($(#[$doc:meta])* $field:ident,)*
        }
    ) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        #[non_exhaustive]
        pub struct $snapshot {
            $($(#[$doc])* pub $field: u64,)*
        }

        impl $snapshot {
            /// All of it as names and numbers, for a table or a monitoring system.
            ///
            /// ```
            #[doc = concat!("let none = remote::", stringify!($snapshot), "::default();")]
            /// assert!(none.figures().any(|figure| figure == ("succeeded", 0)));
            /// ```
            pub fn figures(self) -> impl Iterator<Item = (&'static str, u64)> {
                [$((stringify!($field), self.$field),)*].into_iter()
            }
        }

        /// The counters that it is a snapshot of.
        pub(crate) struct $counters {
            $(pub(crate) $field: Counter,)*
        }

        impl $counters {
            pub(crate) fn snapshot(&self) -> $snapshot {
                $snapshot { $($field: self.$field.get(),)* }
            }
        }

        impl Default for $counters {
            fn default() -> Self {
                $counters { $($field: Counter::new(0),)* }
            }
        }
    };
}

counted! {
    /// What a program has submitted to a queue since it opened it.
    ///
    /// ```
    /// use remote::Remote;
    /// use remote::engine::InProcess;
    ///
    /// let queue = Remote::new(InProcess::new()).queue("images");
    /// assert_eq!(queue.statistics().submitted, 0);
    /// ```
    SubmitStatistics of Submissions {
        /// Jobs that the engine has accepted.
        submitted,
        /// Jobs whose id had been accepted before.
        duplicates,
        /// Jobs that were refused, for whatever reason.
        refused,
        /// Calls that were repeated because the engine could not be reached.
        repeated,
        /// Results that came with a value.
        succeeded,
        /// Results that came without one.
        unsuccessful,
    }
}

counted! {
    /// What a worker has done so far.
    ///
    /// ```
    /// use remote::executor::GreenThreadPoolExecutor;
    /// use remote::engine::InProcess;
    /// use remote::{Remote, Worker};
    ///
    /// let pool = GreenThreadPoolExecutor::builder().build()?;
    /// let worker = Worker::new(&pool, &Remote::new(InProcess::new()).queue("images"));
    /// assert_eq!(worker.handle().statistics().pulled, 0);
    /// # Ok::<(), remote::executor::BuildError>(())
    /// ```
    WorkerStatistics of Work {
        /// Jobs that it has pulled.
        pulled,
        /// Jobs that ended with a value.
        succeeded,
        /// Attempts that ended with an error of the function.
        failed,
        /// Attempts that ended with a panic.
        panicked,
        /// Jobs that ended because they were cancelled.
        cancelled,
        /// Attempts that are followed by another.
        retried,
        /// Jobs that became dead letters.
        buried,
        /// Jobs that were put back because their function is not known here.
        unknown,
        /// Jobs that were given back, since the worker ended or could not go on.
        given_back,
        /// Leases that were extended.
        extended,
        /// Leases that ran out while the job ran here, so that its answer did not count.
        lost,
        /// Answers that came too late.
        fenced,
        /// Answers that could not be given before the lease ran out.
        unanswered,
    }
}

impl Submissions {
    pub(crate) fn note_end(&self, outcome: &Outcome) {
        let counter = if outcome.is_success() { &self.succeeded } else { &self.unsuccessful };
        counter.add(1);
    }
}

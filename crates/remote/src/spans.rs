//! Spans of the crate `tracing`: one for each attempt at a job, with the name of the one in which it was submitted.
//!
//! A span of `tracing` is known in its own process only. So what is sent along is its name and its number there, to be
//! found in the submitter's log. A trace that goes on across processes needs ids that mean the same everywhere. Those come
//! from a propagator, by [`Remote::headers_from`] and [`Registry::around`].

use std::process;

use tracing::{Level, Span, field};

use crate::context::JobContext;
use crate::registry::Registry;
use crate::remote::Remote;

/// The name of the header.
const SUBMITTED_IN: &str = "submitted-in";

impl Remote {
    /// From now on, jobs of queues of this handle carry the header `submitted-in`: name and number of the span of the crate
    /// `tracing` in which they were submitted, and the number of the process. Jobs that were submitted in no span go
    /// without.
    ///
    /// ```
    /// use remote::engine::InProcess;
    /// use remote::{Remote, function};
    ///
    /// function!(bill(order: u32));
    ///
    /// let queue = Remote::new(InProcess::new()).trace_jobs().queue("bills");
    /// drop(queue.submit(bill, (17,))?); // with the header, if a subscriber knows a span here
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn trace_jobs(self) -> Self {
        self.headers_from(|| submitted_in().map(|span| (SUBMITTED_IN.to_owned(), span)))
    }
}

impl Registry {
    /// From now on, each attempt has a span of this level around it: `remote_job`, with the fields `function`, `id`,
    /// `attempt` and `delivery`. The field `submitted_in` is what [`Remote::trace_jobs`] has sent along. After the
    /// function has returned, `succeeded` says whether it gave a value.
    ///
    /// The subscriber is the global one, unless the function sets another.
    ///
    /// ```
    /// use remote::Registry;
    ///
    /// let mut registry = Registry::new();
    /// registry.trace_jobs("info".parse()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn trace_jobs(&mut self, level: Level) -> &mut Self {
        self.around(move |job, attempt| {
            let span = of_job(level, job);
            let attempted = span.in_scope(|| attempt.run());
            span.record("succeeded", attempted.outcome().is_success());
            attempted
        })
    }
}

/// Where the caller is, in printable ASCII. `None` if it is in no span, or in one that nobody wants to know of.
fn submitted_in() -> Option<String> {
    let span = Span::current();
    let (name, number) = (span.metadata()?.name(), span.id()?.into_u64());
    let is_printable = |letter: char| letter.is_ascii_graphic() || letter == ' ';
    let name = name.replace(|letter| !is_printable(letter), "?");
    Some(format!("{name} ({number} in process {})", process::id()))
}

fn of_job(level: Level, job: &JobContext) -> Span {
    /// The level of a span is part of what is known of it when the program is built.
    macro_rules! span {
        ($level:expr) => {
            tracing::span!(
                target: "remote",
                $level,
                "remote_job",
                function = job.function,
                id = job.id.as_str(),
                attempt = job.attempt,
                delivery = job.delivery,
                submitted_in = job.headers.get(SUBMITTED_IN),
                succeeded = field::Empty,
            )
        };
    }
    match level {
        Level::ERROR => span!(Level::ERROR),
        Level::WARN => span!(Level::WARN),
        Level::INFO => span!(Level::INFO),
        Level::DEBUG => span!(Level::DEBUG),
        Level::TRACE => span!(Level::TRACE),
    }
}

//! A span for each job: a child of the one in which it was submitted.
//!
//! The submitter's span is kept from the submission to the start, when the job's own is opened with all that
//! is known by then. Neither outlives the run of the job, however long its future does.

use std::panic::Location;

use greenstd::sync::{Arc, Mutex};
use greenstd::time::{self, Instant};
use tracing::level_filters::LevelFilter;
use tracing::span::EnteredSpan;
use tracing::{Level, Span};

use super::dispatcher;

/// Whether jobs get spans, and of which level.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct JobSpans(Option<Level>);

impl JobSpans {
    pub(crate) fn of(level: Level) -> Self {
        JobSpans(Some(level))
    }

    /// The submitter asks for the span of a job, if there are to be any.
    #[inline]
    pub(crate) fn request(self) -> Option<Request> {
        self.0.filter(|level| *level <= LevelFilter::current()).map(Request::by_submitter)
    }
}

/// A span that a job is to get, until it starts.
#[derive(Debug)]
pub(crate) struct Request(Mutex<Option<Asked>>);

#[derive(Debug)]
struct Asked {
    level: Level,
    submitters: Span,
    at: Instant,
}

impl Request {
    #[cold]
    fn by_submitter(level: Level) -> Self {
        // The job will run under the global dispatcher, which does not know the spans of a scoped one.
        let is_scoped = dispatcher::beneath(&dispatcher::current()).is_some();
        let submitters = if is_scoped { Span::none() } else { Span::current() };
        Request(Mutex::new(Some(Asked { level, submitters, at: time::now() })))
    }

    /// The claimer: what it takes to open the span, once.
    pub(crate) fn take(
        &self,
        id: u64,
        name: Option<&Arc<str>>,
        site: &'static Location<'static>,
    ) -> JobSpan {
        let asked = self.0.lock().take();
        JobSpan(asked.map(|asked| Box::new(Opening { asked, id, name: name.cloned(), site })))
    }
}

/// The span of a job that is about to start.
#[derive(Debug, Default)]
pub(crate) struct JobSpan(Option<Box<Opening>>);

#[derive(Debug)]
struct Opening {
    asked: Asked,
    id: u64,
    name: Option<Arc<str>>,
    site: &'static Location<'static>,
}

impl JobSpan {
    /// By the job itself: opens the span, until what is returned is dropped.
    #[inline]
    pub(crate) fn enter(self) -> Option<EnteredSpan> {
        self.0.map(|opening| opening.open().entered())
    }
}

impl Opening {
    #[cold]
    fn open(&self) -> Span {
        /// The level of a span is part of what is known of it when the program is built.
        macro_rules! span {
            ($level:expr) => {
                tracing::span!(
                    target: "executor",
                    parent: self.asked.submitters.id(),
                    $level,
                    "job",
                    id = self.id,
                    name = self.name.as_deref(),
                    site = %format_args!("{}:{}", self.site.file(), self.site.line()),
                    queued_us = self.queued_us(),
                )
            };
        }
        match self.asked.level {
            Level::ERROR => span!(Level::ERROR),
            Level::WARN => span!(Level::WARN),
            Level::INFO => span!(Level::INFO),
            Level::DEBUG => span!(Level::DEBUG),
            Level::TRACE => span!(Level::TRACE),
        }
    }

    fn queued_us(&self) -> u64 {
        let queued = time::since(self.asked.at);
        u64::try_from(queued.as_micros()).unwrap_or(u64::MAX)
    }
}

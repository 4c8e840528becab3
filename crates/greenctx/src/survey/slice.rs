//! Slices of a survey, which the carrier fills and the asker reads.

use std::fmt;

use greenstd::time::Coarse;

use super::copy::{Copied, Copies, MAX_STACK_BYTES};
use super::options::SurveyOptions;
use super::stack::StackCopy;
use super::thread::{SurveyedThread, describe};
use crate::carrier::Local;
use crate::context::Fiber;

/// So many threads are in a slice at most: about a hundred microseconds of the carrier's time.
const SLICE_THREADS: usize = 64;

/// So many bytes of stack are in a slice, and at most one stack more.
const SLICE_BYTES: usize = 256 * 1024;

/// So many seats are looked at for a slice. Most may be empty.
const SLICE_SEATS: usize = 4096;

/// Some of a carrier's green threads, each as it was when the carrier came to it.
///
/// ```
/// use greenctx::{Carrier, Slice, SurveyOptions};
/// use std::time::{Duration, Instant};
///
/// let carrier = Carrier::new()?;
/// let handle = carrier.handle();
/// carrier.run(move || {
///     let mut survey = handle.survey(SurveyOptions::new());
///     let slice: Option<&Slice> =
///         survey.next(Instant::now() + Duration::from_secs(60)).ok().flatten();
///     assert_eq!(slice.map(|slice| slice.threads()[0].report.name.as_str()), Some("main"));
/// })?;
/// # Ok::<(), greenctx::StackError>(())
/// ```
pub struct Slice {
    threads: Vec<SurveyedThread>,
    copies: Copies,
    /// Where the next slice begins; `None` if this is the last one.
    pub(super) next_seat: Option<usize>,
    not_started: usize,
}

impl Slice {
    /// The threads, in no order that means anything.
    ///
    /// ```
    /// use greenctx::{Carrier, SurveyOptions};
    /// use std::time::{Duration, Instant};
    ///
    /// let carrier = Carrier::new()?;
    /// let handle = carrier.handle();
    /// carrier.run(move || {
    ///     let mut survey = handle.survey(SurveyOptions::new().without_stacks());
    ///     let slice = survey.next(Instant::now() + Duration::from_secs(60)).ok().flatten();
    ///     assert_eq!(slice.map(|slice| slice.threads().len()), Some(1));
    /// })?;
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn threads(&self) -> &[SurveyedThread] {
        &self.threads
    }

    /// The threads, each with its stack if that was asked for.
    ///
    /// ```
    /// use greenctx::{Carrier, SurveyOptions};
    /// use std::time::{Duration, Instant};
    ///
    /// let carrier = Carrier::new()?;
    /// let handle = carrier.handle();
    /// carrier.run(move || {
    ///     let mut survey = handle.survey(SurveyOptions::new());
    ///     let slice = survey.next(Instant::now() + Duration::from_secs(60)).ok().flatten();
    ///     assert!(slice.is_some_and(|slice| slice.iter().all(|(_, stack)| stack.is_some())));
    /// })?;
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (&SurveyedThread, Option<StackCopy<'_>>)> {
        self.threads.iter().map(|thread| (thread, thread.copied.map(|copied| self.stack(copied))))
    }

    /// How many threads were seen that have not run yet. Nothing else is known of them.
    ///
    /// ```
    /// use greenctx::{Carrier, SurveyOptions};
    /// use std::time::{Duration, Instant};
    ///
    /// let carrier = Carrier::new()?;
    /// let handle = carrier.handle();
    /// carrier.run(move || {
    ///     let mut survey = handle.survey(SurveyOptions::new());
    ///     let slice = survey.next(Instant::now() + Duration::from_secs(60)).ok().flatten();
    ///     assert_eq!(slice.map(|slice| slice.not_started()), Some(0));
    /// })?;
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn not_started(&self) -> usize {
        self.not_started
    }

    pub(super) fn blank(stacks: bool) -> Self {
        let room = if stacks { SLICE_BYTES + MAX_STACK_BYTES } else { 0 };
        Slice {
            threads: Vec::with_capacity(SLICE_THREADS),
            copies: Copies::with_room(room),
            next_seat: None,
            not_started: 0,
        }
    }

    pub(super) fn clear(&mut self) {
        self.threads.clear();
        self.copies.clear();
        self.not_started = 0;
    }

    fn stack(&self, copied: Copied) -> StackCopy<'_> {
        let words = &self.copies.words()[copied.first..][..copied.count];
        StackCopy::new(copied.registers, words)
    }

    fn is_full(&self) -> bool {
        self.threads.len() >= SLICE_THREADS || self.copies.bytes() >= SLICE_BYTES
    }

    pub(super) fn fill(
        &mut self,
        local: &Local,
        fibers: &mut [Option<Fiber>],
        options: SurveyOptions,
    ) {
        // mark-look: also for the threads that park from here on.
        local.look_at_clock();
        let now = local.moment();
        let first = self.next_seat.unwrap_or(fibers.len());
        let last = fibers.len().min(first.saturating_add(SLICE_SEATS));
        let mut seat = first;
        while seat < last && !self.is_full() {
            if let Some(fiber) = &mut fibers[seat] {
                self.add(local, fiber, now, options);
            }
            seat += 1;
        }
        self.next_seat = (seat < fibers.len()).then_some(seat);
        if self.next_seat.is_none() {
            self.not_started += local.count_fresh();
        }
    }

    fn add(&mut self, local: &Local, fiber: &mut Fiber, now: Coarse, options: SurveyOptions) {
        let Some(mut thread) = fiber.control().map(|control| describe(local, control, now)) else {
            self.not_started += 1;
            return;
        };
        if thread.waited < options.longer_than {
            return;
        }
        if options.stacks {
            thread.copied = self.copy(local, fiber);
        }
        self.threads.push(thread);
    }

    /// *survey-resume*
    fn copy(&mut self, local: &Local, fiber: &mut Fiber) -> Option<Copied> {
        let attention = local.attention();
        attention.with_copies(|copies| std::mem::swap(copies, &mut self.copies));
        let ended = attention.report_in(|| fiber.resume());
        attention.with_copies(|copies| std::mem::swap(copies, &mut self.copies));
        assert!(!ended, "a thread that reports suspends again");
        self.copies.take_last()
    }
}

impl fmt::Debug for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slice").field("threads", &self.threads).finish_non_exhaustive()
    }
}

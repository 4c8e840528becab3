//! The copy of a stack, to be walked through.

use std::fmt;

use super::copy::Registers;

/// The copy of a stack.
///
/// ```
/// use greenctx::{Carrier, StackCopy, SurveyOptions};
/// use std::time::{Duration, Instant};
///
/// let carrier = Carrier::new()?;
/// let handle = carrier.handle();
/// carrier.run(move || {
///     let mut survey = handle.survey(SurveyOptions::new());
///     let slice = survey.next(Instant::now() + Duration::from_secs(60)).ok().flatten();
///     let stack: Option<StackCopy<'_>> = slice.and_then(|slice| slice.iter().next()?.1);
///     let Some(stack) = stack else { return };
///     assert!(stack.read(stack.registers().stack_pointer).is_some());
///     assert_eq!(stack.read(0), None);
/// })?;
/// # Ok::<(), greenctx::StackError>(())
/// ```
#[derive(Clone, Copy)]
pub struct StackCopy<'a> {
    registers: Registers,
    words: &'a [usize],
}

impl<'a> StackCopy<'a> {
    pub(crate) fn new(registers: Registers, words: &'a [usize]) -> Self {
        StackCopy { registers, words }
    }

    /// The registers of the thread when it made the copy.
    ///
    /// ```
    /// # use greenctx::{Carrier, SurveyOptions};
    /// # use std::time::{Duration, Instant};
    /// # let carrier = Carrier::new()?;
    /// # let handle = carrier.handle();
    /// # carrier.run(move || {
    /// #     let mut survey = handle.survey(SurveyOptions::new());
    /// #     let slice = survey.next(Instant::now() + Duration::from_secs(60)).ok().flatten();
    /// #     let Some(stack) = slice.and_then(|slice| slice.iter().next()?.1) else { return };
    /// assert_ne!(stack.registers().instruction_pointer, 0);
    /// # })?;
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    pub fn registers(&self) -> Registers {
        self.registers
    }

    /// The word that was at `address` of the stack. `None` if that is no multiple of the size of a word, or outside
    /// of what was copied.
    ///
    /// ```
    /// # use greenctx::{Carrier, SurveyOptions};
    /// # use std::time::{Duration, Instant};
    /// # let carrier = Carrier::new()?;
    /// # let handle = carrier.handle();
    /// # carrier.run(move || {
    /// #     let mut survey = handle.survey(SurveyOptions::new());
    /// #     let slice = survey.next(Instant::now() + Duration::from_secs(60)).ok().flatten();
    /// #     let Some(stack) = slice.and_then(|slice| slice.iter().next()?.1) else { return };
    /// let end = stack.registers().stack_pointer;
    /// assert!(stack.read(end).is_some());
    /// assert_eq!(stack.read(end - 8), None);
    /// # })?;
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    #[inline]
    pub fn read(&self, address: usize) -> Option<usize> {
        let offset = address.checked_sub(self.registers.stack_pointer)?;
        if !offset.is_multiple_of(size_of::<usize>()) {
            return None;
        }
        self.words.get(offset / size_of::<usize>()).copied()
    }
}

impl fmt::Debug for StackCopy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StackCopy")
            .field("registers", &self.registers)
            .field("bytes", &size_of_val(self.words))
            .finish()
    }
}

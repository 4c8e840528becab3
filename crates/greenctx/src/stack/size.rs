//! Size classes: powers of two, from [`MIN_STACK_BYTES`] to [`MAX_STACK_BYTES`], without the guard.

use std::error::Error;
use std::fmt;
use std::io;

use super::os::page_bytes;

/// The smallest stack, in bytes: 32 KiB, on which a panic that prints a backtrace has room.
pub const MIN_STACK_BYTES: usize = 32 * 1024;

/// The largest stack, in bytes: 1 GiB.
pub const MAX_STACK_BYTES: usize = 1 << 30;

/// How many classes there are.
pub(super) const CLASSES: usize =
    (MAX_STACK_BYTES.trailing_zeros() - MIN_STACK_BYTES.trailing_zeros() + 1) as usize;

/// One size of stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SizeClass(u8);

impl SizeClass {
    /// The smallest class whose stacks have at least `bytes` to use, and a whole page.
    pub(crate) fn for_bytes(bytes: usize) -> Result<Self, StackSizeError> {
        if !(MIN_STACK_BYTES..=MAX_STACK_BYTES).contains(&bytes) {
            return Err(StackSizeError { requested: bytes });
        }
        let exponent = bytes.max(page_bytes()).next_power_of_two().trailing_zeros();
        Ok(SizeClass((exponent - MIN_STACK_BYTES.trailing_zeros()) as u8))
    }

    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }

    /// What a stack of the class has to use.
    pub(crate) fn bytes(self) -> usize {
        MIN_STACK_BYTES << self.0
    }
}

/// A stack size outside of [`MIN_STACK_BYTES`]`..=`[`MAX_STACK_BYTES`].
///
/// ```
/// use greenctx::{Carrier, MIN_STACK_BYTES, StackError, StackSizeError};
///
/// fn check(bytes: usize) -> Result<(), StackSizeError> {
///     match Carrier::builder().stack_size(bytes).build() {
///         Err(StackError::Size(error)) => Err(error),
///         _ => Ok(()),
///     }
/// }
/// assert!(check(MIN_STACK_BYTES).is_ok());
/// assert!(check(MIN_STACK_BYTES - 1).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StackSizeError {
    requested: usize,
}

impl StackSizeError {
    /// The size that was asked for, in bytes.
    ///
    /// ```
    /// use greenctx::{Carrier, StackError};
    ///
    /// let Err(StackError::Size(error)) = Carrier::builder().stack_size(5).build() else {
    ///     panic!("five bytes are too few");
    /// };
    /// assert_eq!(error.requested(), 5);
    /// ```
    pub fn requested(&self) -> usize {
        self.requested
    }
}

impl fmt::Display for StackSizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a stack of {} bytes is outside the permitted range of {MIN_STACK_BYTES} to \
             {MAX_STACK_BYTES} bytes",
            self.requested
        )
    }
}

impl Error for StackSizeError {}

impl From<StackSizeError> for io::Error {
    fn from(error: StackSizeError) -> Self {
        io::Error::new(io::ErrorKind::InvalidInput, error)
    }
}

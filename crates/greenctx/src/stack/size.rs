//! Size classes: powers of two, from [`MIN_STACK_BYTES`] to [`MAX_STACK_BYTES`].

use std::error::Error;
use std::fmt;

use super::os::GUARD_BYTES;

/// The smallest stack, in bytes: a guard of 4 KiB and 12 KiB of use; on aarch64, 64 KiB of each.
pub const MIN_STACK_BYTES: usize = if GUARD_BYTES <= 4096 { 16 * 1024 } else { 128 * 1024 };

/// The largest stack, in bytes: 1 GiB, the size of one reservation.
pub const MAX_STACK_BYTES: usize = 1 << 30;

/// How many classes there are.
pub(super) const CLASSES: usize =
    (MAX_STACK_BYTES.trailing_zeros() - MIN_STACK_BYTES.trailing_zeros() + 1) as usize;

/// One size of slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SizeClass(u8);

impl SizeClass {
    /// The smallest class whose slots, guard included, have at least `bytes`.
    pub(crate) fn for_bytes(bytes: usize) -> Result<Self, StackSizeError> {
        if !(MIN_STACK_BYTES..=MAX_STACK_BYTES).contains(&bytes) {
            return Err(StackSizeError { requested: bytes });
        }
        let exponent = bytes.next_power_of_two().trailing_zeros();
        Ok(SizeClass((exponent - MIN_STACK_BYTES.trailing_zeros()) as u8))
    }

    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The size of a slot, guard included.
    pub(crate) fn bytes(self) -> usize {
        MIN_STACK_BYTES << self.0
    }
}

/// A stack size outside [`MIN_STACK_BYTES`]`..=`[`MAX_STACK_BYTES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StackSizeError {
    requested: usize,
}

impl StackSizeError {
    /// The size that was asked for, in bytes.
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

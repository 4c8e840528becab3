//! The beginning of each operation that may turn out not to have to wait. It is counted, and now and then it lets
//! others run. See [`greenctx::count_operation`], and *Giving way* on the page of the crate.
//!
//! All this happens before the operation has done anything, so an interruption loses nothing.

use greenctx::{Interrupted, count_operation, give_way};

/// Begins an operation that an interrupted thread may do too, if it need not wait for it.
#[inline(always)]
pub(crate) fn begin_operation() {
    if count_operation() {
        // An interruption is left to the operation, if that has to wait.
        let _ = give_way();
    }
}

/// As [`begin_interruptible_operation`]. Calls `note` if the turn of the thread is over.
///
/// # Errors
/// As there.
#[inline(always)]
pub(crate) fn begin_noted_operation(note: impl FnOnce()) -> Result<(), Interrupted> {
    match count_operation() {
        false => Ok(()),
        true => {
            note();
            give_way()
        }
    }
}

/// Begins an operation that ends here if the thread has been interrupted and its turn is over.
///
/// # Errors
/// If that is so.
#[inline(always)]
pub(crate) fn begin_interruptible_operation() -> Result<(), Interrupted> {
    match count_operation() {
        false => Ok(()),
        true => give_way(),
    }
}

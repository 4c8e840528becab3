//! Where operations begin: each that may turn out not to have to wait takes its part of the share of the
//! running thread, and lets the others run when that is used up. See [`greenctx::count_operation`].
//!
//! Before an operation has done anything, so that nothing is lost by an interruption.

use greenctx::{Interrupted, count_operation, give_way};

/// Before an operation that is done, if that needs no waiting, by an interrupted thread too.
#[inline(always)]
pub(crate) fn take_part() {
    if count_operation() {
        let _ = give_way();
    }
}

/// Before an operation that is not done by an interrupted thread that has used its share up.
///
/// # Errors
/// If it is one.
#[inline(always)]
pub(crate) fn take_part_or_end() -> Result<(), Interrupted> {
    match count_operation() {
        false => Ok(()),
        true => give_way(),
    }
}

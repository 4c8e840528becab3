//! What the calling green thread has, in one look.

use crate::carrier::Seat;
use crate::context;

/// What the calling green thread has at this moment; by [`here`].
///
/// ```
/// use greenctx::{Carrier, Here, here};
///
/// /// Whether half of the stack is still free.
/// fn is_half_free(here: Here) -> bool {
///     here.stack_left() > here.stack_size() / 2
/// }
///
/// assert!(Carrier::new()?.run(|| here().is_some_and(is_half_free))?);
/// # Ok::<(), greenctx::StackError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Here {
    seat: Seat,
    stack_left: usize,
    stack_size: usize,
    has_stack_to_spare: bool,
    is_parking_forbidden: bool,
    mark: u64,
}

/// What the calling green thread has: its seat, its stack, whether it may wait. `None` on a plain OS thread.
///
/// It is one look where the functions of the same names would be one each. It is for code that may run something else
/// on the caller's stack.
///
/// ```
/// use greenctx::{Carrier, here};
///
/// /// Whether the caller can go deeper.
/// fn has_room(bytes: usize) -> bool {
///     here().is_none_or(|here| here.stack_left() > bytes)
/// }
///
/// assert!(Carrier::new()?.run(|| has_room(10_000))?);
/// assert!(here().is_none());
/// # Ok::<(), greenctx::StackError>(())
/// ```
#[inline]
pub fn here() -> Option<Here> {
    context::current().map(|control| Here {
        seat: Seat::from_u32(control.seat()),
        stack_left: control.stack_left(),
        stack_size: control.bounds.bytes,
        has_stack_to_spare: control.has_stack_to_spare(),
        is_parking_forbidden: control.watch.is_parking_forbidden(),
        mark: control.mark.get(),
    })
}

/// Marks the calling green thread with a number of the caller's choice, until it is marked again or ends.
///
/// By [`Here::mark`] the code of an executor, say, tells its own green threads from all others at one look. Nothing in
/// this crate makes use of the mark. On a plain OS thread nothing is marked.
///
/// ```
/// use greenctx::{Carrier, here, set_mark};
///
/// Carrier::new()?.run(|| {
///     assert_eq!(here().map(|here| here.mark()), Some(0));
///     set_mark(7);
///     assert_eq!(here().map(|here| here.mark()), Some(7));
/// })?;
/// # Ok::<(), greenctx::StackError>(())
/// ```
pub fn set_mark(mark: u64) {
    if let Some(control) = context::current() {
        control.mark.set(mark);
    }
}

impl Here {
    /// As [`Seat::current`].
    ///
    /// ```
    /// use greenctx::{Carrier, Seat, here};
    ///
    /// let seats = Carrier::new()?.run(|| (here().map(|here| here.seat()), Seat::current()))?;
    /// assert_eq!(seats.0, seats.1);
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    #[inline]
    pub fn seat(&self) -> Seat {
        self.seat
    }

    /// As [`stack_left`](crate::stack_left), in bytes.
    ///
    /// ```
    /// use greenctx::{Carrier, here};
    ///
    /// let left = Carrier::new()?.run(|| here().map(|here| here.stack_left()))?;
    /// assert!(left.is_some_and(|bytes| bytes > 0));
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    #[inline]
    pub fn stack_left(&self) -> usize {
        self.stack_left
    }

    /// As [`stack_size`](crate::stack_size), in bytes.
    ///
    /// ```
    /// use greenctx::{Carrier, here};
    ///
    /// let here = Carrier::new()?.run(here)?.expect("main is a green thread");
    /// assert!(here.stack_left() < here.stack_size());
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    #[inline]
    pub fn stack_size(&self) -> usize {
        self.stack_size
    }

    /// Whether there is room to call something else on this stack: more than half of it is left, and enough for a
    /// panic that prints its backtrace.
    ///
    /// ```
    /// use greenctx::{Carrier, here};
    ///
    /// let here = Carrier::new()?.run(here)?.expect("main is a green thread");
    /// assert!(here.has_stack_to_spare());
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    #[inline]
    pub fn has_stack_to_spare(&self) -> bool {
        self.has_stack_to_spare
    }

    /// What the green thread was marked with by [`set_mark`]; 0 if it was not.
    ///
    /// ```
    /// use greenctx::{Carrier, here, set_mark};
    ///
    /// const OURS: u64 = 1;
    ///
    /// /// Whether the caller is one of the threads that have marked themselves.
    /// fn is_ours() -> bool {
    ///     here().is_some_and(|here| here.mark() == OURS)
    /// }
    ///
    /// let seen = Carrier::new()?.run(|| {
    ///     let before = is_ours();
    ///     set_mark(OURS);
    ///     (before, is_ours())
    /// })?;
    /// assert_eq!(seen, (false, true));
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    #[inline]
    pub fn mark(&self) -> u64 {
        self.mark
    }

    /// As [`is_parking_forbidden`](crate::is_parking_forbidden).
    ///
    /// ```
    /// use greenctx::{Carrier, here, no_park};
    ///
    /// let here = Carrier::new()?.run(|| no_park(here))?.expect("main is a green thread");
    /// assert!(here.is_parking_forbidden());
    /// # Ok::<(), greenctx::StackError>(())
    /// ```
    #[inline]
    pub fn is_parking_forbidden(&self) -> bool {
        self.is_parking_forbidden
    }
}

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
    is_parking_forbidden: bool,
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
        is_parking_forbidden: control.watch.is_parking_forbidden(),
    })
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

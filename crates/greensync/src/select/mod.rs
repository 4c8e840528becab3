//! Waiting for the first of several channel operations: what [`select!`](crate::select!) is made of.
//!
//! How it works, and why nothing is lost or done twice, is written in `monitor/select.rs`.

mod arms;
mod dynamic;
mod error;
#[cfg(all(test, green_loom))]
mod models;
mod syntax;

use std::time::Duration;

use greenctx::Interrupted;
use greenstd::time::{self, Instant};

pub use self::arms::{ArmRef, Chosen, RecvArm, SendArm};
pub use self::dynamic::{Select, SelectedOperation};
pub use self::error::{ReadyTimeoutError, SelectTimeoutError, TryReadyError, TrySelectError};
use crate::monitor::select::{Numbered, Order, Patience, Selected, select};

/// The number of the arm `default`.
#[doc(hidden)]
pub const DEFAULT: usize = usize::MAX;

/// The number of the arm `interrupted`.
#[doc(hidden)]
pub const INTERRUPTED: usize = usize::MAX - 1;

/// The outcome of a select.
#[derive(Debug)]
#[doc(hidden)]
pub struct Outcome {
    chosen: usize,
    interrupted: Option<Interrupted>,
}

impl Outcome {
    /// The number of the chosen arm.
    #[doc(hidden)]
    pub fn chosen(&self) -> usize {
        self.chosen
    }

    /// For a select without an arm `interrupted`: the first arm is told.
    #[must_use]
    #[doc(hidden)]
    pub fn or_first(self) -> Self {
        Outcome { chosen: if self.chosen == INTERRUPTED { 0 } else { self.chosen }, ..self }
    }

    /// For a select with an arm `interrupted`.
    #[must_use]
    #[doc(hidden)]
    pub fn as_it_is(self) -> Self {
        self
    }

    /// The reason, for the arm `interrupted`.
    #[doc(hidden)]
    pub fn interrupted(&self) -> Interrupted {
        self.interrupted.expect("the arm is chosen for nothing else")
    }
}

/// How long to wait.
#[derive(Debug)]
#[doc(hidden)]
pub struct Wait(Patience);

impl Wait {
    /// Until an arm can go.
    #[doc(hidden)]
    pub fn for_ever() -> Self {
        Wait(Patience::ForEver)
    }

    /// Not at all.
    #[doc(hidden)]
    pub fn not() -> Self {
        Wait(Patience::None)
    }

    /// As long as `limit` says.
    #[doc(hidden)]
    pub fn limited(limit: impl IntoDeadline) -> Self {
        Wait(limit.into_deadline().map_or(Patience::ForEver, Patience::Until))
    }
}

/// What `default(..)` of [`select!`](crate::select!) takes: a [`Duration`] from now on, or an [`Instant`].
#[doc(hidden)]
pub trait IntoDeadline {
    /// The moment; `None` if the clock does not reach so far.
    fn into_deadline(self) -> Option<Instant>;
}

impl IntoDeadline for Duration {
    fn into_deadline(self) -> Option<Instant> {
        time::after(self)
    }
}

impl IntoDeadline for Instant {
    fn into_deadline(self) -> Option<Instant> {
        Some(self)
    }
}

/// Waits until one of the arms has gone.
///
/// # Panics
/// In `crate::no_park`, if it has to wait.
#[doc(hidden)]
#[track_caller]
pub fn fair<const ARMS: usize>(arms: [ArmRef<'_>; ARMS], wait: &Wait) -> Outcome {
    select_arms(arms, Order::Chance, wait)
}

/// As [`fair`], with the first one preferred.
///
/// # Panics
/// As `fair`.
#[doc(hidden)]
#[track_caller]
pub fn biased<const ARMS: usize>(arms: [ArmRef<'_>; ARMS], wait: &Wait) -> Outcome {
    select_arms(arms, Order::Given, wait)
}

#[track_caller]
fn select_arms<const ARMS: usize>(arms: [ArmRef<'_>; ARMS], order: Order, wait: &Wait) -> Outcome {
    let mut arms: [Numbered<'_>; ARMS] = arms.map(|arm| arm.0);
    match select(&mut arms, order, wait.0) {
        Selected::Arm(number) => Outcome { chosen: number, interrupted: None },
        Selected::TimedOut => Outcome { chosen: DEFAULT, interrupted: None },
        Selected::Interrupted(interrupted) => {
            Outcome { chosen: INTERRUPTED, interrupted: Some(interrupted) }
        }
    }
}

/// Waits without any arms.
///
/// # Errors
/// If the wait is interrupted.
///
/// # Panics
/// In `crate::no_park`, if it has to wait.
#[doc(hidden)]
pub fn pause(wait: &Wait) -> Result<(), Interrupted> {
    match wait.0 {
        Patience::None => Ok(()),
        Patience::Until(deadline) => greenctx::sleep_until(deadline),
        // Beyond the clock's range.
        Patience::ForEver => greenctx::sleep(Duration::MAX),
    }
}

/// The result of the arm that was chosen.
#[doc(hidden)]
pub fn chosen<R>(result: Option<R>) -> R {
    result.expect("the arm that was chosen has a result")
}

/// No other number is given to an arm.
#[cold]
#[doc(hidden)]
pub fn no_such_arm() -> ! {
    unreachable!("an arm was chosen that is not there");
}

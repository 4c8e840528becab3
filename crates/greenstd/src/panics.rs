//! Keeping a panic where it belongs.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a panic carries.
pub type Payload = Box<dyn Any + Send + 'static>;

/// Calls foreign code and catches its panic. The panic hook has reported it by then.
///
/// # Errors
/// With the payload of the panic.
pub fn contain<R>(foreign: impl FnOnce() -> R) -> Result<R, Payload> {
    catch_unwind(AssertUnwindSafe(foreign))
}

/// Drops a foreign value; whether that went without a panic. A panic is caught, and so is one in
/// the drop of its payload.
pub fn dispose<T>(value: T) -> bool {
    match contain(|| drop(value)) {
        Ok(()) => true,
        Err(payload) => {
            if let Err(second) = contain(|| drop(payload)) {
                // Somebody's payload panics in its drop, with a payload that may do so again.
                std::mem::forget(second);
            }
            false
        }
    }
}

/// The text of a panic, if it has one.
pub fn message(payload: &(dyn Any + Send)) -> Option<&str> {
    match payload.downcast_ref::<&'static str>() {
        Some(text) => Some(text),
        None => payload.downcast_ref::<String>().map(String::as_str),
    }
}

//! A value that does something as it is dropped.

use std::fmt;

/// Calls a closure as it is dropped.
pub struct OnDrop(Option<Box<dyn FnOnce()>>);

impl OnDrop {
    /// Calls `call`, once.
    pub fn new(call: impl FnOnce() + 'static) -> Self {
        OnDrop(Some(Box::new(call)))
    }
}

impl Drop for OnDrop {
    fn drop(&mut self) {
        (self.0.take().expect("it is dropped once"))();
    }
}

impl fmt::Debug for OnDrop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnDrop")
    }
}

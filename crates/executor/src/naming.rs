//! How a submission finds the name of its job. A type, so that one without a name costs nothing.

use greenstd::sync::Arc;

/// See the module.
pub(crate) trait Naming {
    fn name(self) -> Option<Arc<str>>;
}

/// Of a job without a name.
pub(crate) struct Unnamed;

impl Naming for Option<Arc<str>> {
    fn name(self) -> Option<Arc<str>> {
        self
    }
}

impl Naming for Unnamed {
    #[inline(always)]
    fn name(self) -> Option<Arc<str>> {
        None
    }
}

//! Values that tell when they are dropped.

use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicUsize, Ordering};

/// Counts drops.
#[derive(Clone, Default)]
pub(crate) struct Drops(Arc<AtomicUsize>);

/// Counted when it is dropped.
pub(crate) struct Counted(Drops);

/// Panics when it is dropped, after it was counted.
pub(crate) struct Nasty(Drops);

impl Drops {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn counted(&self) -> Counted {
        Counted(self.clone())
    }

    pub(crate) fn nasty(&self) -> Nasty {
        Nasty(self.clone())
    }

    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Acquire)
    }

    fn add(&self) {
        self.0.fetch_add(1, Ordering::Release);
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.add();
    }
}

impl Drop for Nasty {
    fn drop(&mut self) {
        self.0.add();
        panic!("dropped");
    }
}

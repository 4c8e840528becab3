//! Counting what lives, and values that are unpleasant to drop.

use greenstd::atomic::{AtomicUsize, Ordering};
use greenstd::sync::Arc;

/// Counts the tokens that were made and those that are alive.
#[derive(Clone, Default)]
pub(crate) struct Drops(Arc<Counts>);

#[derive(Default)]
struct Counts {
    made: AtomicUsize,
    dropped: AtomicUsize,
}

/// Alive as long as it is not dropped.
pub(crate) struct Token(Arc<Counts>);

impl Drops {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn token(&self) -> Token {
        self.0.made.fetch_add(1, Ordering::SeqCst);
        Token(self.0.clone())
    }

    pub(crate) fn made(&self) -> usize {
        self.0.made.load(Ordering::SeqCst)
    }

    pub(crate) fn dropped(&self) -> usize {
        self.0.dropped.load(Ordering::SeqCst)
    }

    pub(crate) fn alive(&self) -> usize {
        self.made() - self.dropped()
    }
}

impl Token {
    /// To be called in closures, so that they capture it.
    pub(crate) fn keep(&self) {}

    /// How many were alive with it when it was asked.
    pub(crate) fn number(&self) -> usize {
        self.0.made.load(Ordering::SeqCst)
    }
}

impl Clone for Token {
    fn clone(&self) -> Self {
        self.0.made.fetch_add(1, Ordering::SeqCst);
        Token(self.0.clone())
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.0.dropped.fetch_add(1, Ordering::SeqCst);
    }
}

/// Panics when it is dropped (unless that would end the process).
pub(crate) struct PanicsInDrop(pub(crate) &'static str);

impl PanicsInDrop {
    /// To be called in closures, so that they capture it.
    pub(crate) fn keep(&self) {}
}

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        if !greenstd::thread::panicking() {
            std::panic::panic_any(self.0);
        }
    }
}

//! Items that can be claimed where they wait, and tell when they are dropped.

use std::time::Duration;

use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use greenstd::time::{self, Instant};
use workqueue::Item;

/// A numbered item.
pub(crate) struct Token {
    pub(crate) number: u64,
    accepted_at: Option<Instant>,
    claim: Claim,
    _drop: CountsDrop,
}

/// The right to run a token, for whoever is first.
#[derive(Clone)]
pub(crate) struct Claim(Arc<AtomicBool>);

/// How many tokens of a set have been dropped.
#[derive(Clone, Default)]
pub(crate) struct Dropped(Arc<AtomicUsize>);

struct CountsDrop(Dropped);

impl Token {
    pub(crate) fn new(number: u64) -> Self {
        Self::counted(number, &Dropped::default())
    }

    pub(crate) fn counted(number: u64, dropped: &Dropped) -> Self {
        let claim = Claim(Arc::new(AtomicBool::new(true)));
        Token { number, accepted_at: None, claim, _drop: CountsDrop(dropped.clone()) }
    }

    pub(crate) fn accepted_at(mut self, moment: Instant) -> Self {
        self.accepted_at = Some(moment);
        self
    }

    pub(crate) fn claim(&self) -> Claim {
        self.claim.clone()
    }
}

impl Item for Token {
    fn is_waiting(&self) -> bool {
        self.claim.0.load(Ordering::Acquire)
    }

    fn key(&self) -> usize {
        self.claim.key()
    }

    fn number(&self) -> u64 {
        self.number
    }

    fn age(&self) -> Option<Duration> {
        Some(time::since(self.accepted_at?))
    }
}

impl Claim {
    /// `true` for the first caller.
    pub(crate) fn take(&self) -> bool {
        self.0.swap(false, Ordering::AcqRel)
    }

    pub(crate) fn key(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }
}

impl Dropped {
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Acquire)
    }
}

impl Drop for CountsDrop {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::Release);
    }
}

/// The numbers of some tokens.
pub(crate) fn numbers(tokens: impl IntoIterator<Item = Token>) -> Vec<u64> {
    tokens.into_iter().map(|token| token.number).collect()
}

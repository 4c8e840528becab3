//! The hook that keeps entered spans, and scoped dispatchers, by green thread.
//!
//! A subscriber has public `enter` and `exit`, and says which span is the current one. So all entered spans
//! can be found from the innermost outwards, each exited in turn, and later be entered in reverse. Layers
//! see that: the time in which a span is busy does not contain the waits.
//!
//! A scoped dispatcher (`with_default`) is covered by the global one for the time of the wait. Its spans
//! are exited as well as those of the global one below it. Of several scoped ones within each other, only
//! the innermost one's spans are found.

use greenctx::{CarrierBuilder, SwitchHook};
use tracing::Dispatch;
use tracing::dispatcher::{DefaultGuard, set_default};
use tracing::span::Id;

use super::dispatcher;

/// More spans within each other are taken for a subscriber whose `exit` does nothing.
const MOST_SPANS: usize = 1024;

/// As many fit without an allocation.
const FEW: usize = 4;

/// Has the spans of a carrier's green threads kept apart.
pub(crate) fn keep_apart(carrier: CarrierBuilder) -> CarrierBuilder {
    carrier.switch_hook(Spans)
}

struct Spans;

/// What a green thread had entered when it began to wait.
struct Kept {
    entered: Entered,
    /// If its dispatcher was a scoped one: what covers it, and what was entered below it.
    covered: Option<(DefaultGuard, Entered)>,
}

/// Spans of one dispatcher, the innermost one first.
struct Entered {
    dispatcher: Dispatch,
    few: [Option<Id>; FEW],
    more: Vec<Id>,
}

impl SwitchHook for Spans {
    type Kept = Kept;

    fn take(&self) -> Option<Kept> {
        let current = dispatcher::current();
        let beneath = dispatcher::beneath(&current);
        if beneath.is_none() && current.current_span().id().is_none() {
            return None;
        }
        let entered = Entered::exit_all(current);
        let covered = beneath.map(|global| {
            let cover = set_default(&global);
            (cover, Entered::exit_all(global))
        });
        Some(Kept { entered, covered })
    }

    fn put_back(&self, kept: Kept) {
        if let Some((cover, entered)) = kept.covered {
            entered.enter_all();
            drop(cover);
        }
        kept.entered.enter_all();
    }

    fn clear(&self) {
        if let Some(kept) = self.take()
            && let Some((cover, _)) = kept.covered
        {
            // Its drop would bring back the dispatcher whose guard somebody has leaked.
            std::mem::forget(cover);
        }
    }
}

impl Entered {
    /// Exits all spans that are entered on this OS thread.
    fn exit_all(dispatcher: Dispatch) -> Self {
        let mut entered = Entered { dispatcher, few: [const { None }; FEW], more: Vec::new() };
        for index in 0..MOST_SPANS {
            let Some(id) = entered.dispatcher.current_span().id().cloned() else { break };
            entered.dispatcher.exit(&id);
            match entered.few.get_mut(index) {
                Some(place) => *place = Some(id),
                None => entered.more.push(id),
            }
        }
        entered
    }

    /// Enters them again.
    fn enter_all(&self) {
        let outermost_first = self.more.iter().rev().chain(self.few.iter().rev().flatten());
        outermost_first.for_each(|id| self.dispatcher.enter(id));
    }
}

//! Executors by number.
//!
//! A task names its executor by a number. A counted reference in every task would be a counter that all
//! submitters and all carriers write. The few calls that need the executor itself (to cancel a job, say) look it
//! up here.
//!
//! A number has three bytes, as a task is to be small. After sixteen million executors it is given out once more, if
//! the executor that had it has gone. All jobs of that one have ended, so nobody looks it up any more.
//!
//! A forked child starts with an empty list, behind a lock of its own: another thread of the parent may have held the
//! parent's at the moment of the fork, and then it is locked in the child for ever. So in a child there is no executor
//! for a job of the parent's. Its number will not be given out in the child before sixteen million others.

use std::collections::BTreeMap;

use greenctx::PerProcess;
use greenstd::atomic::unwatched::Counter;
use greenstd::sync::{Arc, StaticMutex, Weak};

use crate::pool::Pool;

type ByNumber = StaticMutex<BTreeMap<u64, Weak<Pool>>>;

static EXECUTORS: PerProcess<ByNumber> = PerProcess::new();

const MAX: u64 = (1 << 24) - 1;

pub(crate) fn fresh_id() -> u64 {
    static NEXT: Counter = Counter::new(1);
    // A number that was given out, and is not entered yet, is far from coming again.
    loop {
        let id = NEXT.add(1) & MAX;
        if id != 0 && !executors().lock().contains_key(&id) {
            return id;
        }
    }
}

pub(crate) fn enter(pool: &Arc<Pool>) {
    executors().lock().insert(pool.id(), Arc::downgrade(pool));
}

pub(crate) fn leave(id: u64) {
    executors().lock().remove(&id);
}

pub(crate) fn find(id: u64) -> Option<Arc<Pool>> {
    executors().lock().get(&id).and_then(Weak::upgrade)
}

/// Those of this process.
fn executors() -> &'static ByNumber {
    EXECUTORS.get_or_init(StaticMutex::default)
}

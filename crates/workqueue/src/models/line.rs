//! All items in one line, from the moment at which there may be one worker (`backlog/mod.rs`).

use greenstd::model::explore;
use greenstd::thread;

use crate::{Local, Queue};

/// A submitter on a carrier, against the lowering of the maximum: what it submitted first is not left in
/// the carrier's own queue, where it would be overtaken.
#[test]
fn what_a_carrier_submits_is_not_overtaken_in_the_line() {
    explore(3, || {
        let (queue, locals) = Queue::<u32>::new(2, 2);
        let [_, mut other] = <[Local<u32>; 2]>::try_from(locals).unwrap();
        let submitter = thread::spawn({
            let queue = queue.clone();
            move || {
                queue.admit().unwrap().push_on_carrier(0, 1);
                queue.admit().unwrap().push(2);
            }
        });
        queue.set_max_workers(1);
        submitter.join().unwrap();
        assert_eq!((other.take(), other.take()), (Some(1), Some(2)));
    });
}

/// A worker that moves items to its carrier's queue, against the lowering of the maximum: those that it
/// has in hand come back to their place.
#[test]
fn what_is_moved_is_not_overtaken_in_the_line() {
    explore(3, || {
        let (queue, locals) = Queue::<u32>::new(2, 2);
        let [mut mover, mut other] = <[Local<u32>; 2]>::try_from(locals).unwrap();
        for item in 0..3 {
            queue.submit(item).unwrap();
        }
        let moving = thread::spawn(move || mover.take());
        queue.set_max_workers(1);
        // It may have looked in the very moment, and seen none; in a carrier's loop, a wake follows.
        let first = moving.join().unwrap().or_else(|| other.take());
        assert_eq!((first, other.take(), other.take()), (Some(0), Some(1), Some(2)));
    });
}

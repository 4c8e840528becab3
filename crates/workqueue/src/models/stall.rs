//! Workers that wait for their own queue: somebody sees that all of them do (`slots.rs`).

use std::task::Waker;

use greenstd::model::explore;
use greenstd::thread;

use super::bed;
use crate::{Local, Prospect, Queue, Retirement};

/// *stall-event* to *stall-look*: one of two workers comes to wait for the item that is in the backlog, the other one
/// gives its slot back, which is beyond the maximum. One of the two carriers starts a worker.
#[test]
fn a_worker_that_waits_and_one_that_steps_down_do_not_leave_an_item() {
    explore(3, || {
        let (queue, locals) = Queue::new(2, 1);
        let [first, second] = <[Local<u32>; 2]>::try_from(locals).unwrap();
        assert!(first.start_worker());
        queue.overdraw_worker();
        queue.submit(1).unwrap();
        let waiter = thread::spawn({
            let queue = queue.clone();
            move || {
                queue.begin_wait_for_item();
                // Its carrier looks for work.
                first.start_worker()
            }
        });
        second.step_down();
        let by_second = second.start_worker();
        let by_first = waiter.join().unwrap();
        assert!(by_first || by_second, "an item stays");
        assert!(!(by_first && by_second), "one is enough");
    });
}

/// *stall-event* to *stall-look*: of two workers each comes to wait for room. One of them at least is told that it
/// will not come.
#[test]
fn the_last_worker_that_waits_for_room_is_told() {
    explore(3, || {
        let (queue, locals) = Queue::<u32>::new(2, 2);
        let [first, second] = <[Local<u32>; 2]>::try_from(locals).unwrap();
        assert!(first.start_worker() && second.start_worker());
        let other = thread::spawn({
            let queue = queue.clone();
            move || in_vain(&queue, &bed().1).is_some()
        });
        let told = in_vain(&queue, &bed().1).is_some();
        assert!(told | other.join().unwrap(), "both wait for ever");
    });
}

/// *stall-event* to *stall-look*: a worker comes to wait for room in vain, while the other one retires. It is told,
/// before it waits or while it does.
#[test]
fn who_waits_for_room_is_told_by_the_last_that_retires() {
    explore(3, || {
        let (queue, [first, second]) = busy(Some(2));
        let (bed, waker) = bed();
        let waiter = thread::spawn({
            let queue = queue.clone();
            move || {
                bed.bind();
                while in_vain(&queue, &waker).is_none() {
                    bed.park();
                    queue.end_worker_wait_for_room(&waker);
                }
            }
        });
        assert_eq!(second.retire_worker(), Retirement::Retired);
        waiter.join().unwrap();
        drop(first);
    });
}

/// Both slots taken, at most `limit` items outstanding. Without a limit, starts and ends have no fence that
/// would order what these models are about.
fn busy(limit: Option<u64>) -> (Queue<u32>, [Local<u32>; 2]) {
    let (queue, locals) = match limit {
        Some(_) => Queue::new(2, 2),
        None => Queue::unlimited(2, 2),
    };
    if limit.is_some() {
        queue.set_limit(limit);
    }
    let locals = <[Local<u32>; 2]>::try_from(locals).unwrap();
    assert!(locals.iter().all(Local::start_worker));
    (queue, locals)
}

/// A worker that has just been refused asks whether it would wait in vain. If so: how much had happened
/// by its knowledge.
fn in_vain(queue: &Queue<u32>, waker: &Waker) -> Option<u64> {
    let turnover = queue.turnover();
    let prospect = queue.begin_worker_wait_for_room(waker, turnover);
    (prospect == Prospect::None).then_some(turnover)
}

/// No worker is told wrongly: the other worker starts the item that waits, and is at it for good.
#[test]
fn who_waits_for_room_is_not_told_while_another_starts() {
    explore(3, || {
        // Without a limit, for the reason that `busy` gives.
        let (queue, locals) = Queue::unlimited(2, 2);
        let [first, mut second] = <[Local<u32>; 2]>::try_from(locals).unwrap();
        assert!(first.start_worker());
        queue.submit(1).unwrap();
        let waiter = thread::spawn(move || assert_eq!(in_vain(&queue, &bed().1), None));
        assert!(second.start_worker() && second.take().is_some());
        second.count_started();
        waiter.join().unwrap();
    });
}

/// No worker is told wrongly: the other worker makes room, and retires.
#[test]
fn who_waits_for_room_is_not_told_when_another_has_made_some() {
    explore(3, || {
        let (queue, [_first, second]) = busy(None);
        let other = thread::spawn(move || {
            second.count_ended();
            second.step_down();
        });
        let known = in_vain(&queue, &bed().1);
        other.join().unwrap();
        assert!(known.is_none_or(|known| known == queue.turnover()), "it does not know all");
    });
}

/// No worker is told wrongly: the other worker makes room, and comes to wait for some as well.
#[test]
fn who_waits_for_room_is_not_told_when_another_has_made_some_and_waits() {
    explore(3, || {
        let (queue, [_first, second]) = busy(None);
        let other = thread::spawn({
            let queue = queue.clone();
            move || {
                second.count_ended();
                queue.begin_wait_for_item();
            }
        });
        let known = in_vain(&queue, &bed().1);
        other.join().unwrap();
        assert!(known.is_none_or(|known| known == queue.turnover()), "it does not know all");
    });
}

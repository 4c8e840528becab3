//! Workers that wait for their own queue: somebody sees that all of them do (`slots.rs`).

use greenstd::model::explore;
use greenstd::thread;

use super::bed;
use crate::{Local, Queue};

/// B1 to B3: one of two workers comes to wait for the item that is in the backlog, the other one gives
/// its slot back, which is beyond the maximum. One of the two carriers starts a worker.
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

/// B1 to B3: of two workers each comes to wait for room. One of them at least is told that it will not
/// come.
#[test]
fn the_last_worker_that_waits_for_room_is_told() {
    explore(3, || {
        let (queue, locals) = Queue::<u32>::new(2, 2);
        let [first, second] = <[Local<u32>; 2]>::try_from(locals).unwrap();
        assert!(first.start_worker() && second.start_worker());
        let other = thread::spawn({
            let queue = queue.clone();
            move || queue.begin_worker_wait_for_room(&bed().1)
        });
        let told = queue.begin_worker_wait_for_room(&bed().1);
        assert!(told | other.join().unwrap(), "both wait for ever");
    });
}

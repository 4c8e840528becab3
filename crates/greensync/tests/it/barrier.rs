//! Barriers.

use greenctx::spawn;
use greensync::Barrier;

use crate::{let_others_run, on_carrier};

#[test]
fn a_barrier_of_one_or_none_stops_nobody() {
    for size in [0, 1] {
        let barrier = Barrier::new(size);
        assert!(barrier.wait().unwrap().is_leader());
        assert!(barrier.wait().unwrap().is_leader());
    }
}

#[test]
fn the_last_one_to_come_leads_and_the_barrier_is_ready_again() {
    static BARRIER: Barrier = Barrier::new(3);
    on_carrier(|| {
        for _ in 0..3 {
            let others = [(); 2].map(|()| spawn(|| BARRIER.wait().unwrap().is_leader()));
            let_others_run();
            assert!(others.iter().all(|other| !other.is_finished()));
            assert!(BARRIER.wait().unwrap().is_leader());
            assert!(others.into_iter().all(|other| !other.join().unwrap()));
        }
    });
}

#[test]
fn an_interrupted_one_does_not_count_any_more() {
    static BARRIER: Barrier = Barrier::new(2);
    on_carrier(|| {
        let gone = spawn(|| BARRIER.wait());
        let_others_run();
        gone.thread().cancel();
        assert!(gone.join().unwrap().unwrap_err().is_cancelled());
        let waiting = spawn(|| BARRIER.wait().unwrap());
        let_others_run();
        assert!(!waiting.is_finished(), "it is alone");
        assert!(BARRIER.wait().unwrap().is_leader());
        assert!(!waiting.join().unwrap().is_leader());
    });
}

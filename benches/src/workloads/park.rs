//! Two threads that wake each other by `unpark`, and park: what everything that waits is made of.

use super::{Workload, peers};
use crate::measure::{Measured, Params};

pub const WORKLOAD: Workload = Workload {
    name: "park",
    about: "two threads, each unparks the other and parks; ns a round trip",
    n: 1_000_000,
    warm_up: true,
    runners: &[("green", green), ("threads", threads)],
};

fn green(params: &Params) -> Measured {
    let pool = peers::green(params);
    let n = params.n;
    Measured::time(n, || {
        // On one carrier, wherever the pool would place them: what is measured is no message.
        let asking = move || {
            let asker = greenctx::current();
            let answering = move || {
                for _ in 0..n {
                    greenctx::park().expect("nobody cancels it");
                    asker.unpark();
                }
            };
            let answerer = greenctx::spawn_local(answering);
            let thread = answerer.thread().clone();
            for _ in 0..n {
                thread.unpark();
                greenctx::park().expect("nobody cancels it");
            }
            answerer.join().expect("it does not panic");
        };
        pool.submit(asking).expect("nothing is refused").result().expect("none fails");
    })
}

fn threads(params: &Params) -> Measured {
    let n = params.n / 20;
    Measured::time(n, || {
        let asker = std::thread::current();
        let answering = move || {
            for _ in 0..n {
                std::thread::park();
                asker.unpark();
            }
        };
        let answerer = std::thread::spawn(answering);
        for _ in 0..n {
            answerer.thread().unpark();
            std::thread::park();
        }
        // A park may end for nothing, so the other may have a turn left.
        while !answerer.is_finished() {
            answerer.thread().unpark();
            std::thread::yield_now();
        }
        answerer.join().expect("it does not panic");
    })
}

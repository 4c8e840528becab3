//! Two threads that send a number to and fro: what a hand-over by a channel costs when nobody else is
//! there to run.

use executor::{GreenThreadPoolExecutor, TaskHandle};

use super::{Workload, peers};
use crate::measure::{Measured, Params};

pub const WORKLOAD: Workload = Workload {
    name: "pingpong",
    about: "two threads, two channels, a number goes to and fro; ns a round trip",
    n: 1_000_000,
    warm_up: true,
    runners: &[("green", green), ("tokio", tokio), ("may", may)],
};

pub const BESIDE: Workload = Workload {
    name: "pingpong_beside",
    about: "the same, and ours says that the two belong together; ns a round trip",
    n: 1_000_000,
    warm_up: true,
    // In the peers a woken thread moves to its waker anyway.
    runners: &[("green", green_beside), ("tokio", tokio), ("may", may)],
};

fn green(params: &Params) -> Measured {
    talk(params, |pool, _asking, answering| drop(pool.submit(answering)))
}

fn green_beside(params: &Params) -> Measured {
    talk(params, |pool, asking, answering| drop(pool.job().beside(asking).submit(answering)))
}

/// One job asks, and another one answers, which `submit` submits.
fn talk(
    params: &Params,
    submit: fn(&GreenThreadPoolExecutor, &TaskHandle, Box<dyn FnOnce() + Send>),
) -> Measured {
    let pool = peers::green(params);
    let n = params.n;
    Measured::time(n, || {
        let (ping, pings) = greensync::bounded(1);
        let (pong, pongs) = greensync::bounded(1);
        let asking = move || {
            let mut sum = 0;
            for number in 0..n {
                ping.send(number).expect("somebody answers");
                sum += pongs.recv().expect("somebody answers");
            }
            sum
        };
        let asking = pool.submit(asking).expect("nothing is refused");
        let answering = move || {
            for number in pings {
                pong.send(number).expect("somebody asks");
            }
        };
        submit(&pool, &asking.handle(), Box::new(answering));
        check(n, asking.result().expect("none fails"));
    })
}

/// Tokio's own channel without a bound: with room for one it is slower, as are the channels of
/// async-channel and flume.
fn tokio(params: &Params) -> Measured {
    let runtime = peers::tokio(params);
    let n = params.n;
    Measured::time(n, || {
        let (ping, mut pings) = tokio::sync::mpsc::unbounded_channel();
        let (pong, mut pongs) = tokio::sync::mpsc::unbounded_channel();
        runtime.spawn(async move {
            while let Some(number) = pings.recv().await {
                pong.send(number).expect("somebody asks");
            }
        });
        let asking = runtime.spawn(async move {
            let mut sum = 0;
            for number in 0..n {
                ping.send(number).expect("somebody answers");
                sum += pongs.recv().await.expect("somebody answers");
            }
            sum
        });
        check(n, runtime.block_on(asking).expect("no task fails"));
    })
}

/// May's channel for one sender and one receiver: of its three, all without a bound, the fastest.
fn may(params: &Params) -> Measured {
    peers::may(params);
    let n = params.n;
    Measured::time(n, || {
        let (ping, pings) = may::sync::spsc::channel();
        let (pong, pongs) = may::sync::spsc::channel();
        may::go!(move || {
            for number in pings.iter() {
                pong.send(number).expect("somebody asks");
            }
        });
        let asking = may::go!(move || {
            let mut sum = 0;
            for number in 0..n {
                ping.send(number).expect("somebody answers");
                sum += pongs.recv().expect("somebody answers");
            }
            sum
        });
        check(n, asking.join().expect("none fails"));
    })
}

fn check(n: u64, sum: u64) {
    assert_eq!(sum, (0..n).sum::<u64>(), "a number was lost or came twice");
}

//! Several threads that send into one bounded channel, and several that receive from it.

use super::{Workload, peers};
use crate::measure::{Measured, Params};

/// So many send, and as many receive.
const SIDES: u64 = 4;
const CAPACITY: usize = 1024;

pub const WORKLOAD: Workload = Workload {
    name: "mpmc",
    about: "4 threads send into a channel with room for 1024, 4 receive from it; ns a number",
    n: 1_000_000,
    warm_up: true,
    runners: &[("green", green), ("tokio", tokio), ("may", may), ("threads", threads)],
};

fn green(params: &Params) -> Measured {
    let pool = peers::green(params);
    let each = params.n / SIDES;
    Measured::time(each * SIDES, || {
        let (sender, receiver) = greensync::bounded(CAPACITY);
        for first in 0..SIDES {
            let sender = sender.clone();
            let send = move || {
                for number in numbers(first, each) {
                    sender.send(number).expect("somebody receives");
                }
            };
            drop(pool.submit(send).expect("nothing is refused"));
        }
        drop(sender);
        let receivers: Vec<_> = (0..SIDES)
            .map(|_| {
                let receiver = receiver.clone();
                pool.submit(move || receiver.iter().sum::<u64>()).expect("nothing is refused")
            })
            .collect();
        let sums = receivers.into_iter().map(executor::GreenFuture::result);
        check(each, sums.map(|sum| sum.expect("none fails")));
    })
}

/// Tokio has no channel with several receivers: this is flume's, which is faster than async-channel's.
fn tokio(params: &Params) -> Measured {
    let runtime = peers::tokio(params);
    let each = params.n / SIDES;
    Measured::time(each * SIDES, || {
        let (sender, receiver) = flume::bounded(CAPACITY);
        for first in 0..SIDES {
            let sender = sender.clone();
            runtime.spawn(async move {
                for number in numbers(first, each) {
                    sender.send_async(number).await.expect("somebody receives");
                }
            });
        }
        drop(sender);
        let receivers: Vec<_> = (0..SIDES)
            .map(|_| {
                let receiver = receiver.clone();
                runtime.spawn(async move {
                    let mut sum = 0;
                    while let Ok(number) = receiver.recv_async().await {
                        sum += number;
                    }
                    sum
                })
            })
            .collect();
        let sums = receivers.into_iter().map(|receiver| runtime.block_on(receiver));
        check(each, sums.map(|sum| sum.expect("no task fails")));
    })
}

/// May's channel has no bound: its senders never wait.
fn may(params: &Params) -> Measured {
    peers::may(params);
    let each = params.n / SIDES;
    Measured::time(each * SIDES, || {
        let (sender, receiver) = may::sync::mpmc::channel();
        for first in 0..SIDES {
            let sender = sender.clone();
            may::go!(move || {
                for number in numbers(first, each) {
                    sender.send(number).expect("somebody receives");
                }
            });
        }
        drop(sender);
        let receivers: Vec<_> = (0..SIDES)
            .map(|_| {
                let receiver = receiver.clone();
                may::go!(move || receiver.iter().sum::<u64>())
            })
            .collect();
        let sums = receivers.into_iter().map(may::coroutine::JoinHandle::join);
        check(each, sums.map(|sum| sum.expect("none fails")));
    })
}

/// Crossbeam's channel, on an OS thread for each.
fn threads(params: &Params) -> Measured {
    let each = params.n / SIDES;
    Measured::time(each * SIDES, || {
        let (sender, receiver) = crossbeam_channel::bounded(CAPACITY);
        for first in 0..SIDES {
            let sender = sender.clone();
            std::thread::spawn(move || {
                for number in numbers(first, each) {
                    sender.send(number).expect("somebody receives");
                }
            });
        }
        drop(sender);
        let receivers: Vec<_> = (0..SIDES)
            .map(|_| {
                let receiver = receiver.clone();
                std::thread::spawn(move || receiver.iter().sum::<u64>())
            })
            .collect();
        let sums = receivers.into_iter().map(std::thread::JoinHandle::join);
        check(each, sums.map(|sum| sum.expect("no thread fails")));
    })
}

/// What one of the senders sends.
fn numbers(first: u64, each: u64) -> impl Iterator<Item = u64> {
    (first * each)..(first + 1) * each
}

fn check(each: u64, sums: impl Iterator<Item = u64>) {
    assert_eq!(
        sums.sum::<u64>(),
        (0..each * SIDES).sum::<u64>(),
        "a number was lost or came twice"
    );
}

//! One of several operations.

use std::time::Duration;

use greenctx::{current, spawn, with_timeout};
use greenstd::atomic::{AtomicU64, Ordering};
use greenstd::panics::contain;
use greenstd::sync::Arc;
use greenstd::time;
use greensync::{RecvError, SendError, bounded, never, select, select_biased, unbounded};

use crate::channel::FLAVOURS;
use crate::stage::{Act, act, everywhere, let_others_wait, on_carrier, on_one_carrier};

#[test]
fn an_operation_that_can_be_done_is_done_at_once() {
    let (sender, receiver) = bounded(1);
    let (_open, nothing) = unbounded::<u32>();
    let sent = select! {
        send(sender, 5) -> sent => sent,
        recv(nothing) -> _ => unreachable!(),
    };
    assert_eq!(sent, Ok(()));
    let received = select! {
        recv(nothing) -> _ => unreachable!(),
        recv(&receiver) -> message => message,
        default => unreachable!(),
    };
    assert_eq!(received, Ok(5));
}

#[test]
fn the_default_arm_is_for_when_nothing_can_be_done() {
    let (sender, receiver) = bounded::<u32>(0);
    let mut turns = 0;
    let chosen = loop {
        turns += 1;
        select! {
            recv(receiver) -> _ => break "received",
            send(sender, 1) -> _ => break "sent",
            default => if turns == 3 { break "default" },
        }
    };
    assert_eq!((chosen, turns), ("default", 3));
}

#[test]
fn a_select_waits_for_its_time_and_not_less() {
    let receiver = never::<u32>();
    let limit = Duration::from_millis(5);
    let begin = time::now();
    select! {
        recv(receiver) -> _ => unreachable!(),
        default(limit) => {}
    }
    assert!(time::now() >= begin + limit);
    on_carrier(move || {
        let until = time::now() + limit;
        select! {
            recv(receiver) -> _ => unreachable!(),
            default(until) => assert!(time::now() >= until),
        }
    });
}

#[test]
fn a_waiting_select_is_woken_by_any_of_its_channels() {
    for flavour in FLAVOURS {
        for ready in 0..3 {
            on_carrier(move || {
                let channels = [(); 2].map(|()| flavour.channel());
                let [(a_sends, a), (b_sends, b)] = channels;
                let (c_sends, c) = bounded(0);
                let waiting = spawn(move || {
                    select! {
                        recv(a) -> message => (0, message.unwrap()),
                        recv(b) -> message => (1, message.unwrap()),
                        send(c_sends, 12) -> sent => {
                            sent.unwrap();
                            (2, 12)
                        }
                    }
                });
                let_others_wait();
                match ready {
                    0 => a_sends.send(10).unwrap(),
                    1 => b_sends.send(11).unwrap(),
                    _ => assert_eq!(c.recv(), Ok(12)),
                }
                assert_eq!(waiting.join().unwrap(), (ready, ready + 10), "{flavour:?}");
                assert_eq!((a_sends.len(), b_sends.len()), (0, 0));
                assert_eq!(c.try_recv().ok(), None);
            });
        }
    }
}

#[test]
fn a_closed_channel_is_chosen_with_an_error() {
    for flavour in FLAVOURS {
        on_carrier(move || {
            let (sender, receiver) = flavour.channel::<u32>();
            let (full, room) = bounded(0);
            let waiting = spawn(move || {
                select! {
                    recv(receiver) -> message => (message, None),
                    send(full, 3) -> sent => (Ok(0), Some(sent)),
                }
            });
            let_others_wait();
            if flavour.capacity() == Some(1) {
                drop(room);
                let sent = Err(SendError::Disconnected(3.into()));
                assert_eq!(waiting.join().unwrap(), (Ok(0), Some(sent)));
            } else {
                drop(sender);
                assert_eq!(waiting.join().unwrap(), (Err(RecvError::Disconnected), None));
            }
        });
    }
}

#[test]
fn two_selects_meet_on_a_rendezvous() {
    on_carrier(|| {
        let (to, from) = bounded(0);
        let other = spawn({
            let (to, from) = (to.clone(), from.clone());
            move || {
                select! {
                    send(to, 1) -> sent => sent.map(|()| 0).unwrap(),
                    recv(from) -> message => message.unwrap(),
                }
            }
        });
        let_others_wait();
        let mine = select! {
            recv(from) -> message => message.unwrap(),
            send(to, 2) -> sent => sent.map(|()| 0).unwrap(),
        };
        let theirs = other.join().unwrap();
        assert!(matches!((mine, theirs), (0, 2) | (1, 0)), "{mine} {theirs}");
    });
}

#[test]
fn an_interrupted_select_tells_the_arm_for_that_or_the_first_one() {
    on_carrier(|| {
        let (sender, receiver) = bounded(0);
        let thread = spawn({
            let (sender, receiver) = (sender.clone(), receiver.clone());
            move || {
                let first = select! {
                    send(sender, 5) -> sent => sent,
                    recv(receiver) -> _ => unreachable!(),
                };
                let first = first.unwrap_err();
                assert!(matches!(&first, SendError::Interrupted(why, _) if why.is_cancelled()));
                assert_eq!(first.into_inner(), 5);
                select! {
                    recv(receiver) -> _ => unreachable!(),
                    interrupted(reason) => assert!(reason.is_cancelled()),
                }
            }
        });
        let_others_wait();
        thread.thread().cancel();
        thread.join().unwrap();
        let timed_out = with_timeout(Duration::from_millis(1), || {
            select! {
                recv(receiver) -> message => message,
                interrupted(reason) => Err(RecvError::Interrupted(reason)),
                default(Duration::from_secs(1000)) => unreachable!(),
            }
        });
        assert!(matches!(timed_out, Err(RecvError::Interrupted(reason)) if reason.is_timed_out()));
    });
}

/// The answer wins: what can be done is done, cancelled or not.
#[test]
fn a_cancelled_thread_still_does_what_needs_no_waiting() {
    on_carrier(|| {
        let (sender, receiver) = bounded(1);
        sender.send(1).unwrap();
        current().cancel();
        let message = select! {
            recv(receiver) -> message => message,
            interrupted(_) => unreachable!(),
        };
        assert_eq!(message, Ok(1));
    });
}

#[test]
fn the_message_of_the_chosen_send_alone_is_made() {
    let (full, _receiver) = bounded(0);
    let (free, received) = bounded(1);
    let made = || -> u32 { panic!("it is not chosen") };
    select! {
        send(full, made()) -> _ => {}
        send(free, 5) -> sent => assert_eq!(sent, Ok(())),
    }
    select! {
        send(full, made()) -> _ => {}
        recv(received) -> message => assert_eq!(message, Ok(5)),
    }
    // What is not chosen is not moved either.
    let kept = String::from("kept");
    let mut kept = Some(kept);
    let (texts, _room) = bounded(0);
    select! {
        send(texts, kept.take().unwrap()) -> _ => unreachable!(),
        default => {}
    }
    assert!(kept.is_some());
}

#[test]
fn chance_prefers_no_arm() {
    let channels = [(); 3].map(|()| unbounded());
    let mut counts = [0; 3];
    for _ in 0..3000 {
        channels.iter().for_each(|(sender, _)| sender.send(()).unwrap());
        let [(_, a), (_, b), (_, c)] = &channels;
        counts[select! {
            recv(a) -> _ => 0,
            recv(b) -> _ => 1,
            recv(c) -> _ => 2,
        }] += 1;
    }
    // A fair arm falls below 800 of 3000 by a chance of one to millions.
    assert!(counts.iter().all(|count| *count > 800), "{counts:?}");
}

/// Selects that send and receive on the same channels, against each other and against plain operations: what
/// is sent is received once.
#[test]
fn many_selects_lose_and_double_nothing() {
    const EACH: u64 = 1500;
    for flavour in FLAVOURS {
        for stage in [on_one_carrier, everywhere] {
            let channels = [(); 3].map(|()| flavour.channel());
            let [(a, from_a), (b, from_b), (c, from_c)] = channels;
            let (sum, count) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
            let mut actors: Vec<Act> = Vec::new();
            for part in 0..4 {
                let (a, b, c) = (a.clone(), b.clone(), c.clone());
                actors.push(act(move || {
                    for n in part * EACH..(part + 1) * EACH {
                        let sent = select! {
                            send(a, n) -> sent => sent,
                            send(b, n) -> sent => sent,
                            send(c, n) -> sent => sent,
                        };
                        sent.unwrap();
                    }
                }));
            }
            for own in [a.clone(), b.clone()] {
                actors.push(act(move || {
                    for n in 4 * EACH..5 * EACH {
                        own.send(n).unwrap();
                    }
                }));
            }
            let count_one = {
                let (sum, count) = (sum.clone(), count.clone());
                move |n: u64| {
                    sum.fetch_add(n, Ordering::Relaxed);
                    count.fetch_add(1, Ordering::Relaxed);
                }
            };
            for _ in 0..4 {
                let (mut from_a, mut from_b) = (from_a.clone(), from_b.clone());
                let (mut from_c, count_one) = (from_c.clone(), count_one.clone());
                actors.push(act(move || {
                    let mut open = 3;
                    while open > 0 {
                        let (ended, message) = select! {
                            recv(from_a) -> message => (&mut from_a, message),
                            recv(from_b) -> message => (&mut from_b, message),
                            recv(from_c) -> message => (&mut from_c, message),
                            default(Duration::from_micros(50)) => continue,
                        };
                        match message {
                            Ok(n) => count_one(n),
                            Err(_) => {
                                *ended = never();
                                open -= 1;
                            }
                        }
                    }
                }));
            }
            actors.push(act(move || from_a.iter().for_each(&count_one)));
            drop((a, b, c, from_b, from_c));
            stage(actors);
            assert_eq!(count.load(Ordering::Relaxed), 6 * EACH, "{flavour:?}");
            let expected: u64 = (0..5 * EACH).sum::<u64>() + (4 * EACH..5 * EACH).sum::<u64>();
            assert_eq!(sum.load(Ordering::Relaxed), expected, "{flavour:?}");
        }
    }
}

/// The name means the macro alone: a user's own module may be called so too.
mod names {
    use greensync::select;

    mod select {
        pub(super) fn number() -> u32 {
            7
        }
    }

    #[test]
    fn the_macro_is_imported_and_nothing_else() {
        let number = select! {
            default => select::number(),
        };
        assert_eq!(number, 7);
    }
}

#[test]
fn commas_may_end_every_list() {
    let (sender, receiver) = bounded(1);
    let sent = select! {
        send(sender, 5,) -> sent => sent,
        default(Duration::from_secs(1000),) => unreachable!(),
    };
    assert_eq!(sent, Ok(()));
    let received = select! {
        recv(receiver,) -> message => message,
        default() => unreachable!(),
    };
    assert_eq!(received, Ok(5));
}

#[test]
fn a_select_without_operations_waits_for_the_time() {
    let waits = || {
        assert_eq!(select! { default => 1 }, 1);
        let until = time::now() + Duration::from_millis(2);
        select! {
            default(until) => assert!(time::now() >= until),
        }
        select_biased! {
            default(Duration::from_micros(1)) => {}
        }
        let interrupted = with_timeout(Duration::from_millis(1), || {
            select! {
                interrupted(why) => why.is_timed_out(),
                default(Duration::MAX) => unreachable!(),
            }
        });
        assert!(interrupted);
    };
    waits();
    on_carrier(waits);
}

#[test]
fn a_biased_select_prefers_the_first_arm_that_can_be_done() {
    let channels = [(); 3].map(|()| unbounded());
    let [(a_sends, a), (b_sends, b), (c_sends, c)] = &channels;
    for _ in 0..100 {
        b_sends.send(()).unwrap();
        c_sends.send(()).unwrap();
        let chosen = select_biased! {
            recv(a) -> _ => 0,
            recv(b) -> _ => 1,
            recv(c) -> _ => 2,
            default => 3,
        };
        assert_eq!(chosen, 1);
    }
    let sent = select_biased! {
        recv(a) -> _ => unreachable!(),
        send(a_sends, ()) -> sent => sent,
        recv(c) -> _ => unreachable!(),
    };
    assert_eq!(sent, Ok(()));
}

#[test]
fn a_message_that_cannot_be_made_is_not_sent() {
    on_carrier(|| {
        let (fails, nothing) = (|| -> u32 { panic!("a part of the test") }, None);
        for flavour in FLAVOURS {
            let (sender, receiver) = flavour.channel();
            let waiting = spawn(move || receiver.recv());
            let_others_wait();
            let failed = contain(|| {
                select! {
                    send(sender, fails()) -> _ => {}
                }
            });
            assert!(failed.is_err());
            let left = loop {
                select! {
                    send(sender, if let Some(message) = nothing { message } else { break "left" }) -> _ => {}
                }
            };
            assert_eq!(left, "left");
            let_others_wait();
            assert!(!waiting.is_finished(), "{flavour:?}");
            sender.send(5).unwrap();
            assert_eq!(waiting.join().unwrap(), Ok(5), "{flavour:?}");
        }
    });
}

/// The others run while the message is made, on both sides of a rendezvous.
#[test]
fn a_message_may_take_its_time() {
    on_carrier(|| {
        for sender_first in [false, true] {
            let (sender, receiver) = bounded(0);
            let sending = move || {
                spawn(move || {
                    select! {
                        send(sender, { let_others_wait(); 5 }) -> sent => sent,
                        default(Duration::from_secs(1000)) => unreachable!(),
                    }
                })
            };
            let receiving = move || {
                spawn(move || {
                    select! {
                        recv(receiver) -> message => message,
                        default(Duration::from_secs(1000)) => unreachable!(),
                    }
                })
            };
            let (sent, received) = if sender_first {
                let sending = sending();
                let_others_wait();
                (sending, receiving())
            } else {
                let receiving = receiving();
                let_others_wait();
                (sending(), receiving)
            };
            assert_eq!(received.join().unwrap(), Ok(5));
            assert_eq!(sent.join().unwrap(), Ok(()));
        }
    });
}

#[test]
fn one_who_tries_again_and_again_meets_a_selecting_sender() {
    on_carrier(|| {
        let (sender, receiver) = bounded(0);
        let sending = spawn(move || {
            for n in 0..100 {
                select! {
                    send(sender, n) -> sent => sent.unwrap(),
                }
            }
        });
        for n in 0..100 {
            let message = loop {
                if let Ok(message) = receiver.try_recv() {
                    break message;
                }
            };
            assert_eq!(message, n);
        }
        sending.join().unwrap();
    });
}

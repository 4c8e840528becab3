//! Models of the select protocol (`monitor/select.rs`), with channels and plain threads.

use std::time::Duration;

use greenctx::{Carrier, current};
use greenstd::model::explore;
use greenstd::thread;

use crate::select;
use crate::{Receiver, RecvError, Select, after, bounded, unbounded};

const FORCED_SWITCHES: usize = 3;

/// Either of two, waiting.
fn either(a: &Receiver<u32>, b: &Receiver<u32>) -> Result<u32, RecvError> {
    select! {
        recv(a) -> message => message,
        recv(b) -> message => message,
    }
}

/// *select-claim* against *select-claim*: two counterparts want different arms of one select. One message is
/// received, the other one stays.
#[test]
fn two_channels_that_one_select_waits_for() {
    explore(FORCED_SWITCHES, || {
        let (a, from_a) = unbounded();
        let (b, from_b) = unbounded();
        let senders =
            [thread::spawn(move || a.send(1).unwrap()), thread::spawn(move || b.send(2).unwrap())];
        let first = either(&from_a, &from_b).unwrap();
        let second = if first == 1 { from_b.recv() } else { from_a.recv() };
        assert_eq!(second, Ok(3 - first));
        for sender in senders {
            sender.join().unwrap();
        }
    });
}

/// *select-lock* to *select-link*: one message comes while two selects begin to wait; one gets it, and the other
/// learns of the end.
#[test]
fn one_message_for_two_selects() {
    explore(2, || {
        let (a, from_a) = bounded(1);
        let (b, from_b) = bounded(1);
        let selects = [(); 2].map(|()| {
            let (from_a, from_b) = (from_a.clone(), from_b.clone());
            thread::spawn(move || either(&from_a, &from_b).ok())
        });
        a.send(1).unwrap();
        a.close();
        b.close();
        let received = selects.map(|select| select.join().unwrap());
        let left = from_a.try_recv().ok();
        let mut all: Vec<u32> = received.into_iter().chain([left]).flatten().collect();
        assert_eq!(all.pop(), Some(1));
        assert!(all.is_empty());
    });
}

/// *select-lock* to *select-link* again: nothing falls between the attempts and the linking.
#[test]
fn a_select_misses_no_message() {
    explore(FORCED_SWITCHES, || {
        let (a, from_a) = unbounded();
        let (_b, from_b) = unbounded();
        let sender = thread::spawn(move || {
            a.send(1).unwrap();
            a
        });
        assert_eq!(either(&from_a, &from_b), Ok(1));
        drop(sender.join().unwrap());
    });
}

/// *select-due*: when the time of an arm has come, the select goes by that arm, though nobody has claimed it. Or a message
/// comes first. Then the arm that goes by the clock is still there.
#[test]
fn a_select_ends_by_the_clock_of_an_arm() {
    explore(FORCED_SWITCHES, || {
        let (sender, from) = unbounded();
        let tick = after(Duration::from_millis(1));
        let sender = thread::spawn(move || {
            sender.send(1).unwrap();
            sender
        });
        let has_ticked = select! {
            recv(&from) -> message => message != Ok(1),
            recv(&tick) -> moment => moment.is_ok(),
        };
        if has_ticked {
            assert_eq!(from.recv(), Ok(1));
        } else {
            assert!(tick.recv().is_ok());
        }
        drop(sender.join().unwrap());
    });
}

/// Two selects that may each send and receive on a rendezvous: they meet, in one of the two ways.
#[test]
fn two_selects_on_a_rendezvous() {
    explore(2, || {
        let (to, from) = bounded(0);
        let meet = |own: u32| {
            let (to, from) = (to.clone(), from.clone());
            move || {
                select! {
                    send(to, own) -> sent => {
                        sent.unwrap();
                        None
                    }
                    recv(from) -> message => Some(message.unwrap()),
                }
            }
        };
        let other = thread::spawn(meet(1));
        let mine = meet(2)();
        let theirs = other.join().unwrap();
        assert!(matches!((mine, theirs), (Some(1), None) | (None, Some(2))));
    });
}

/// *select-end* against *select-claim*: the time is over while a message comes. It is received, or still there.
#[test]
fn a_select_times_out_while_a_message_comes() {
    explore(FORCED_SWITCHES, || {
        let (a, from_a) = bounded(0);
        let (_b, from_b) = unbounded::<u32>();
        let sender = thread::spawn(move || a.try_send(1).is_ok());
        let received = select! {
            recv(from_a) -> message => message.is_ok(),
            recv(from_b) -> _ => unreachable!(),
            default(Duration::from_nanos(1)) => false,
        };
        assert_eq!(sender.join().unwrap(), received);
    });
}

/// *select-end* against *select-claim*: the same with a cancellation, and a message that is to be sent. It is sent, or comes back.
#[test]
fn a_select_is_cancelled_while_its_message_is_taken() {
    explore(2, || {
        Carrier::new()
            .unwrap()
            .run(|| {
                let (to, from) = bounded(0);
                let (_b, from_b) = unbounded::<u32>();
                let receiver = thread::spawn(move || from.try_recv().ok());
                let me = current();
                let canceller = thread::spawn(move || me.cancel());
                let sent = select! {
                    send(to, 7) -> sent => sent,
                    recv(from_b) -> _ => unreachable!(),
                };
                canceller.join().unwrap();
                match sent {
                    Ok(()) => assert_eq!(receiver.join().unwrap(), Some(7)),
                    Err(error) => {
                        assert_eq!(error.into_inner(), 7);
                        assert_eq!(receiver.join().unwrap(), None);
                    }
                }
            })
            .unwrap();
    });
}

/// *meet-push* and *meet-wait*: a thread that only tries finds a sender that has not made its message yet, or does not. It is sent in
/// the one case, and comes back in the other.
#[test]
fn who_tries_meets_a_selecting_sender() {
    explore(2, || {
        let (to, from) = bounded(0);
        let sender = thread::spawn(move || {
            select! {
                send(to, Box::new(7)) -> sent => sent.is_ok(),
                default(Duration::from_nanos(1)) => false,
            }
        });
        let received = from.try_recv().is_ok();
        assert_eq!(sender.join().unwrap(), received);
    });
}

/// *select-confirm*: the promise to a receiver is broken; it waits on, and gets what comes then.
#[test]
fn a_select_that_was_promised_a_message_in_vain_goes_on() {
    explore(2, || {
        let (to, from) = bounded(0);
        let (_b, from_b) = unbounded::<u32>();
        let sender = thread::spawn(move || {
            let none: Option<u32> = None;
            #[allow(clippy::never_loop, reason = "to leave the select without a message")]
            loop {
                select! {
                    send(to, match none { Some(message) => message, None => break }) -> _ => {}
                    default => break,
                }
            }
            to.send(5).unwrap();
        });
        assert_eq!(either(&from, &from_b), Ok(5));
        sender.join().unwrap();
    });
}

/// A receiver whose time ends when a sender has chosen it gets the message all the same.
#[test]
fn a_receiver_times_out_while_its_message_is_made() {
    explore(2, || {
        let (to, from) = bounded(0);
        let receiver =
            thread::spawn(move || from.recv_timeout(Duration::from_nanos(1)).ok().map(|n: u32| n));
        let sent = select! {
            send(to, 5) -> sent => sent.is_ok(),
            default => false,
        };
        assert_eq!(receiver.join().unwrap(), sent.then_some(5));
    });
}

/// *select-link* for a thread that only looks: a message that comes between the look and the linking is seen.
#[test]
fn whoever_looks_misses_no_message() {
    explore(FORCED_SWITCHES, || {
        let (a, from_a) = unbounded();
        let sender = thread::spawn(move || {
            a.send(1).unwrap();
            a
        });
        let mut looks = Select::new();
        looks.recv(&from_a);
        assert_eq!(looks.ready(), Ok(0));
        assert_eq!(from_a.try_recv(), Ok(1));
        drop(sender.join().unwrap());
    });
}

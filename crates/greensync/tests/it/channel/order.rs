//! The thread that comes first is served first.

use greenctx::spawn;
use greenstd::sync::{Arc, Mutex};
use greensync::{bounded, never, unbounded};

use super::FLAVOURS;
use crate::stage::{act, everywhere, let_others_wait, on_carrier, on_one_carrier};

#[test]
fn messages_of_one_sender_come_in_order() {
    for flavour in FLAVOURS {
        for stage in [on_one_carrier, everywhere] {
            let (sender, receiver) = flavour.channel();
            let sends = act(move || {
                for n in 0..1000 {
                    sender.send(n).unwrap();
                }
            });
            let receives = act(move || assert!(receiver.iter().eq(0..1000), "{flavour:?}"));
            stage(vec![sends, receives]);
        }
    }
}

#[test]
fn waiting_receivers_are_served_in_the_order_in_which_they_came() {
    for flavour in FLAVOURS {
        on_carrier(move || {
            let (sender, receiver) = flavour.channel();
            let served = Arc::new(Mutex::new(Vec::new()));
            let threads: Vec<_> = (0..5)
                .map(|index| {
                    let (receiver, served) = (receiver.clone(), served.clone());
                    let thread = spawn(move || {
                        let message = receiver.recv().unwrap();
                        served.lock().push((index, message));
                    });
                    let_others_wait();
                    thread
                })
                .collect();
            for n in 0..5 {
                sender.send(n).unwrap();
            }
            for thread in threads {
                thread.join().unwrap();
            }
            let mut served = std::mem::take(&mut *served.lock());
            served.sort_unstable();
            assert_eq!(served, (0..5).map(|n| (n, n)).collect::<Vec<_>>(), "{flavour:?}");
        });
    }
}

#[test]
fn waiting_senders_are_served_in_the_order_in_which_they_came() {
    for capacity in [0, 1, 4] {
        on_carrier(move || {
            let (sender, receiver) = bounded(capacity);
            for n in 0..capacity {
                sender.try_send(n).unwrap();
            }
            assert!(sender.try_send(100).unwrap_err().is_full());
            for n in capacity..capacity + 5 {
                let sender = sender.clone();
                spawn(move || sender.send(n).unwrap());
                let_others_wait();
            }
            drop(sender);
            assert!(receiver.iter().eq(0..capacity + 5));
        });
    }
}

/// A sender that has waited keeps its place: a sender that comes when room is just made queues behind it.
#[test]
fn a_newcomer_does_not_overtake_a_waiting_sender() {
    on_carrier(|| {
        let (sender, receiver) = bounded(1);
        sender.send(0).unwrap();
        let waiting = sender.clone();
        spawn(move || waiting.send(1).unwrap());
        let_others_wait();
        assert_eq!(receiver.recv(), Ok(0));
        assert!(sender.try_send(2).unwrap_err().is_full(), "the room is the waiting sender's");
        assert_eq!(receiver.recv(), Ok(1));
    });
}

#[test]
fn the_gauges_tell_how_full_a_channel_is() {
    let (sender, receiver) = bounded(2);
    assert_eq!((sender.capacity(), sender.len()), (Some(2), 0));
    assert!(sender.is_empty() && receiver.is_empty() && !sender.is_full());
    sender.send(1).unwrap();
    sender.send(2).unwrap();
    assert_eq!(receiver.len(), 2);
    assert!(sender.is_full() && receiver.is_full() && !receiver.is_empty());
    let (sender, receiver) = bounded::<u32>(0);
    assert!(sender.is_empty() && sender.is_full() && receiver.is_empty() && receiver.is_full());
    let (sender, receiver) = unbounded();
    sender.send(1).unwrap();
    assert_eq!((sender.capacity(), receiver.capacity()), (None, None));
    assert!(!sender.is_full() && !receiver.is_full());
    assert!(sender.same_channel(&sender.clone()) && receiver.same_channel(&receiver.clone()));
    assert!(!sender.same_channel(&unbounded().0) && !receiver.same_channel(&unbounded().1));
    assert!(never::<u32>().same_channel(&never()) && !never().same_channel(&receiver));
}

//! How a channel ends.

use greenctx::spawn;
use greensync::{RecvError, SendError, TryRecvError, TrySendError, never};

use super::{FLAVOURS, Flavour};
use crate::stage::{let_others_wait, on_carrier};

/// The ways to close a channel.
#[derive(Debug, Clone, Copy)]
enum Closing {
    Drop,
    Sender,
    Receiver,
}

const WAYS: [Closing; 3] = [Closing::Drop, Closing::Sender, Closing::Receiver];

#[test]
fn closing_lets_all_waiting_receivers_go() {
    for flavour in FLAVOURS {
        for closing in WAYS {
            on_carrier(move || {
                let (sender, receiver) = flavour.channel::<u32>();
                let waiting: Vec<_> = (0..3)
                    .map(|_| {
                        let receiver = receiver.clone();
                        spawn(move || receiver.recv())
                    })
                    .collect();
                let_others_wait();
                match closing {
                    Closing::Drop => drop(sender),
                    Closing::Sender => assert!(sender.close()),
                    Closing::Receiver => assert!(receiver.close()),
                }
                for thread in waiting {
                    assert_eq!(thread.join().unwrap(), Err(RecvError::Disconnected));
                }
                assert!(receiver.is_closed());
                assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected), "{flavour:?}");
            });
        }
    }
}

#[test]
fn closing_gives_waiting_senders_their_messages_back() {
    for flavour in [Flavour::Rendezvous, Flavour::One, Flavour::Several] {
        for closing in WAYS {
            on_carrier(move || {
                let (sender, receiver) = flavour.channel();
                while sender.try_send(100).is_ok() {}
                let waiting: Vec<_> = (0..3)
                    .map(|n| {
                        let sender = sender.clone();
                        spawn(move || sender.send(n))
                    })
                    .collect();
                let_others_wait();
                match closing {
                    Closing::Drop => drop(receiver),
                    Closing::Sender => assert!(sender.close()),
                    Closing::Receiver => assert!(receiver.close()),
                }
                for (n, thread) in waiting.into_iter().enumerate() {
                    assert_eq!(thread.join().unwrap(), Err(SendError::Disconnected(n.into())));
                }
                assert!(sender.is_closed());
                assert_eq!(sender.send(7), Err(SendError::Disconnected(7.into())));
                assert_eq!(sender.try_send(8), Err(TrySendError::Disconnected(8)), "{flavour:?}");
            });
        }
    }
}

#[test]
fn what_is_in_a_closed_channel_can_be_received() {
    for flavour in [Flavour::One, Flavour::Several, Flavour::Unbounded] {
        for closing in WAYS {
            let (sender, receiver) = flavour.channel();
            sender.send(1).unwrap();
            match closing {
                Closing::Drop => drop(sender),
                Closing::Sender => assert!(sender.close() && !sender.close()),
                Closing::Receiver => assert!(receiver.close() && !receiver.close()),
            }
            assert_eq!(receiver.recv(), Ok(1));
            assert_eq!(receiver.recv(), Err(RecvError::Disconnected));
            assert_eq!(receiver.into_iter().next(), None);
        }
    }
}

#[test]
fn only_the_last_half_of_a_side_closes() {
    for flavour in FLAVOURS {
        let (sender, receiver) = flavour.channel::<u32>();
        drop(sender.clone());
        drop(receiver.clone());
        assert!(!sender.is_closed() && !receiver.is_closed());
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    }
}

#[test]
fn a_receiver_that_never_receives_is_not_closed() {
    let receiver = never::<u32>();
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
    assert!(receiver.try_iter().next().is_none());
}

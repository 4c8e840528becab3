//! Models of channels: small ones, on the real monitor.

use std::time::Duration;

use greenstd::model::explore;
use greenstd::thread;

use crate::{RecvError, TryRecvError, bounded};

const FORCED_SWITCHES: usize = 3;

/// Two senders and a receiver on a channel with room for `capacity`.
fn two_senders(capacity: usize) {
    explore(FORCED_SWITCHES, move || {
        let (sender, receiver) = bounded(capacity);
        let senders = [1, 2].map(|n| {
            let sender = sender.clone();
            thread::spawn(move || sender.send(n).unwrap())
        });
        drop(sender);
        assert_eq!(receiver.recv().unwrap() + receiver.recv().unwrap(), 3);
        assert_eq!(receiver.recv(), Err(RecvError::Disconnected));
        for sender in senders {
            sender.join().unwrap();
        }
    });
}

#[test]
fn two_senders_meet_a_receiver() {
    two_senders(0);
}

#[test]
fn two_senders_share_one_place() {
    two_senders(1);
}

/// A message that is handed over when the time ends is received, or comes back.
#[test]
fn a_receiver_times_out_while_a_message_comes() {
    explore(FORCED_SWITCHES, || {
        let (sender, receiver) = bounded(0);
        let sends = thread::spawn(move || sender.try_send(Box::new(1)).is_ok());
        let received = receiver.recv_timeout(Duration::from_nanos(1));
        assert_eq!(sends.join().unwrap(), received.is_ok());
    });
}

/// A message whose sender's time ends when it is taken is sent, or comes back.
#[test]
fn a_sender_times_out_while_its_message_is_taken() {
    explore(FORCED_SWITCHES, || {
        let (sender, receiver) = bounded(0);
        let receives = thread::spawn(move || receiver.try_recv().is_ok());
        let sent = sender.send_timeout(Box::new(1), Duration::from_nanos(1));
        assert_eq!(receives.join().unwrap(), sent.is_ok());
    });
}

/// Closing against sending: what was sent is received, what was not comes back.
#[test]
fn a_channel_is_closed_while_a_message_is_sent() {
    explore(FORCED_SWITCHES, || {
        let (sender, receiver) = bounded(1);
        let sends = thread::spawn(move || sender.send(1).is_ok());
        receiver.close();
        let received = receiver.recv();
        let is_sent = sends.join().unwrap();
        assert_eq!(received.is_ok(), is_sent);
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
    });
}

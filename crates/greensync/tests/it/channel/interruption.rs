//! Waits that end by time, by a cancellation or by a deadline: messages come back, and the answer wins.

use std::time::Duration;

use greenctx::{current, shield, spawn, with_timeout};
use greenstd::time;
use greensync::{RecvError, RecvTimeoutError, SendError, SendTimeoutError, bounded};

use super::{FLAVOURS, Flavour};
use crate::stage::{let_others_wait, on_carrier};

const SHORT: Duration = Duration::from_millis(3);
const FULL: [Flavour; 3] = [Flavour::Rendezvous, Flavour::One, Flavour::Several];

#[test]
fn a_receive_times_out_and_not_before_its_time() {
    for flavour in FLAVOURS {
        let (_sender, receiver) = flavour.channel::<u32>();
        let waits = move || {
            let begin = time::now();
            assert_eq!(receiver.recv_timeout(SHORT), Err(RecvTimeoutError::Timeout));
            assert!(time::now() >= begin + SHORT);
            let until = time::now() + SHORT;
            assert_eq!(receiver.recv_deadline(until), Err(RecvTimeoutError::Timeout));
            assert!(time::now() >= until);
            receiver
        };
        let receiver = waits();
        on_carrier(move || {
            assert_eq!(receiver.recv_timeout(SHORT), Err(RecvTimeoutError::Timeout));
        });
    }
}

#[test]
fn a_send_times_out_with_its_message() {
    for flavour in FULL {
        let (sender, receiver) = flavour.channel();
        while sender.try_send(0).is_ok() {}
        let begin = time::now();
        assert_eq!(sender.send_timeout(5, SHORT), Err(SendTimeoutError::Timeout(5)));
        assert!(time::now() >= begin + SHORT);
        on_carrier(move || {
            let until = time::now() + SHORT;
            assert_eq!(sender.send_deadline(6, until), Err(SendTimeoutError::Timeout(6)));
            assert!(time::now() >= until);
            // A sender that has left takes no part any more.
            let capacity = receiver.capacity().unwrap_or(0);
            assert_eq!(receiver.try_iter().count(), capacity, "{flavour:?}");
        });
    }
}

#[test]
fn a_cancelled_sender_has_its_message_back() {
    for flavour in FULL {
        on_carrier(move || {
            let (sender, receiver) = flavour.channel();
            while sender.try_send(0).is_ok() {}
            let waiting = spawn(move || {
                let sent = sender.send(7).unwrap_err();
                assert!(matches!(&sent, SendError::Interrupted(why, _) if why.is_cancelled()));
                assert_eq!(sent.into_inner(), 7);
                // It is still cancelled, but not in here.
                shield(|| sender.send_timeout(8, SHORT))
            });
            let_others_wait();
            waiting.thread().cancel();
            let_others_wait();
            assert_eq!(waiting.join().unwrap(), Err(SendTimeoutError::Timeout(8)));
            assert!(receiver.try_iter().all(|message| message == 0), "{flavour:?}");
        });
    }
}

#[test]
fn a_cancelled_receiver_takes_no_message_along() {
    for flavour in FLAVOURS {
        on_carrier(move || {
            let (sender, receiver) = flavour.channel();
            let cancelled = spawn({
                let receiver = receiver.clone();
                move || receiver.recv()
            });
            let_others_wait();
            let waiting = spawn(move || receiver.recv());
            let_others_wait();
            cancelled.thread().cancel();
            let_others_wait();
            sender.send(1).unwrap();
            assert!(cancelled.join().unwrap().unwrap_err().is_interrupted());
            assert_eq!(waiting.join().unwrap(), Ok(1), "{flavour:?}");
        });
    }
}

/// Cancelled after its message was handed over, before it ran: it has the message.
#[test]
fn a_message_that_was_handed_over_is_received_in_spite_of_a_cancellation() {
    for flavour in FLAVOURS {
        on_carrier(move || {
            let (sender, receiver) = flavour.channel();
            let waiting = spawn(move || (receiver.recv(), receiver.recv()));
            let_others_wait();
            sender.send(1).unwrap();
            waiting.thread().cancel();
            let (first, second) = waiting.join().unwrap();
            assert_eq!(first, Ok(1), "{flavour:?}");
            assert!(matches!(second, Err(RecvError::Interrupted(_))));
        });
    }
}

#[test]
fn a_message_that_was_taken_is_sent_in_spite_of_a_cancellation() {
    on_carrier(|| {
        let (sender, receiver) = bounded(0);
        let waiting = spawn(move || sender.send(1));
        let_others_wait();
        assert_eq!(receiver.try_recv(), Ok(1));
        waiting.thread().cancel();
        assert_eq!(waiting.join().unwrap(), Ok(()));
    });
}

#[test]
fn a_cancelled_thread_still_does_what_needs_no_waiting() {
    on_carrier(|| {
        let (sender, receiver) = bounded(1);
        current().cancel();
        assert_eq!(sender.send(1), Ok(()));
        assert_eq!(receiver.recv(), Ok(1));
        assert!(receiver.recv().unwrap_err().is_interrupted());
        assert!(receiver.iter().next().is_none());
    });
}

#[test]
fn the_deadline_of_a_scope_ends_a_wait() {
    for flavour in FLAVOURS {
        let (_sender, receiver) = flavour.channel::<u32>();
        let waits = move || {
            let received = with_timeout(SHORT, || receiver.recv());
            assert!(matches!(received, Err(RecvError::Interrupted(why)) if why.is_timed_out()));
            let long = Duration::from_secs(1000);
            let received = with_timeout(SHORT, || receiver.recv_timeout(long));
            assert!(received.unwrap_err().is_interrupted());
            // One's own time limit, if that ends first.
            let received = with_timeout(long, || receiver.recv_timeout(SHORT));
            assert!(received.unwrap_err().is_timeout());
            receiver
        };
        let receiver = waits();
        drop(receiver);
    }
    on_carrier(|| {
        let (sender, _receiver) = bounded(0);
        let sent = with_timeout(SHORT, || sender.send(1)).unwrap_err();
        assert!(matches!(&sent, SendError::Interrupted(why, _) if why.is_timed_out()));
        assert_eq!(sent.into_inner(), 1);
    });
}

#[test]
fn a_wait_where_parking_is_forbidden_panics_and_leaves_the_channel_whole() {
    on_carrier(|| {
        let (sender, receiver) = bounded(1);
        let waits = greenstd::panics::contain(|| greenctx::no_park(|| receiver.recv()));
        assert!(waits.is_err());
        sender.send(1).unwrap();
        assert_eq!(receiver.recv(), Ok(1));
    });
}

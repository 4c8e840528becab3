//! Models of the inbox (`carrier/inbox.rs`): its word and its list, with senders and a carrier that sleeps.

use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::model::explore;
use greenstd::sync::Arc;
use greenstd::thread::{self, JoinHandle};

use super::Sleeper;
use crate::carrier::Message;

impl Sleeper {
    /// Another OS thread, which sends these numbers one after the other.
    fn sender(&self, numbers: impl IntoIterator<Item = u32> + Send + 'static) -> JoinHandle<()> {
        let shared = self.shared.clone();
        thread::spawn(move || numbers.into_iter().for_each(|n| shared.send(Message::Nudge(n))))
    }

    /// Reads until there were `count` numbers, and sleeps in between.
    fn read_numbers(&mut self, count: usize) -> Vec<u32> {
        let mut numbers = Vec::new();
        while numbers.len() < count {
            let before = numbers.len();
            numbers.extend(self.read().map(|message| match message {
                Message::Nudge(number) => number,
                other => panic!("nobody has sent {other:?}"),
            }));
            if numbers.len() == before {
                self.sleep();
            }
        }
        numbers
    }
}

/// One sender: its messages come in their order, by the word or by the list.
#[test]
fn messages_keep_the_order_of_their_sending() {
    explore(3, || {
        let mut carrier = Sleeper::new();
        let sender = carrier.sender(0..4);
        assert_eq!(carrier.read_numbers(4), [0, 1, 2, 3]);
        sender.join().unwrap();
        assert_eq!(carrier.look(), 0);
    });
}

/// Two senders: each message is read once, also if both find the word empty, or one lists its message while
/// the carrier takes the other's.
#[test]
fn messages_of_two_senders_are_read_once_each() {
    explore(3, || {
        let mut carrier = Sleeper::new();
        let senders = [carrier.sender([0, 1]), carrier.sender([2])];
        let mut numbers = carrier.read_numbers(3);
        numbers.sort();
        assert_eq!(numbers, [0, 1, 2]);
        for sender in senders {
            sender.join().unwrap();
        }
        assert_eq!(carrier.look(), 0);
    });
}

/// A message brings what its sender wrote before, whichever way it comes.
#[test]
fn a_message_brings_what_its_sender_wrote() {
    explore(3, || {
        let mut carrier = Sleeper::new();
        let written = [(); 2].map(|()| Arc::new(AtomicBool::new(false)));
        let senders = [0, 1].map(|n| {
            let (written, shared) = (written[n].clone(), carrier.shared.clone());
            thread::spawn(move || {
                written.store(true, Ordering::Relaxed);
                shared.send(Message::Nudge(n as u32));
            })
        });
        let mut read = 0;
        while read < 2 {
            for number in carrier.read_numbers(1) {
                read += 1;
                assert!(written[number as usize].load(Ordering::Relaxed), "{number}");
            }
        }
        for sender in senders {
            sender.join().unwrap();
        }
    });
}

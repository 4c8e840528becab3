//! Many of all kinds at once: nothing is lost, nothing comes twice.

use greenstd::atomic::{AtomicU64, Ordering};
use greenstd::sync::Arc;
use greensync::{bounded, unbounded};

use super::FLAVOURS;
use crate::stage::{Act, act, everywhere, face_to_face, on_one_carrier};

const SENDERS: u64 = 6;
const RECEIVERS: u64 = 6;
const MESSAGES: u64 = 2000;

#[test]
fn many_to_many_on_two_carriers_and_plain_threads() {
    for flavour in FLAVOURS {
        for stage in [on_one_carrier, everywhere] {
            let (sender, receiver) = flavour.channel();
            let (sum, count) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
            let sends = (0..SENDERS).map(|part| {
                let sender = sender.clone();
                act(move || {
                    for n in 0..MESSAGES {
                        sender.send(Box::new(part * MESSAGES + n)).unwrap();
                    }
                })
            });
            let receives = (0..RECEIVERS).map(|_| {
                let (receiver, sum, count) = (receiver.clone(), sum.clone(), count.clone());
                act(move || {
                    for message in receiver {
                        sum.fetch_add(*message, Ordering::Relaxed);
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                })
            });
            let actors: Vec<Act> = sends.chain(receives).collect();
            drop((sender, receiver));
            stage(actors);
            let total = SENDERS * MESSAGES;
            assert_eq!(count.load(Ordering::Relaxed), total, "{flavour:?}");
            assert_eq!(sum.load(Ordering::Relaxed), total * (total - 1) / 2, "{flavour:?}");
        }
    }
}

/// Here a thread that finds the channel full or empty looks again before it waits.
#[test]
fn senders_on_one_carrier_and_receivers_on_another() {
    for room in [Some(4), Some(16), Some(256), None] {
        for (senders, receivers) in [(1, 1), (4, 1), (1, 4), (4, 4)] {
            let (sender, receiver) = room.map_or_else(unbounded, bounded);
            let sum = Arc::new(AtomicU64::new(0));
            let sends = (0..senders).map(|part| {
                let sender = sender.clone();
                act(move || {
                    (part * MESSAGES..(part + 1) * MESSAGES).for_each(|n| sender.send(n).unwrap());
                })
            });
            let receives = (0..receivers).map(|_| {
                let (receiver, sum) = (receiver.clone(), sum.clone());
                act(move || {
                    sum.fetch_add(receiver.iter().sum::<u64>(), Ordering::Relaxed);
                })
            });
            let (sends, receives) = (sends.collect(), receives.collect());
            drop((sender, receiver));
            face_to_face(sends, receives);
            let total = senders * MESSAGES;
            assert_eq!(sum.load(Ordering::Relaxed), total * (total - 1) / 2, "{room:?}");
        }
    }
}

/// A message that is not sent comes back, also if the channel is closed between two looks.
#[test]
fn a_channel_is_closed_while_senders_on_another_carrier_find_it_full() {
    for stop in 0..100 {
        let (sender, receiver) = bounded(8);
        let counts = [Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0))];
        let [sent, received] = counts.clone();
        let sends = (0..4).map(|_| {
            let (sender, sent) = (sender.clone(), sent.clone());
            act(move || {
                let unsent = loop {
                    match sender.send(Box::new(7)) {
                        Ok(()) => sent.fetch_add(1, Ordering::Relaxed),
                        Err(error) => break error.into_inner(),
                    };
                };
                assert_eq!(*unsent, 7);
            })
        });
        let receives = act(move || {
            received.fetch_add(receiver.iter().take(stop * 16).count() as u64, Ordering::Relaxed);
            receiver.close();
            received.fetch_add(receiver.iter().count() as u64, Ordering::Relaxed);
        });
        let sends = sends.collect();
        drop(sender);
        face_to_face(sends, vec![receives]);
        let [sent, received] = counts.map(|count| count.load(Ordering::Relaxed));
        assert_eq!(sent, received);
    }
}

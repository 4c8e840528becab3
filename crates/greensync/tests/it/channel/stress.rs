//! Many of all kinds at once: nothing is lost, nothing comes twice.

use greenstd::atomic::{AtomicU64, Ordering};
use greenstd::sync::Arc;

use super::FLAVOURS;
use crate::stage::{Act, act, everywhere, on_one_carrier};

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

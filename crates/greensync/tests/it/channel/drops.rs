//! Every message is dropped once, and nothing that it does when it is dropped meets the channel's lock.

use std::time::Duration;

use greenstd::atomic::{AtomicU64, Ordering};
use greenstd::sync::Arc;
use greensync::{Receiver, bounded, select, unbounded};

use super::FLAVOURS;
use crate::stage::{Act, act, everywhere};

/// Counts its drops.
struct Counted(Arc<AtomicU64>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn messages_that_nobody_receives_are_dropped_with_the_last_receiver() {
    let drops = Arc::new(AtomicU64::new(0));
    let (sender, receiver) = unbounded();
    for _ in 0..10 {
        sender.send(Counted(drops.clone())).unwrap();
    }
    drop(receiver.recv());
    assert_eq!(drops.load(Ordering::Relaxed), 1);
    drop(receiver);
    assert_eq!(drops.load(Ordering::Relaxed), 10);
    drop(sender.send(Counted(drops.clone())));
    assert_eq!(drops.load(Ordering::Relaxed), 11);
}

/// Whatever becomes of it: received, given back, left in the queue, not chosen by a select.
#[test]
fn every_message_is_dropped_once() {
    const EACH: u64 = 500;
    for flavour in FLAVOURS {
        let drops = Arc::new(AtomicU64::new(0));
        let (sender, receiver) = flavour.channel();
        let (other, other_receiver) = flavour.channel();
        let mut actors: Vec<Act> = Vec::new();
        for _ in 0..3 {
            let (sender, other, drops) = (sender.clone(), other.clone(), drops.clone());
            actors.push(act(move || {
                for n in 0..EACH {
                    let message = || Counted(drops.clone());
                    match n % 3 {
                        0 => drop(sender.send_timeout(message(), Duration::from_micros(20))),
                        1 => drop(sender.try_send(message())),
                        _ => select! {
                            send(sender, message()) -> sent => drop(sent),
                            send(other, message()) -> sent => drop(sent),
                            default(Duration::from_micros(20)) => {}
                        },
                    }
                }
            }));
        }
        for from in [receiver.clone(), receiver.clone(), other_receiver] {
            actors.push(act(move || _ = from.iter().take(EACH as usize / 2).count()));
        }
        drop((sender, receiver, other));
        everywhere(actors);
        // Two messages were made for each select.
        let made = 3 * (0..EACH).map(|n| if n % 3 == 2 { 2 } else { 1 }).sum::<u64>();
        assert_eq!(drops.load(Ordering::Relaxed), made, "{flavour:?}");
    }
}

/// A message that has the channel's own halves, and uses them when it is dropped.
struct Entangled(Receiver<Entangled>);

impl Drop for Entangled {
    fn drop(&mut self) {
        assert!(self.0.is_closed());
        let _ = self.0.try_recv();
    }
}

#[test]
fn a_message_may_use_its_channel_when_it_is_dropped() {
    let (sender, receiver) = bounded(2);
    sender.try_send(Entangled(receiver.clone())).unwrap();
    sender.try_send(Entangled(receiver.clone())).unwrap();
    sender.close();
    let refused = sender.try_send(Entangled(receiver.clone()));
    drop(refused);
    assert_eq!(receiver.len(), 0, "each took the next one out");
}

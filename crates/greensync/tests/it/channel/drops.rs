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
        let made = Arc::new(AtomicU64::new(0));
        let (sender, receiver) = flavour.channel();
        let (other, other_receiver) = flavour.channel();
        let mut actors: Vec<Act> = Vec::new();
        for _ in 0..3 {
            let (sender, other) = (sender.clone(), other.clone());
            let (drops, made) = (drops.clone(), made.clone());
            actors.push(act(move || {
                for n in 0..EACH {
                    let message = || {
                        made.fetch_add(1, Ordering::Relaxed);
                        Counted(drops.clone())
                    };
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
        let made = made.load(Ordering::Relaxed);
        assert!(made <= 3 * EACH, "a select makes one message at most");
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

/// Panics when it is dropped.
struct Sour(Arc<AtomicU64>);

impl Drop for Sour {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
        panic!("a part of the test");
    }
}

#[test]
fn messages_whose_drops_panic_are_dropped_all_the_same_and_the_first_panic_goes_on() {
    for flavour in FLAVOURS {
        let drops = Arc::new(AtomicU64::new(0));
        let (sender, receiver) = flavour.channel();
        let mut queued = 0;
        // A message that does not fit would have to be forgotten, and what it holds with it.
        while queued < 3 && !sender.is_full() {
            assert!(sender.try_send(Sour(drops.clone())).is_ok(), "{flavour:?}");
            queued += 1;
        }
        let dropped = greenstd::panics::contain(|| drop(receiver));
        assert_eq!(dropped.is_err(), queued > 0, "{flavour:?}");
        assert_eq!(drops.load(Ordering::Relaxed), queued, "{flavour:?}");
        drop(sender);
    }
}

/// Also where one panic is on its way already.
#[test]
fn messages_whose_drops_panic_do_not_end_the_process_while_a_panic_unwinds() {
    let drops = Arc::new(AtomicU64::new(0));
    let (sender, receiver) = unbounded();
    (0..3).for_each(|_| _ = sender.send(Sour(drops.clone())).map_err(std::mem::forget));
    let unwound = greenstd::panics::contain(move || {
        let _receiver = receiver;
        panic!("the first of all");
    });
    assert!(unwound.is_err());
    assert_eq!(drops.load(Ordering::Relaxed), 3);
}

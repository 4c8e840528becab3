//! Models of the permit's remote half (`permit.rs`): the real word and inbox, and a carrier whose
//! scheduler has one green thread, written out here.

use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::model::explore;
use greenstd::permit::Begin;
use greenstd::sync::Arc;
use greenstd::thread::{self, JoinHandle};

use super::Sleeper;
use crate::carrier::{Message, Shared};
use crate::permit::{LocalPermits, RemotePermit};

const SEAT: u32 = 0;

/// The green thread and its carrier.
struct Owner {
    carrier: Sleeper,
    local: LocalPermits,
    remote: Arc<RemotePermit>,
    /// How many messages came.
    messages: usize,
}

impl Owner {
    fn new() -> Self {
        let local = LocalPermits::default();
        local.occupy(SEAT, 1);
        Owner { carrier: Sleeper::new(), local, remote: Arc::default(), messages: 0 }
    }

    /// Another OS thread that sets these flags, and after each grants the permit.
    fn granter(&self, flags: Vec<Arc<AtomicBool>>) -> JoinHandle<()> {
        let (remote, shared) = (self.remote.clone(), self.carrier.shared.clone());
        thread::spawn(move || {
            for flag in flags {
                flag.store(true, Ordering::Relaxed);
                grant(&remote, &shared);
            }
        })
    }

    /// The carrier reads its mail before the thread has first run.
    fn read_too_early(&mut self) {
        self.messages += self.carrier.look();
    }

    /// The thread first runs.
    fn start(&self) {
        self.local.start(SEAT, &self.remote);
    }

    /// What `Control::park` does, and the scheduler meanwhile.
    fn park(&mut self) {
        if self.local.begin_park(SEAT, &self.remote) == Begin::Taken {
            return;
        }
        while !self.is_made_ready() {
            self.carrier.sleep();
        }
        assert!(self.local.end_park(SEAT, &self.remote), "it was granted a permit");
    }

    fn is_made_ready(&mut self) -> bool {
        let mut ready = 0;
        for message in self.carrier.read() {
            self.messages += 1;
            assert!(matches!(message, Message::Look(SEAT)));
            if self.remote.look() {
                ready += usize::from(self.local.grant_occupant(SEAT));
            }
        }
        assert!(ready < 2, "it is made ready once a park");
        ready == 1
    }

    fn wait_for(&mut self, flag: &AtomicBool) {
        while !flag.load(Ordering::Relaxed) {
            self.park();
        }
    }
}

/// *remote-grant* and *remote-send*.
fn grant(remote: &RemotePermit, shared: &Shared) {
    if remote.grant() {
        shared.send(Message::Look(SEAT));
    }
}

fn flags<const N: usize>() -> [Arc<AtomicBool>; N] {
    [(); N].map(|()| Arc::default())
}

/// Two grants after one another: each ends a park, or lets one pass, and brings what was written before.
/// The second may find the first one's look under way, the permit taken or not, or the look just done.
#[test]
fn each_of_two_grants_brings_its_message() {
    explore(3, || {
        let mut owner = Owner::new();
        owner.start();
        let [first, second] = flags();
        let granter = owner.granter(vec![first.clone(), second.clone()]);
        owner.wait_for(&first);
        owner.wait_for(&second);
        granter.join().unwrap();
        let _ = owner.is_made_ready();
        assert!((1..=2).contains(&owner.messages), "{} messages", owner.messages);
    });
}

/// Two granters: the one that sends no message relies on the other's.
#[test]
fn a_granter_that_sends_no_message_relies_on_a_look_to_come() {
    explore(3, || {
        let mut owner = Owner::new();
        owner.start();
        let [first, second] = flags();
        let granters = [&first, &second].map(|flag| owner.granter(vec![flag.clone()]));
        owner.wait_for(&first);
        owner.wait_for(&second);
        for granter in granters {
            granter.join().unwrap();
        }
    });
}

/// The message may be read when the thread has not run yet. Then its start takes what the look would
/// have taken, and leaves the word so that a later granter sends another.
#[test]
fn a_permit_from_before_the_first_resume_is_not_lost() {
    explore(3, || {
        let mut owner = Owner::new();
        let [first, second] = flags();
        let granter = owner.granter(vec![first.clone(), second.clone()]);
        owner.read_too_early();
        owner.start();
        owner.wait_for(&first);
        owner.wait_for(&second);
        granter.join().unwrap();
    });
}

/// A permit that is used up by the park before it is not given again by the look that comes after.
#[test]
fn a_look_after_the_taking_gives_nothing() {
    explore(3, || {
        let mut owner = Owner::new();
        owner.start();
        let [flag] = flags();
        let granter = owner.granter(vec![flag.clone()]);
        owner.park();
        granter.join().unwrap();
        assert!(!owner.is_made_ready());
        assert_eq!(owner.messages, 1);
        assert!(!owner.local.end_park(SEAT, &owner.remote), "permits do not multiply");
    });
}

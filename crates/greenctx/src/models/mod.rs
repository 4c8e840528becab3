//! Models of the carrier's sleep (`carrier/shared.rs`), first bare, then with the real scheduler and real
//! stacks; in `inbox`, models of its inbox, in `permit`, of the permit, in `survey`, of reports, and in `hold`, of watchers.

mod counters;
mod hold;
mod inbox;
mod permit;
mod survey;

use std::time::Duration;

use greenstd::atomic::unwatched::Counter;
use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::model::explore;
use greenstd::sync::Arc;
use greenstd::thread;

use crate::carrier::{Carrier, Message, Shared, Spawner};
use crate::reactor::{Reactor, ThreadPark};
use crate::work::{Found, Work};
use crate::{Wake, current, park, park_timeout, spawn};

/// A carrier without green threads: what its scheduler does with inbox and sleep.
struct Sleeper {
    shared: Arc<Shared>,
    reactor: ThreadPark,
    mail: Vec<Message>,
}

impl Sleeper {
    fn new() -> Self {
        let reactor = ThreadPark::new();
        let shared = Arc::new(Shared::new(Arc::from("carrier"), reactor.notifier()));
        Sleeper { shared, reactor, mail: Vec::new() }
    }

    /// Looks into the inbox; how many messages there were.
    fn look(&mut self) -> usize {
        self.read().count()
    }

    /// Looks into the inbox and takes the messages.
    fn read(&mut self) -> impl Iterator<Item = Message> {
        if self.shared.may_have_mail() {
            self.shared.take_mail(&mut self.mail);
        }
        self.mail.drain(..)
    }

    fn sleep(&mut self) {
        if self.shared.begin_sleep() {
            self.reactor.wait(None);
            self.shared.end_sleep();
        }
    }
}

/// All steps of a sender against all of the carrier: a message comes at any moment, and the carrier reads it.
#[test]
fn a_message_wakes_a_sleeping_carrier() {
    explore(3, || {
        let mut carrier = Sleeper::new();
        let sender = thread::spawn({
            let shared = carrier.shared.clone();
            move || shared.send(Message::Look(0))
        });
        while carrier.look() == 0 {
            carrier.sleep();
        }
        sender.join().unwrap();
    });
}

/// The same with two senders: the second one may find the announcement taken by the first.
#[test]
fn two_messages_reach_a_sleeping_carrier() {
    explore(3, || {
        let mut carrier = Sleeper::new();
        let senders = [0, 1].map(|seat| {
            let shared = carrier.shared.clone();
            thread::spawn(move || shared.send(Message::Look(seat)))
        });
        let mut read = 0;
        while read < 2 {
            read += carrier.look();
            if read < 2 {
                carrier.sleep();
            }
        }
        for sender in senders {
            sender.join().unwrap();
        }
    });
}

/// `wake()` pushes nothing: the permit itself has to last until the carrier looks, and brings what
/// the waker wrote.
#[test]
fn a_bare_wake_is_remembered() {
    explore(3, || {
        let mut carrier = Sleeper::new();
        let changed = Arc::new(AtomicBool::new(false));
        let waker = thread::spawn({
            let (shared, changed) = (carrier.shared.clone(), changed.clone());
            move || {
                changed.store(true, Ordering::Relaxed);
                shared.wake();
            }
        });
        while !changed.load(Ordering::Relaxed) {
            carrier.sleep();
        }
        waker.join().unwrap();
    });
}

/// A bare wake and a message together.
#[test]
fn a_wake_hides_no_message() {
    explore(3, || {
        let mut carrier = Sleeper::new();
        let waker = thread::spawn({
            let shared = carrier.shared.clone();
            move || shared.wake()
        });
        let sender = thread::spawn({
            let shared = carrier.shared.clone();
            move || shared.send(Message::Look(0))
        });
        while carrier.look() == 0 {
            carrier.sleep();
        }
        waker.join().unwrap();
        sender.join().unwrap();
    });
}

/// The whole way: a green thread parks on a real carrier, and a plain thread unparks it.
#[test]
fn a_remote_unpark_resumes_a_green_thread() {
    explore(3, || {
        let ended = Carrier::new().unwrap().run(|| {
            let main = current();
            let flag = Arc::new(AtomicBool::new(false));
            let theirs = flag.clone();
            let waker = thread::spawn(move || {
                theirs.store(true, Ordering::Relaxed);
                main.unpark();
            });
            while !flag.load(Ordering::Relaxed) {
                park().unwrap();
            }
            waker
        });
        ended.unwrap().join().unwrap();
    });
}

/// Two green threads of one carrier, each woken from elsewhere: the inbox is taken whole.
#[test]
fn two_remote_unparks_resume_two_green_threads() {
    explore(2, || {
        let wakers = Carrier::new().unwrap().run(|| {
            let flags = [(); 2].map(|()| Arc::new(AtomicBool::new(false)));
            let threads = flags.each_ref().map(|flag| {
                let flag = flag.clone();
                spawn(move || {
                    while !flag.load(Ordering::Relaxed) {
                        park().unwrap();
                    }
                })
            });
            let wakers = [0, 1].map(|n| {
                let (thread, flag) = (threads[n].thread().clone(), flags[n].clone());
                thread::spawn(move || {
                    flag.store(true, Ordering::Relaxed);
                    thread.unpark();
                })
            });
            for thread in threads {
                thread.join().unwrap();
            }
            wakers
        });
        for waker in wakers.unwrap() {
            waker.join().unwrap();
        }
    });
}

/// The permit on a real carrier: a timed park is ended by its timer or by a remote unpark.
/// If both made it ready, its seat would be resumed with no thread in it. A permit that came too late for
/// the park is there for the next one.
#[test]
fn a_timer_and_a_remote_unpark_resume_once() {
    explore(3, || {
        let waker = Carrier::new().unwrap().run(|| {
            let main = current();
            let waker = thread::spawn(move || main.unpark());
            if park_timeout(Duration::from_nanos(1)).unwrap() == Wake::TimedOut {
                park().unwrap();
            }
            waker
        });
        waker.unwrap().join().unwrap();
    });
}

/// Work from outside, as an executor supplies it: made available and announced by
/// [`CarrierHandle::wake`](crate::CarrierHandle::wake) while the carrier goes to sleep.
#[test]
fn work_from_outside_is_found_by_a_carrier_that_goes_to_sleep() {
    struct Outside {
        available: Arc<AtomicBool>,
        found: bool,
        looks: Arc<Counter>,
    }
    impl Work for Outside {
        fn find(&mut self, spawner: &Spawner<'_>) -> Found {
            if self.found || !self.available.load(Ordering::Acquire) {
                return Found::Nothing;
            }
            self.found = true;
            let looks = self.looks.clone();
            spawner.spawn(None, move || _ = looks.add(1)).unwrap();
            Found::Something
        }

        fn recheck(&mut self) -> bool {
            false
        }

        fn is_exhausted(&self) -> bool {
            self.found
        }
    }
    explore(3, || {
        let carrier = Carrier::new().unwrap();
        let (available, looks) = (Arc::new(AtomicBool::new(false)), Arc::default());
        let adder = thread::spawn({
            let (handle, available) = (carrier.handle(), available.clone());
            move || {
                available.store(true, Ordering::Release);
                handle.wake();
            }
        });
        let mut work = Outside { available, found: false, looks: Arc::clone(&looks) };
        carrier.run_with(&mut work);
        assert_eq!(looks.get(), 1);
        adder.join().unwrap();
    });
}

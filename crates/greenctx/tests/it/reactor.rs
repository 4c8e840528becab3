//! A reactor of one's own: where the carrier sleeps, and where events come from.

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;

use std::time::Duration;

use greenctx::{
    Carrier, Notify, Reactor, Thread, current, install_reactor, park, sleep, spawn, yield_now,
};
use greenstd::sync::atomic::{AtomicU64, Ordering};
use greenstd::sync::{Arc, Mutex};
use greenstd::time::{self, Instant};

use crate::run_on;

const NOTIFICATION: u8 = b'n';
const EVENT: u8 = b'e';

/// Sleeps in a socket, from which it reads notifications and events.
struct Socket {
    reader: UnixStream,
    shared: Arc<Shared>,
}

struct Shared {
    writer: Mutex<UnixStream>,
    /// The thread that the next event unparks.
    interested: Mutex<Option<Thread>>,
    waits: AtomicU64,
    timed_waits: AtomicU64,
    polls: AtomicU64,
    notifications: AtomicU64,
}

impl Socket {
    fn new() -> Self {
        let (reader, writer) = UnixStream::pair().expect("a pair of sockets");
        let shared = Shared {
            writer: Mutex::new(writer),
            interested: Mutex::default(),
            waits: AtomicU64::new(0),
            timed_waits: AtomicU64::new(0),
            polls: AtomicU64::new(0),
            notifications: AtomicU64::new(0),
        };
        Socket { reader, shared: Arc::new(shared) }
    }

    fn read(&mut self) {
        let mut bytes = [0; 64];
        let count = match self.reader.read(&mut bytes) {
            Ok(count) => count,
            Err(error) => {
                assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));
                0
            }
        };
        if bytes[..count].contains(&EVENT)
            && let Some(thread) = self.shared.interested.lock().take()
        {
            thread.unpark();
        }
    }
}

impl Reactor for Socket {
    fn notifier(&self) -> Arc<dyn Notify> {
        self.shared.clone()
    }

    fn wait(&mut self, deadline: Option<Instant>) {
        self.shared.waits.fetch_add(1, Ordering::Relaxed);
        let left = deadline.map(time::until);
        if left.is_some() {
            self.shared.timed_waits.fetch_add(1, Ordering::Relaxed);
        }
        // Zero would mean for ever.
        let left = left.map(|left| left.max(Duration::from_micros(1)));
        self.reader.set_nonblocking(false).expect("a socket");
        self.reader.set_read_timeout(left).expect("the timeout is not zero");
        self.read();
    }

    fn poll(&mut self) {
        self.shared.polls.fetch_add(1, Ordering::Relaxed);
        self.reader.set_nonblocking(true).expect("a socket");
        self.read();
    }
}

impl Notify for Shared {
    fn notify(&self) {
        self.notifications.fetch_add(1, Ordering::Relaxed);
        self.write(NOTIFICATION);
    }
}

impl Shared {
    fn write(&self, byte: u8) {
        self.writer.lock().write_all(&[byte]).expect("the carrier reads");
    }

    fn waits(&self) -> u64 {
        self.waits.load(Ordering::Relaxed)
    }

    fn polls(&self) -> u64 {
        self.polls.load(Ordering::Relaxed)
    }

    /// Parks until the event has come.
    fn wait_for_event(&self) {
        *self.interested.lock() = Some(current());
        while self.interested.lock().is_some() {
            park().expect("nobody cancels us");
        }
    }
}

fn on_socket(main: impl FnOnce(Arc<Shared>) + 'static) {
    let reactor = Socket::new();
    let shared = reactor.shared.clone();
    let carrier = Carrier::builder().reactor(Box::new(reactor)).build().unwrap();
    run_on(carrier, move || main(shared));
}

#[test]
fn a_carrier_sleeps_in_its_reactor_until_the_next_deadline() {
    on_socket(|reactor| {
        // On a busy machine, the time may be over before the carrier comes to its reactor.
        while reactor.timed_waits.load(Ordering::Relaxed) == 0 {
            let deadline = time::now() + Duration::from_millis(5);
            sleep(Duration::from_millis(5)).expect("nobody cancels us");
            assert!(time::now() >= deadline);
        }
        assert_eq!(reactor.notifications.load(Ordering::Relaxed), 0);
    });
}

#[test]
fn a_wake_up_from_outside_ends_the_wait_by_the_notifier() {
    on_socket(|reactor| {
        for round in 1..=50 {
            let (main, theirs) = (current(), reactor.clone());
            let before = reactor.waits();
            let waker = greenstd::thread::spawn(move || {
                // The carrier is in its reactor, or on its way.
                while theirs.waits() == before {
                    greenstd::thread::yield_now();
                }
                main.unpark();
            });
            park().expect("nobody cancels us");
            waker.join().unwrap();
            assert_eq!(reactor.notifications.load(Ordering::Relaxed), round, "once a sleep");
        }
    });
}

#[test]
fn events_are_delivered_to_a_carrier_that_sleeps() {
    on_socket(|reactor| {
        let (theirs, before) = (reactor.clone(), reactor.waits());
        let sender = greenstd::thread::spawn(move || {
            while theirs.waits() == before {
                greenstd::thread::yield_now();
            }
            theirs.write(EVENT);
        });
        reactor.wait_for_event();
        sender.join().unwrap();
        assert_eq!(reactor.notifications.load(Ordering::Relaxed), 0);
    });
}

#[test]
fn events_are_delivered_to_a_carrier_that_is_busy() {
    on_socket(|reactor| {
        let theirs = reactor.clone();
        let waiting = spawn(move || theirs.wait_for_event());
        yield_now();
        let (polls, waits) = (reactor.polls(), reactor.waits());
        for _ in 0..61 * 20 {
            yield_now();
        }
        assert!(reactor.polls() >= polls + 19, "it is asked once a round");
        assert!(!waiting.is_finished());
        reactor.write(EVENT);
        // Bounded: a round until it is asked, and one until the thread has run.
        for _ in 0..2 * 61 {
            yield_now();
        }
        assert!(waiting.is_finished());
        assert_eq!(reactor.waits(), waits, "somebody was always ready");
        waiting.join().unwrap();
    });
}

#[test]
fn a_reactor_that_returns_early_is_asked_again() {
    struct Restless(Arc<Shared>);
    impl Reactor for Restless {
        fn notifier(&self) -> Arc<dyn Notify> {
            self.0.clone()
        }
        fn wait(&mut self, _: Option<Instant>) {
            self.0.waits.fetch_add(1, Ordering::Relaxed);
        }
    }
    let shared = Socket::new().shared;
    let reactor = Box::new(Restless(shared.clone()));
    let carrier = Carrier::builder().reactor(reactor).build().unwrap();
    run_on(carrier, move || {
        // On a busy machine, the time may be over before the carrier comes to its reactor, or when it comes back.
        let mut most = 0;
        while most < 2 {
            let (deadline, before) = (time::now() + Duration::from_millis(2), shared.waits());
            sleep(Duration::from_millis(2)).expect("nobody cancels us");
            assert!(time::now() >= deadline);
            most = most.max(shared.waits() - before);
        }
    });
}

#[test]
fn a_reactor_can_take_the_place_of_the_default_one_under_way() {
    crate::on_carrier(|| {
        let reactor = Socket::new();
        let shared = reactor.shared.clone();
        // Sleeps in the default reactor before.
        sleep(Duration::from_millis(1)).expect("nobody cancels us");
        install_reactor(Box::new(reactor)).expect("it has the default one");
        let (main, theirs) = (current(), shared.clone());
        let sender = greenstd::thread::spawn(move || {
            while theirs.waits() == 0 {
                greenstd::thread::yield_now();
            }
            let waits = theirs.waits();
            theirs.write(EVENT);
            // And by the notifier, once the carrier is there again.
            while theirs.waits() <= waits {
                greenstd::thread::yield_now();
            }
            main.unpark();
        });
        shared.wait_for_event();
        park().expect("nobody cancels us");
        sender.join().unwrap();
        assert!(shared.waits() > 0);
    });
}

#[test]
fn a_reactor_comes_back_where_there_is_one_already_or_no_carrier() {
    let error = install_reactor(Box::new(Socket::new())).unwrap_err();
    assert!(error.to_string().contains("plain OS thread"), "{error}");
    drop(error.into_reactor());
    on_socket(|_| {
        let error = install_reactor(Box::new(Socket::new())).unwrap_err();
        assert!(error.to_string().contains("already"), "{error}");
    });
    crate::on_carrier(|| {
        install_reactor(Box::new(Socket::new())).unwrap();
        assert!(install_reactor(Box::new(Socket::new())).is_err());
    });
}

/// Wakes from elsewhere while the reactor is being replaced: none goes to the one that is gone.
#[test]
fn no_wake_up_is_lost_when_the_reactor_is_replaced() {
    for _ in 0..200 {
        crate::on_carrier(|| {
            let main = current();
            let waker = greenstd::thread::spawn(move || main.unpark());
            install_reactor(Box::new(Socket::new())).unwrap();
            park().expect("nobody cancels us");
            waker.join().unwrap();
        });
    }
}

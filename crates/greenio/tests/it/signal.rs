//! Signals, in child processes of their own: they concern a whole process.

use std::time::Duration;

use greenctx::{spawn, with_timeout};
use greenio::signal::{self, Signal, Signals};
use rustix::process::{Signal as Kind, getpid, kill_process};

use crate::{on_another_carrier, on_carrier, on_plain_thread};
use testkit::child;

fn send(kind: Kind) {
    kill_process(getpid(), kind).unwrap();
}

#[test]
fn a_signal_ends_the_wait_of_everybody_and_not_the_process() {
    let test = "signal::a_signal_ends_the_wait_of_everybody_and_not_the_process";
    if child::case().is_none() {
        return child::succeeds(test, "signal");
    }
    on_carrier(|| {
        // Caught from here on, whoever is not ready yet.
        let _caught = Signals::new([Signal::INTERRUPT]).unwrap();
        let on_this: Vec<_> = (0..3).map(|_| spawn(signal::ctrl_c)).collect();
        let on_another = on_another_carrier(signal::ctrl_c);
        let plain = greenstd::thread::spawn(signal::ctrl_c);
        let is_waiting = || on_this.iter().any(|waiter| !waiter.is_finished());
        while is_waiting() || !(on_another.is_finished() && plain.is_finished()) {
            send(Kind::INT);
            greenctx::sleep(Duration::from_millis(1)).unwrap();
        }
        on_another.join().unwrap().unwrap();
        plain.join().unwrap().unwrap();
        on_this.into_iter().for_each(|waiter| waiter.join().unwrap().unwrap());
        // Nobody waits, and nobody is ended.
        send(Kind::INT);
    });
}

#[test]
fn one_that_comes_while_nobody_waits_is_kept() {
    let test = "signal::one_that_comes_while_nobody_waits_is_kept";
    if child::case().is_none() {
        return child::succeeds(test, "kept");
    }
    fn kept() {
        let kinds = [Signal::INTERRUPT, Signal::TERMINATE, Signal::USER_1];
        let mut signals = Signals::new(kinds).unwrap();
        assert_eq!(signals.try_next(), None);
        send(Kind::TERM);
        assert_eq!(signals.wait().unwrap(), Signal::TERMINATE);
        send(Kind::USR1);
        send(Kind::INT);
        let mut both = [signals.wait().unwrap(), signals.wait().unwrap()];
        both.sort();
        assert_eq!(both, [Signal::INTERRUPT, Signal::USER_1]);
        assert_eq!(signals.try_next(), None);
        let timed_out = with_timeout(Duration::from_millis(2), || signals.wait()).unwrap_err();
        assert_eq!(timed_out.kind(), std::io::ErrorKind::TimedOut);
    }
    on_carrier(kept);
    on_plain_thread(kept);
}

#[test]
fn terminate_waits_for_its_own_kind() {
    let test = "signal::terminate_waits_for_its_own_kind";
    if child::case().is_none() {
        return child::succeeds(test, "terminate");
    }
    on_carrier(|| {
        let _caught = Signals::new([Signal::INTERRUPT, Signal::TERMINATE]).unwrap();
        let waiter = spawn(signal::terminate);
        greenctx::yield_now();
        send(Kind::INT);
        greenctx::yield_now();
        assert!(!waiter.is_finished());
        while !waiter.is_finished() {
            send(Kind::TERM);
            greenctx::sleep(Duration::from_millis(1)).unwrap();
        }
        waiter.join().unwrap().unwrap();
    });
}

#[test]
fn signals_have_names() {
    assert_eq!(Signal::INTERRUPT.to_string(), "SIGINT");
    assert_eq!(format!("{:?}", Signal::from_raw(Signal::TERMINATE.as_raw())), "SIGTERM");
}

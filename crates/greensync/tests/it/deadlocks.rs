//! The search for threads that wait for one another.

use greenctx::{Builder, JoinHandle};
use greensync::{Barrier, Interrupted, Mutex, deadlock};

use crate::{let_others_run, on_another_carrier, on_carrier};
use testkit::child;

type Step = fn() -> Result<(), Interrupted>;

fn named(name: &str, run: Step) -> JoinHandle<Result<(), Interrupted>> {
    Builder::new().name(name).spawn(run).expect("there is a stack")
}

/// The cycles with a thread of this name.
fn cycles_with(name: &str) -> Vec<deadlock::Cycle> {
    let has_name = |cycle: &deadlock::Cycle| cycle.links().iter().any(|link| link.name() == name);
    deadlock::cycles().into_iter().filter(has_name).collect()
}

#[test]
fn two_threads_that_wait_for_one_another_are_found_with_their_names_and_places() {
    static ONE: Mutex<()> = Mutex::new(());
    static TWO: Mutex<()> = Mutex::new(());
    deadlock::watch(true);
    on_carrier(|| {
        let alpha = named("alpha", || {
            let _one = ONE.lock()?;
            let_others_run();
            TWO.lock().map(drop)
        });
        let beta = named("beta", || {
            let _two = TWO.lock()?;
            let_others_run();
            ONE.lock().map(drop)
        });
        assert!(cycles_with("alpha").is_empty(), "there is none yet");
        (0..3).for_each(|_| let_others_run());
        let cycles = cycles_with("alpha");
        let [cycle] = &cycles[..] else { panic!("{cycles:?}") };
        let mut names: Vec<_> = cycle.links().iter().map(deadlock::Link::name).collect();
        names.sort_unstable();
        assert_eq!(names, ["alpha", "beta"]);
        for link in cycle.links() {
            assert!(link.waits_at().file().ends_with("deadlocks.rs"));
            assert!(link.locked_at().line() < link.waits_at().line());
            let thread = if link.name() == "alpha" { &alpha } else { &beta };
            assert_eq!(link.id(), thread.thread().id());
        }
        alpha.thread().cancel();
        assert!(alpha.join().unwrap().is_err());
        assert_eq!(beta.join().unwrap(), Ok(()));
        assert!(cycles_with("alpha").is_empty(), "it is over");
    });
}

#[test]
fn a_cycle_over_two_carriers_is_found() {
    static ONE: Mutex<()> = Mutex::new(());
    static TWO: Mutex<()> = Mutex::new(());
    static BOTH_HOLD: Barrier = Barrier::new(2);
    deadlock::watch(true);
    let there = on_another_carrier(|| {
        let far = named("far", || {
            let _two = TWO.lock()?;
            BOTH_HOLD.wait()?;
            ONE.lock().map(drop)
        });
        far.join().unwrap()
    });
    on_carrier(|| {
        let near = named("near", || {
            let _one = ONE.lock()?;
            BOTH_HOLD.wait()?;
            TWO.lock().map(drop)
        });
        while cycles_with("near").is_empty() {
            greenctx::sleep(std::time::Duration::from_millis(1)).unwrap();
        }
        assert_eq!(cycles_with("far").len(), 1);
        near.thread().cancel();
        assert!(near.join().unwrap().is_err());
    });
    assert_eq!(there.join().unwrap(), Ok(()));
}

#[test]
fn a_thread_that_locks_twice_is_a_cycle_of_one() {
    static MUTEX: Mutex<()> = Mutex::new(());
    deadlock::watch(true);
    on_carrier(|| {
        let twice = named("twice", || {
            let _guard = MUTEX.lock()?;
            MUTEX.lock().map(drop)
        });
        let_others_run();
        assert_eq!(cycles_with("twice")[0].links().len(), 1);
        twice.thread().cancel();
        assert!(twice.join().unwrap().is_err());
    });
}

#[test]
fn a_wait_that_ends_by_itself_is_no_deadlock() {
    static MUTEX: Mutex<()> = Mutex::new(());
    deadlock::watch(true);
    on_carrier(|| {
        let patient = named("patient", || {
            let _guard = MUTEX.lock()?;
            let soon = std::time::Duration::from_millis(1);
            assert!(MUTEX.lock_timeout(soon)?.is_none());
            assert!(greensync::with_timeout(soon, || MUTEX.lock().map(drop)).is_err());
            Ok(())
        });
        while !patient.is_finished() {
            assert!(cycles_with("patient").is_empty());
            greenctx::yield_now();
        }
        patient.join().unwrap().unwrap();
    });
}

/// In a child: two threads, with or without a cycle.
fn run_case(case: &str) {
    static ONE: Mutex<()> = Mutex::new(());
    static TWO: Mutex<()> = Mutex::new(());
    deadlock::watch(case != "unwatched");
    on_carrier(|| {
        let first = named("first thread", || {
            let _one = ONE.lock()?;
            let_others_run();
            TWO.lock().map(drop)
        });
        let second: Step = if child::case().as_deref() == Some("orderly") {
            || {
                let _one = ONE.lock()?;
                TWO.lock().map(drop)
            }
        } else {
            || {
                let _two = TWO.lock()?;
                let_others_run();
                ONE.lock().map(drop)
            }
        };
        let second = named("second thread", second);
        (0..3).for_each(|_| let_others_run());
        first.thread().cancel();
        let _ = first.join().expect("it does not panic");
        second.join().expect("it does not panic").expect("nobody cancels it");
    });
}

#[test]
fn a_cycle_is_reported_once_with_both_names_and_nothing_without_one() {
    const TEST: &str =
        "deadlocks::a_cycle_is_reported_once_with_both_names_and_nothing_without_one";
    if let Some(case) = child::case() {
        return run_case(&case);
    }
    let report = |case| {
        let output = child::run(TEST, case);
        assert!(output.status.success(), "{}", child::describe(&output));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let text = report("cycle");
    assert_eq!(text.matches("greensync: deadlock").count(), 1, "{text}");
    for part in ["'first thread'", "'second thread'", "deadlocks.rs"] {
        assert!(text.contains(part), "{text}");
    }
    assert!(!report("orderly").contains("deadlock"));
    assert!(!report("unwatched").contains("deadlock"));
}

//! Models of a survey (`survey/mod.rs`): a report between the announcement of a park and its grant, with the real
//! scheduler and real stacks.

use std::time::Duration;

use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::model::explore;
use greenstd::sync::Arc;
use greenstd::{thread, time};

use crate::{Carrier, SurveyOptions, Wake, current, park, park_timeout};

/// A thread that waits is granted its permit from elsewhere, and is surveyed from elsewhere, in any order. It goes on
/// because of the grant, once.
#[test]
fn a_survey_neither_takes_nor_makes_a_wakeup() {
    explore(3, || {
        let carrier = Carrier::new().unwrap();
        let handle = carrier.handle();
        let granted = Arc::new(AtomicBool::new(false));
        // Sends the request, and does not wait for the answer.
        let asker = thread::spawn(move || drop(handle.survey(SurveyOptions::new())));
        let waker = carrier.run(move || {
            let main = current();
            let grant = granted.clone();
            let waker = thread::spawn(move || {
                grant.store(true, Ordering::Relaxed);
                main.unpark();
            });
            park().unwrap();
            assert!(granted.load(Ordering::Relaxed), "nobody else wakes it");
            waker
        });
        waker.unwrap().join().unwrap();
        asker.join().unwrap();
    });
}

/// The same with a limit: the timer ends the wait, and no report does.
#[test]
fn a_survey_leaves_the_timer_alone() {
    explore(3, || {
        let carrier = Carrier::new().unwrap();
        let handle = carrier.handle();
        let asker = thread::spawn(move || drop(handle.survey(SurveyOptions::new())));
        carrier
            .run(|| {
                let deadline = time::now() + Duration::from_nanos(1);
                assert_eq!(park_timeout(Duration::from_nanos(1)), Ok(Wake::TimedOut));
                assert!(time::now() >= deadline, "the time is over");
            })
            .unwrap();
        asker.join().unwrap();
    });
}

/// A green thread surveys its own carrier while it is granted its permit from elsewhere: it gets the answer, and loses
/// nothing.
#[test]
fn a_survey_of_ones_own_carrier_is_answered() {
    explore(3, || {
        let carrier = Carrier::new().unwrap();
        let handle = carrier.handle();
        let waker = carrier.run(move || {
            let main = current();
            let flag = Arc::new(AtomicBool::new(false));
            let theirs = flag.clone();
            let waker = thread::spawn(move || {
                theirs.store(true, Ordering::Relaxed);
                main.unpark();
            });
            let mut survey = handle.survey(SurveyOptions::new());
            let far = time::now() + Duration::from_secs(3600);
            assert_eq!(survey.next(far).unwrap().unwrap().threads().len(), 1);
            while !flag.load(Ordering::Relaxed) {
                park().unwrap();
            }
            waker
        });
        waker.unwrap().join().unwrap();
    });
}

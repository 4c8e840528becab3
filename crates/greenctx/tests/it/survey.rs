//! Surveys: what threads wait for, their stacks, and that nobody notices.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use greenctx::{
    Carrier, CarrierHandle, NoAnswer, SurveyOptions, SurveyedState, SurveyedThread, SwitchHook,
    WaitMark, Waiting, current, no_park, park, sleep, spawn, spawn_local, stack_left, waiting,
    yield_now,
};
use greenstd::time;

use testkit::run_on;

fn far() -> time::Instant {
    time::now() + Duration::from_secs(3600)
}

/// Everything that a survey brings, without the stacks.
fn all(carrier: &CarrierHandle, options: SurveyOptions) -> Vec<SurveyedThread> {
    let mut survey = carrier.survey(options);
    let mut threads = Vec::new();
    while let Some(slice) = survey.next(far()).unwrap() {
        threads.extend_from_slice(slice.threads());
    }
    threads
}

/// Runs `main` on a carrier whose handle it gets.
fn with_carrier<T: 'static>(main: impl FnOnce(CarrierHandle) -> T + 'static) -> T {
    let carrier = Carrier::new().unwrap();
    let handle = carrier.handle();
    run_on(carrier, move || main(handle))
}

#[test]
fn a_survey_says_what_each_thread_waits_for() {
    with_carrier(|carrier| {
        let gate = spawn(|| waiting(&Waiting::on("gate").with_object(7).with_number(3), park));
        let bare = spawn(park);
        yield_now();
        let threads = all(&carrier, SurveyOptions::new());
        let of = |id| threads.iter().find(|thread| thread.thread == id).unwrap();

        let waits = of(gate.thread().id()).waiting.unwrap();
        assert_eq!((waits.kind(), waits.object(), waits.number()), ("gate", 7, 3));
        assert_eq!(of(bare.thread().id()).waiting, None);
        assert_eq!(of(bare.thread().id()).state, SurveyedState::Parked);
        assert_eq!(of(current().id()).waiting.unwrap().kind(), "the answer of a survey");

        for waiter in [gate, bare] {
            waiter.thread().unpark();
            waiter.join().unwrap().unwrap();
        }
    });
}

#[test]
fn of_nested_reasons_the_innermost_counts_and_the_outer_one_returns() {
    with_carrier(|carrier| {
        let waiter = spawn(|| {
            waiting(&Waiting::on("outer"), || {
                waiting(&Waiting::on("inner"), park)?;
                park()
            })
        });
        let kind = |waiter: &greenctx::JoinHandle<_>| {
            let threads = all(&carrier, SurveyOptions::new());
            let thread = threads.into_iter().find(|t| t.thread == waiter.thread().id()).unwrap();
            thread.waiting.map(|waiting| waiting.kind())
        };
        yield_now();
        assert_eq!(kind(&waiter), Some("inner"));
        waiter.thread().unpark();
        yield_now();
        assert_eq!(kind(&waiter), Some("outer"));
        waiter.thread().unpark();
        waiter.join().unwrap().unwrap();
    });
}

#[test]
fn a_reason_ends_with_a_panic_in_the_wait() {
    with_carrier(|carrier| {
        let waiter = spawn(|| {
            let panics = || no_park(|| waiting(&Waiting::on("gate"), park));
            assert!(std::panic::catch_unwind(panics).is_err());
            park()
        });
        yield_now();
        let threads = all(&carrier, SurveyOptions::new());
        let thread = threads.iter().find(|t| t.thread == waiter.thread().id()).unwrap();
        assert_eq!(thread.waiting, None);
        waiter.thread().unpark();
        waiter.join().unwrap().unwrap();
    });
}

#[test]
fn a_timed_wait_shows_its_deadline_and_a_ready_thread_shows_no_wait() {
    with_carrier(|carrier| {
        let limit = Duration::from_secs(1000);
        let sleeper = spawn(move || sleep(limit));
        let start = time::now();
        yield_now();
        let ready = spawn(yield_now);
        yield_now();
        let threads = all(&carrier, SurveyOptions::new());
        let of = |id| threads.iter().find(|thread| thread.thread == id);
        let until = of(sleeper.thread().id()).unwrap().until.unwrap();
        assert!(until <= time::now() + limit && until + Duration::from_secs(1) > start + limit);
        // Ready when the carrier came to it, or gone by then.
        if let Some(thread) = of(ready.thread().id()) {
            assert_eq!((thread.state, thread.until), (SurveyedState::Ready, None));
        }
        sleeper.thread().cancel();
        sleeper.join().unwrap().unwrap_err();
        ready.join().unwrap();
    });
}

#[test]
fn each_thread_is_in_one_slice() {
    with_carrier(|carrier| {
        let waiters: Vec<_> = (0..1000).map(|_| spawn(park)).collect();
        yield_now();
        for options in [SurveyOptions::new(), SurveyOptions::new().without_stacks()] {
            let seen: Vec<_> = all(&carrier, options).iter().map(|thread| thread.thread).collect();
            let once: BTreeSet<_> = seen.iter().copied().collect();
            assert_eq!(seen.len(), once.len());
            assert_eq!(once.len(), 1001);
            assert!(waiters.iter().all(|waiter| once.contains(&waiter.thread().id())));
        }
        waiters.iter().for_each(|waiter| waiter.thread().unpark());
    });
}

#[test]
#[cfg_attr(feature = "sanitizer", ignore = "the instrumented frames do not fit a slice")]
fn threads_that_have_not_started_are_counted() {
    with_carrier(|carrier| {
        // More than a carrier starts before it looks around.
        let threads: Vec<_> = (0..1000).map(|_| spawn(park)).collect();
        let mut survey = carrier.survey(SurveyOptions::new());
        let (mut started, mut not_started) = (0, 0);
        while let Some(slice) = survey.next(far()).unwrap() {
            started += slice.threads().len();
            not_started += slice.not_started();
        }
        assert!(not_started >= 800, "{not_started}");
        assert!(started + not_started <= 1001, "{started} and {not_started}");
        threads.iter().for_each(|thread| thread.thread().unpark());
    });
}

#[test]
fn only_those_that_wait_long_are_brought() {
    with_carrier(|carrier| {
        let waiter = spawn(park);
        yield_now();
        let long = SurveyOptions::new().longer_than(Duration::from_secs(3600));
        assert_eq!(all(&carrier, long).len(), 0);
        assert_eq!(all(&carrier, SurveyOptions::new()).len(), 2);
        waiter.thread().unpark();
    });
}

#[test]
#[cfg_attr(feature = "sanitizer", ignore = "the instrumented frames do not fit a slice")]
fn a_copy_holds_the_stack_from_its_pointer_to_its_first_frame() {
    with_carrier(|carrier| {
        const MARK: usize = 0x5afe_c0de_1234_5678;
        let waiter = spawn(|| {
            let marks = std::hint::black_box([MARK; 64]);
            park().unwrap();
            std::hint::black_box(marks);
        });
        yield_now();
        let mut survey = carrier.survey(SurveyOptions::new());
        let slice = survey.next(far()).unwrap().unwrap();
        let is_waiter = |thread: &SurveyedThread| thread.thread == waiter.thread().id();
        let (thread, stack) = slice.iter().find(|(thread, _)| is_waiter(thread)).unwrap();
        let stack = stack.unwrap();
        let end = stack.registers().stack_pointer;
        let words: Vec<usize> = (0..).map_while(|n| stack.read(end + 8 * n)).collect();
        assert!(words.iter().filter(|word| **word == MARK).count() >= 64);
        assert!(words.len() * 8 >= thread.used_stack_bytes);
        assert_eq!(stack.read(end + 1), None);
        waiter.thread().unpark();
    });
}

#[test]
#[cfg_attr(feature = "sanitizer", ignore = "the instrumented frames do not fit a slice")]
fn a_thread_on_the_smallest_stack_reports_with_little_left() {
    /// Goes down until little more is left than a park needs.
    #[inline(never)]
    fn deep(least: usize) {
        let frame = std::hint::black_box([0u8; 64]);
        match stack_left().unwrap() > least {
            true => deep(least),
            false => _ = park(),
        }
        std::hint::black_box(frame);
    }
    let carrier = Carrier::builder().stack_size(crate::SMALL_STACK_BYTES).build().unwrap();
    let handle = carrier.handle();
    run_on(carrier, move || {
        let waiter = spawn(|| deep(crate::SMALL_STACK_BYTES / 4));
        yield_now();
        let mut survey = handle.survey(SurveyOptions::new());
        let slice = survey.next(far()).unwrap().unwrap();
        let is_waiter = |thread: &SurveyedThread| thread.thread == waiter.thread().id();
        let (thread, stack) = slice.iter().find(|(thread, _)| is_waiter(thread)).unwrap();
        assert!(thread.used_stack_bytes > crate::SMALL_STACK_BYTES / 2);
        let end = stack.unwrap().registers().stack_pointer;
        assert!(stack.unwrap().read(end + crate::SMALL_STACK_BYTES / 2).is_some());
        waiter.thread().unpark();
        waiter.join().unwrap();
    });
}

#[test]
fn a_survey_neither_takes_nor_makes_a_wakeup() {
    with_carrier(|carrier| {
        let woken = Rc::new(Cell::new(0));
        let theirs = woken.clone();
        let waiter = spawn_local(move || {
            for _ in 0..3 {
                park().unwrap();
                theirs.set(theirs.get() + 1);
            }
        });
        yield_now();
        for round in 0..3 {
            all(&carrier, SurveyOptions::new());
            yield_now();
            assert_eq!(woken.get(), round, "nobody has woken it");
            waiter.thread().unpark();
            // Granted, and ready: it reports from the ready queue.
            all(&carrier, SurveyOptions::new());
            yield_now();
            assert_eq!(woken.get(), round + 1);
        }
        waiter.join().unwrap();
    });
}

#[test]
fn a_survey_keeps_what_a_hook_has_taken() {
    std::thread_local! {
        static MINE: Cell<Option<u32>> = const { Cell::new(None) };
    }
    struct Keep;
    impl SwitchHook for Keep {
        type Kept = u32;
        fn take(&self) -> Option<u32> {
            MINE.take()
        }
        fn put_back(&self, mine: u32) {
            assert_eq!(MINE.replace(Some(mine)), None);
        }
    }
    let carrier = Carrier::builder().switch_hook(Keep).build().unwrap();
    let handle = carrier.handle();
    run_on(carrier, move || {
        let waiter = spawn(|| {
            MINE.set(Some(1));
            park().unwrap();
            MINE.get()
        });
        yield_now();
        MINE.set(Some(2));
        assert_eq!(all(&handle, SurveyOptions::new()).len(), 2);
        assert_eq!(MINE.get(), Some(2));
        waiter.thread().unpark();
        assert_eq!(waiter.join().unwrap(), Some(1));
    });
}

#[test]
fn a_carrier_that_does_not_come_to_it_gives_no_answer_and_gives_it_later() {
    let carrier = Carrier::new().unwrap();
    let mut survey = carrier.handle().survey(SurveyOptions::new());
    assert_eq!(survey.next(time::now()).unwrap_err(), NoAnswer);
    // It looks around after a number of turns.
    run_on(carrier, || (0..200).for_each(|_| yield_now()));
    assert!(survey.next(far()).unwrap().is_some());
    assert!(survey.next(far()).unwrap().is_none());
}

/// The mark of a thread's present wait.
fn mark(carrier: &CarrierHandle, of: &greenctx::JoinHandle<()>) -> WaitMark {
    let threads = all(carrier, SurveyOptions::new().without_stacks());
    threads.iter().find(|thread| thread.thread == of.thread().id()).unwrap().mark().unwrap()
}

#[test]
fn a_mark_tells_a_wait_from_the_next_one_however_soon_that_comes() {
    with_carrier(|carrier| {
        let waiter = spawn(|| while park().is_ok() {});
        yield_now();
        for _ in 0..2000 {
            let before = mark(&carrier, &waiter);
            waiter.thread().unpark();
            yield_now();
            assert!(!before.lasts_until(mark(&carrier, &waiter)));
        }
        waiter.thread().cancel();
        waiter.join().unwrap();
    });
}

#[test]
fn a_mark_is_that_of_the_same_wait_after_a_while() {
    with_carrier(|carrier| {
        let waiter = spawn(|| park().unwrap());
        yield_now();
        let first = loop {
            let first = mark(&carrier, &waiter);
            if first.lasts_until(first) {
                break first;
            }
        };
        assert!(first.lasts_until(mark(&carrier, &waiter)));
        waiter.thread().unpark();
        waiter.join().unwrap();
    });
}

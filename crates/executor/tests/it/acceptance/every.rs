//! Schedules: runs again and again, as jobs of the executor, until they are told to stop.

use std::ops::ControlFlow;
use std::time::Duration;

use executor::schedule::{
    First, Missed, OnFailure, Overlap, Pace, Schedule, ScheduleBuilder, ScheduleError, Tick,
};
use executor::{
    GreenThreadPoolExecutor, Refusal, Shutdown, TaskOutcome, WaitError, reject_when_reached, sleep,
};
use greenstd::sync::{Arc, Mutex, OnceLock};

use super::support::process::threads_named;
use super::support::{Drops, Gate, Held, PanicsInDrop, Progress, eventually, ms, pool, watched};

const HOUR: Duration = Duration::from_secs(3600);

/// Begins a schedule that counts its runs.
fn counting(schedule: ScheduleBuilder<'_>) -> (Schedule, Progress) {
    let ran = Progress::new();
    let count = ran.clone();
    (schedule.run(move |_| count.advance()).unwrap(), ran)
}

#[test]
fn it_runs_again_and_again_at_every_pace() {
    for pace in [Pace::Rate, Pace::Delay, Pace::Aligned] {
        let pool = pool(2, 2);
        let (schedule, ran) = counting(pool.every(ms(1)).pace(pace));
        ran.wait_until(10);
        schedule.stop();
        schedule.wait().unwrap();
        let statistics = schedule.statistics();
        assert_eq!(statistics.runs(), ran.get() as u64);
        assert_eq!(statistics.succeeded(), statistics.lateness().count());
        assert_eq!((statistics.failed(), statistics.running()), (0, 0));
    }
}

#[test]
fn ticks_say_their_number_and_are_never_early() {
    let pool = pool(2, 1);
    let ticks = Arc::new(Mutex::new(Vec::new()));
    let seen = ticks.clone();
    let start = std::time::SystemTime::now();
    let schedule = pool.every(ms(2)).run(move |tick: &Tick| {
        let mut seen = seen.lock();
        seen.push(*tick);
        if seen.len() == 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    schedule.unwrap().wait().unwrap();
    let ticks = ticks.lock();
    assert!(ticks.iter().map(Tick::run).eq(1..=5));
    assert_eq!(ticks[0].last(), None);
    assert!(ticks[1..].iter().all(|tick| tick.last() == Some(TaskOutcome::Succeeded)));
    assert!(ticks[0].due() >= start);
    assert!(ticks.is_sorted_by_key(Tick::due));
}

#[test]
fn the_first_run_may_be_at_once_and_may_wake_an_idle_executor() {
    let pool = pool(1, 1);
    eventually(|| pool.num_workers() == 0);
    let (_schedule, ran) = counting(pool.every(HOUR).first(First::Now));
    ran.wait_until(1);
    let (_after, ran) = counting(pool.every(HOUR).first(First::After(ms(1))));
    ran.wait_until(1);
}

#[test]
fn one_that_breaks_off_has_run_once_succeeded_and_stops_no_other() {
    let pool = pool(2, 1);
    let (other, ran) = counting(pool.every(ms(1)));
    let once = pool.every(ms(1)).run(|_| ControlFlow::Break(())).unwrap();
    once.wait().unwrap();
    assert!(once.has_ended() && !once.is_active());
    let statistics = once.statistics();
    assert_eq!((statistics.runs(), statistics.succeeded()), (1, 1));
    ran.wait_until(ran.get() + 3);
    assert!(other.is_active());
    assert_eq!(pool.schedules().len(), 1);
}

#[test]
fn failures_and_panics_are_counted_and_the_schedule_goes_on() {
    let pool = pool(1, 1);
    let schedule = pool.every(ms(1)).name("shaky").run(|tick| match tick.run() % 3 {
        0 => Err("no"),
        1 => panic!("bang"),
        _ => Ok(()),
    });
    let schedule = schedule.unwrap();
    eventually(|| schedule.statistics().runs() >= 9);
    schedule.stop();
    schedule.wait().unwrap();
    let (mine, all) = (schedule.statistics(), pool.statistics());
    assert!(mine.failed() >= 3 && mine.panicked() >= 3 && mine.succeeded() >= 3, "{mine}");
    assert_eq!((mine.failed(), mine.panicked()), (all.failed(), all.panicked()));
}

#[test]
fn a_failure_ends_it_if_it_is_told_so_and_the_next_run_hears_of_it_if_not() {
    let pool = pool(1, 1);
    let schedule = pool.every(ms(1)).on_failure(OnFailure::Stop).run(|_| Err::<(), _>("no"));
    let schedule = schedule.unwrap();
    schedule.wait().unwrap();
    assert_eq!((schedule.statistics().failed(), schedule.statistics().runs()), (1, 1));

    let heard = Arc::new(OnceLock::new());
    let tell = heard.clone();
    let schedule = pool.every(ms(1)).run(move |tick| match tick.last() {
        None => Err("the first"),
        Some(last) => {
            let _ = tell.set(last);
            Ok(ControlFlow::Break(()))
        }
    });
    schedule.unwrap().wait().unwrap();
    assert_eq!(heard.get(), Some(&TaskOutcome::Failed));
}

#[test]
fn a_queued_run_that_is_cancelled_counts_and_the_next_one_follows() {
    let pool = pool(1, 1);
    let held = Held::workers(&pool, 1);
    let (schedule, ran) = counting(pool.every(ms(1)));
    eventually(|| !schedule.runs().is_empty());
    assert!(schedule.runs()[0].cancel());
    // Another one comes into the backlog, though none has run.
    eventually(|| !schedule.runs().is_empty());
    assert_eq!((schedule.statistics().cancelled(), ran.get()), (1, 0));
    held.release();
    ran.wait_until(3);
    // Nor does that hang the end.
    schedule.stop();
    schedule.wait().unwrap();
    pool.shutdown(Shutdown::wait()).unwrap();
}

#[test]
fn a_run_that_is_due_during_the_last_one_is_skipped_queued_or_allowed() {
    let pool = pool(8, 2);
    for (overlap, at_once) in [(Overlap::Skip, 1), (Overlap::Queue(2), 1), (Overlap::Allow(3), 3)] {
        let (gate, running) = (Gate::new(), Progress::new());
        let (pass, begun) = (gate.pass(), running.clone());
        let schedule = pool.every(ms(1)).overlap(overlap).run(move |_| {
            begun.advance();
            pass.wait();
        });
        let schedule = schedule.unwrap();
        running.wait_until(at_once);
        eventually(|| schedule.statistics().skipped() >= 3);
        assert_eq!(schedule.statistics().running(), at_once);
        schedule.stop();
        gate.open();
        schedule.wait().unwrap();
        assert_eq!(schedule.statistics().runs() as usize, at_once);
    }
}

#[test]
fn two_refusals_do_not_stop_it() {
    let pool = watched(
        GreenThreadPoolExecutor::builder()
            .max_workers(1)
            .carriers(1)
            .check_and_reject(reject_when_reached(0)),
    );
    for missed in [Missed::Once, Missed::Skip, Missed::All { at_most: 3 }] {
        eventually(|| pool.num_workers() == 0);
        let held = Held::workers(&pool, 1);
        let (schedule, ran) = counting(pool.every(ms(2)).missed(missed));
        eventually(|| schedule.statistics().refused() >= 2);
        assert_eq!(ran.get(), 0);
        held.release();
        ran.wait_until(2);
        schedule.stop();
        schedule.wait().unwrap();
    }
}

#[test]
fn a_pause_keeps_it_from_running_and_resuming_goes_on() {
    let pool = pool(1, 1);
    let (schedule, ran) = counting(pool.every(ms(1)).enabled(false));
    assert!(!schedule.is_active() && !schedule.has_ended());
    assert_eq!(ran.get(), 0);
    schedule.resume();
    ran.wait_until(3);
    schedule.pause();
    eventually(|| schedule.statistics().running() == 0);
    let runs = ran.get();
    assert!(schedule.trigger_now());
    ran.wait_until(runs + 1);
    eventually(|| schedule.statistics().running() == 0);
    assert_eq!(ran.get(), runs + 1);
    schedule.resume();
    ran.wait_until(runs + 3);
}

#[test]
fn a_trigger_runs_it_once_more_unless_it_runs_or_has_ended() {
    let pool = pool(2, 1);
    let (gate, begun) = (Gate::new(), Progress::new());
    let (pass, begins) = (gate.pass(), begun.clone());
    let schedule = pool.every(HOUR).run(move |_| {
        begins.advance();
        pass.wait();
    });
    let schedule = schedule.unwrap();
    assert!(schedule.trigger_now());
    begun.wait_until(1);
    assert!(!schedule.trigger_now());
    gate.open();
    eventually(|| schedule.statistics().runs() == 1);
    schedule.stop();
    assert!(!schedule.trigger_now());
    schedule.wait().unwrap();
}

#[test]
fn ten_that_are_added_while_one_runs_all_run() {
    let pool = pool(4, 2);
    let (handle, ran) = (pool.handle(), Progress::new());
    let count = ran.clone();
    let adder = pool.every(ms(1)).first(First::Now).run(move |tick| {
        let count = count.clone();
        let added = handle.every(HOUR).first(First::Now).run(move |_| count.advance());
        if tick.run() < 10 && added.is_ok() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    });
    adder.unwrap().wait().unwrap();
    ran.wait_until(10);
    assert_eq!(pool.schedules().len(), 10);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let pool = pool(1, 1);
    assert!(matches!(pool.every(Duration::ZERO).run(|_| ()), Err(ScheduleError::NoPeriod)));
    for share in [-0.1, 1.1, f64::NAN] {
        let refused = pool.every(ms(1)).jitter(share).run(|_| ());
        assert!(matches!(refused, Err(ScheduleError::Jitter(_))));
    }
    assert!(pool.schedules().is_empty());
    assert!(pool.every(Duration::MAX).jitter(1.0).run(|_| ()).is_ok());
    pool.shutdown(Shutdown::wait()).unwrap();
    let refused = pool.every(ms(1)).run(|_| ());
    assert!(matches!(refused, Err(ScheduleError::Refused(Refusal::Shutdown))));
}

#[test]
fn a_schedule_uses_an_executor_and_does_not_end_it() {
    let pool = pool(2, 1);
    let (schedule, ran) = counting(pool.every(ms(1)));
    ran.wait_until(2);
    schedule.stop();
    schedule.wait().unwrap();
    assert!(pool.alive());
    assert_eq!(pool.submit(|| 7).unwrap().result().unwrap(), 7);
}

#[test]
fn a_shutdown_ends_schedules_first_and_none_starts_after_it() {
    for how in [Shutdown::wait(), Shutdown::wait().run_delayed(), Shutdown::wait().cancel_pending()]
    {
        let (pool, drops) = (pool(2, 2), Drops::new());
        let (ran, token) = (Progress::new(), drops.token());
        let count = ran.clone();
        let schedule = pool.every(ms(1)).overlap(Overlap::Queue(9)).run(move |_| {
            token.keep();
            count.advance();
            sleep(ms(2))
        });
        let schedule = schedule.unwrap();
        ran.wait_until(2);
        pool.shutdown(how).unwrap();
        schedule.wait().unwrap();
        let runs = ran.get();
        assert!(schedule.has_ended());
        assert_eq!(drops.alive(), 0, "the function is gone, although there is a handle");
        assert_eq!(schedule.statistics().running(), 0);
        assert_eq!(ran.get(), runs);
        assert!(pool.schedules().is_empty());
    }
}

#[test]
fn a_dropped_executor_ends_its_schedules_and_its_timekeeper() {
    let pool = watched(GreenThreadPoolExecutor::builder().name("again").carriers(1));
    let handle = pool.handle();
    // It holds its own executor, which ends all the same.
    let schedule = pool.every(ms(1)).run(move |_| drop(handle.clone())).unwrap();
    eventually(|| schedule.statistics().runs() > 1);
    drop(pool);
    schedule.wait().unwrap();
    // Joined; the kernel takes a moment to take them off its list.
    eventually(|| threads_named("again").is_empty());
}

#[test]
fn without_a_handle_it_goes_on() {
    let pool = pool(1, 1);
    let (schedule, ran) = counting(pool.every(ms(1)));
    drop(schedule);
    ran.wait_until(5);
    assert_eq!(pool.schedules().len(), 1);
}

#[test]
fn a_run_may_stop_its_own_schedule() {
    let pool = pool(1, 1);
    let itself: Arc<OnceLock<Schedule>> = Arc::default();
    let own = itself.clone();
    let schedule = pool.every(ms(1)).run(move |_| own.get().map(Schedule::stop).ok_or("not yet"));
    let schedule = itself.get_or_init(|| schedule.unwrap());
    schedule.wait().unwrap();
    assert_eq!(schedule.statistics().succeeded(), 1);
}

#[test]
fn the_only_worker_may_wait_for_the_end_of_a_schedule() {
    for carriers in [1, 2] {
        let pool = pool(1, carriers);
        let handle = pool.handle();
        let waiter = pool.submit(move || {
            let thrice = handle.every(ms(1)).run(|tick| match tick.run() {
                3 => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            });
            thrice.unwrap().wait()
        });
        waiter.unwrap().result().unwrap().unwrap();
    }
}

#[test]
fn waits_for_its_end_have_limits_and_can_be_cancelled() {
    let pool = pool(2, 1);
    let (schedule, _ran) = counting(pool.every(HOUR));
    assert_eq!(schedule.wait_timeout(ms(1)), Err(WaitError::TimedOut));
    let waits = schedule.clone();
    let waiter = pool.submit(move || waits.wait()).unwrap();
    eventually(|| waiter.is_running());
    waiter.cancel();
    assert_eq!(waiter.result().unwrap(), Err(WaitError::Interrupted));
    schedule.stop();
    schedule.wait().unwrap();
}

#[test]
fn a_function_that_panics_when_it_is_dropped_harms_nobody() {
    let pool = pool(1, 1);
    let nasty = PanicsInDrop("in the drop");
    let schedule = pool.every(ms(1)).run(move |_| nasty.keep()).unwrap();
    eventually(|| schedule.statistics().runs() > 0);
    schedule.stop();
    schedule.wait().unwrap();
    assert_eq!(pool.submit(|| 7).unwrap().result().unwrap(), 7);
}

#[test]
fn a_broken_executor_ends_its_schedules() {
    let gate = Gate::new();
    let pass = gate.pass();
    let pool = watched(GreenThreadPoolExecutor::builder().carriers(1).initializer(move || {
        pass.wait();
        Err("no database".into())
    }));
    let schedule = pool.every(ms(1)).run(|_| ()).unwrap();
    gate.open();
    schedule.wait().unwrap();
    assert!(schedule.has_ended());
    assert_eq!(schedule.statistics().succeeded(), 0);
}

#[test]
fn a_schedule_and_its_statistics_can_be_shown() {
    let pool = pool(1, 1);
    let (schedule, _ran) = counting(pool.every(HOUR).name("refresh"));
    let shown = schedule.to_string();
    assert!(shown.starts_with("refresh: active; 0 runs: 0 succeeded"), "{shown}");
    let (unnamed, _ran) = counting(pool.every(HOUR));
    assert!(unnamed.to_string().contains("every.rs:"), "{unnamed}");
    assert!(format!("{schedule:?}").contains("refresh"));
}

#[test]
fn what_has_happened_since_a_snapshot_begins_at_zero() {
    let pool = pool(1, 1);
    let (schedule, ran) = counting(pool.every(ms(1)));
    ran.wait_until(3);
    schedule.pause();
    eventually(|| schedule.statistics().running() == 0);
    let before = schedule.statistics();
    let since = schedule.statistics().since(&before).unwrap();
    assert_eq!((since.runs(), since.succeeded(), since.skipped(), since.missed()), (0, 0, 0, 0));
    assert!(schedule.trigger_now());
    eventually(|| schedule.statistics().runs() > before.runs());
    assert_eq!(schedule.statistics().since(&before).unwrap().runs(), 1);
    assert!(before.since(&schedule.statistics()).is_err());
}

#[test]
fn a_run_that_is_over_its_time_has_failed() {
    let pool = pool(1, 1);
    let schedule = pool
        .every(HOUR)
        .first(First::Now)
        .timeout(ms(1))
        .on_failure(OnFailure::Stop)
        .run(|_| sleep(HOUR));
    let schedule = schedule.unwrap();
    schedule.wait().unwrap();
    assert_eq!(schedule.statistics().failed(), 1);
}

#[test]
fn a_pattern_of_wall_time_runs_when_it_is_due() {
    let pool = pool(1, 1);
    let ran = Progress::new();
    let count = ran.clone();
    let schedule = pool.cron("* * * * * *", "Europe/Vienna").run(move |_| count.advance()).unwrap();
    ran.wait_until(1);
    schedule.stop();
    schedule.wait().unwrap();
    assert!(pool.cron("* * * *", "UTC").run(|_| ()).is_err());
    assert!(pool.cron("* * * * *", "Nowhere/At_All").run(|_| ()).is_err());
    assert!(pool.schedules().is_empty());
}

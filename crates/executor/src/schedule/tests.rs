//! Courses on a scripted clock: every policy, with runs that are shorter than, as long as, and longer than the period.

use std::ops::ControlFlow;
use std::time::Duration;

use greenstd::time;

use super::course::{Course, Policies, Run, Stage, nanos};
use super::delay::Moment;
use super::line::Line;
use super::policy::{First, Missed, OnFailure, Overlap};
use super::rule::{self, Nanos, Rule};

const PERIOD: Nanos = 1_000_000;

fn policies() -> Policies {
    Policies {
        first: First::Due,
        jitter: 0.0,
        seed: 7,
        overlap: Overlap::Skip,
        missed: Missed::Once,
        on_failure: OnFailure::GoOn,
    }
}

fn rate() -> Rule {
    Rule::Rate { first: 0, period: PERIOD }
}

/// A course, the clock, and the runs that have not ended.
struct Script {
    course: Course,
    now: Nanos,
    takes: Nanos,
    /// When each ends.
    running: Vec<Nanos>,
    started: Vec<(Nanos, Run)>,
}

impl Script {
    fn new(rule: Rule, policies: Policies, takes: Nanos) -> Self {
        let mut course = Course::new(rule, policies);
        course.resume(0);
        Script { course, now: 0, takes, running: Vec::new(), started: Vec::new() }
    }

    /// Goes from event to event until `end`.
    fn until(&mut self, end: Nanos) -> &mut Self {
        loop {
            let ends = self.running.iter().copied().min();
            let Some(next) = [self.course.wakes_at(), ends].into_iter().flatten().min() else {
                break;
            };
            if next.max(self.now) > end {
                break;
            }
            self.now = self.now.max(next);
            let now = self.now;
            let before = self.running.len();
            self.running.retain(|end| *end > now);
            (0..before - self.running.len()).for_each(|_| self.course.ended(false, now));
            self.advance();
        }
        self.now = end;
        self
    }

    fn advance(&mut self) {
        for run in self.course.advance(self.now) {
            self.started.push((self.now, run));
            self.running.push(self.now + self.takes);
        }
    }

    fn dues(&self) -> Vec<Nanos> {
        self.started.iter().map(|(_, run)| run.due).collect()
    }
}

#[test]
fn a_million_periods_do_not_drift_however_late_the_runs_start() {
    let mut course = Course::new(rate(), policies());
    course.resume(5);
    let mut late = 0;
    for n in 1..=1_000_000 {
        late = (late * 31 + 7) % (PERIOD - 1);
        let due = course.wakes_at().unwrap();
        assert_eq!(due, 5 + n * PERIOD);
        let runs = course.advance(due + late);
        assert_eq!(runs, [Run { due, missed: 0, number: n }]);
        course.ended(false, due + late);
    }
    assert_eq!((course.missed, course.skipped), (0, 0));
}

#[test]
fn each_overlap_with_runs_shorter_than_as_long_as_and_longer_than_the_period() {
    let overlaps = [Overlap::Skip, Overlap::Queue(2), Overlap::Allow(3)];
    for overlap in overlaps {
        for takes in [PERIOD / 2, PERIOD, 5 * PERIOD / 2] {
            let mut script = Script::new(rate(), Policies { overlap, ..policies() }, takes);
            script.until(20 * PERIOD);
            let (started, skipped) = (script.started.len() as u64, script.course.skipped);
            let what = format!("{overlap:?}, {takes}");
            match (overlap, takes) {
                // One that ends as the next is due is no overlap.
                (_, takes) if takes <= PERIOD => assert_eq!((started, skipped), (20, 0), "{what}"),
                // The third due time is the first at which the run has ended.
                (Overlap::Skip, _) => {
                    assert_eq!((started, skipped), (7, 13), "{what}");
                    assert!(script.dues().iter().all(|due| due / PERIOD % 3 == 1), "{what}");
                }
                (Overlap::Queue(_), _) => {
                    assert_eq!(started, 8, "one after the other, with no time between: {what}");
                    assert!(skipped >= 9, "{what}");
                }
                (Overlap::Allow(_), _) => assert_eq!((started, skipped), (20, 0), "{what}"),
            }
            assert_eq!(script.course.missed, 0, "{what}");
        }
    }
}

#[test]
fn each_policy_for_missed_times_after_a_stop_of_ten_periods() {
    for takes in [PERIOD / 2, PERIOD, 5 * PERIOD / 2] {
        let after_a_stop = |missed| {
            let mut script = Script::new(rate(), Policies { missed, ..policies() }, takes);
            script.until(3 * PERIOD - 1);
            script.running.clear();
            (0..script.course.given_out()).for_each(|_| script.course.ended(false, script.now));
            script.started.clear();
            let skipped = script.course.skipped;
            // 3 to 12 have passed.
            script.now = 12 * PERIOD + PERIOD / 4;
            script.advance();
            (script, skipped)
        };
        let (script, skipped) = after_a_stop(Missed::Once);
        let run = Run { due: 12 * PERIOD, missed: 9, number: script.started[0].1.number };
        assert_eq!(script.started, [(script.now, run)]);
        assert_eq!((script.course.missed, script.course.skipped), (9, skipped));

        let (mut script, _) = after_a_stop(Missed::Skip);
        assert!(script.started.is_empty());
        script.until(13 * PERIOD);
        assert_eq!(script.started[0].1.due, 13 * PERIOD);
        assert_eq!((script.started[0].1.missed, script.course.missed), (10, 10));

        let (mut script, _) = after_a_stop(Missed::All { at_most: 4 });
        script.until(13 * PERIOD - 1 + 4 * takes);
        let first: Vec<_> = script.dues().into_iter().take(4).collect();
        assert_eq!(first, [9, 10, 11, 12].map(|n| n * PERIOD));
        assert_eq!((script.started[0].1.missed, script.course.missed), (6, 6));
    }
}

#[test]
fn the_delay_counts_from_the_end_of_the_run() {
    let mut script = Script::new(Rule::Delay { period: PERIOD }, policies(), PERIOD / 3);
    script.until(4 * PERIOD);
    let starts: Vec<_> = script.started.iter().map(|(start, _)| *start).collect();
    assert_eq!(starts, [PERIOD, 2 * PERIOD + PERIOD / 3, 3 * PERIOD + 2 * (PERIOD / 3)]);
}

#[test]
fn aligned_times_are_multiples_of_the_period() {
    let mut course = Course::new(Rule::Aligned { period: PERIOD }, policies());
    course.resume(7 * PERIOD + 123);
    assert_eq!(course.wakes_at(), Some(8 * PERIOD));
    // Exactly on a multiple, the next one is strictly later.
    let mut course = Course::new(Rule::Aligned { period: PERIOD }, policies());
    course.resume(7 * PERIOD);
    assert_eq!(course.wakes_at(), Some(8 * PERIOD));
}

#[test]
fn a_wall_clock_that_is_set_back_runs_nothing_twice() {
    let mut course = Course::new(Rule::Aligned { period: PERIOD }, policies());
    course.resume(0);
    assert_eq!(course.advance(PERIOD).len(), 1);
    course.ended(false, PERIOD);
    assert!(course.advance(PERIOD / 2).is_empty());
    assert!(course.advance(PERIOD).is_empty());
    assert_eq!(course.wakes_at(), Some(2 * PERIOD));
}

#[test]
fn the_first_run_is_when_it_was_said() {
    let first = |rule: Rule, first| {
        let mut course = Course::new(rule, Policies { first, ..policies() });
        course.resume(10);
        course.wakes_at()
    };
    let aligned = || Rule::Aligned { period: PERIOD };
    let after = First::After(Duration::from_nanos(3 * PERIOD));
    for rule in [rate, || Rule::Delay { period: PERIOD }] {
        assert_eq!(first(rule(), First::Due), Some(10 + PERIOD));
        assert_eq!(first(rule(), First::Now), Some(10));
        assert_eq!(first(rule(), after), Some(10 + 3 * PERIOD));
    }
    assert_eq!(first(aligned(), First::Due), Some(PERIOD));
    assert_eq!(first(aligned(), First::Now), Some(0), "one run at once");
    assert_eq!(first(aligned(), after), Some(4 * PERIOD));
}

#[test]
fn the_jitter_keeps_within_its_share_and_is_the_same_for_a_seed() {
    let mut spread = Vec::new();
    for due in (0..1000).map(|n| n * PERIOD) {
        let late = rule::jitter(1, due, 0.05, PERIOD);
        assert!(late < PERIOD / 20);
        assert_eq!(late, rule::jitter(1, due, 0.05, PERIOD));
        spread.push(late);
    }
    assert!(spread.iter().any(|late| *late < PERIOD / 200));
    assert!(spread.iter().any(|late| *late > PERIOD / 20 - PERIOD / 200));
    assert_ne!(rule::jitter(1, 0, 0.05, PERIOD), rule::jitter(2, 0, 0.05, PERIOD));
    assert_eq!(rule::jitter(1, 0, 0.0, PERIOD), 0);
    let mut script = Script::new(rate(), Policies { jitter: 1.0, ..policies() }, 1);
    script.until(100 * PERIOD);
    assert!(script.started.iter().all(|(start, run)| (run.due..run.due + PERIOD).contains(start)));
    assert_eq!(script.started.len() as u64 + script.course.skipped + script.course.missed, 99);
}

#[test]
fn a_refused_run_is_tried_again_until_the_next_is_due() {
    let mut course = Course::new(rate(), policies());
    course.resume(0);
    let run = course.advance(PERIOD)[0];
    course.refuse(run, PERIOD);
    let again = course.wakes_at().unwrap();
    assert!(again > PERIOD && again <= PERIOD + PERIOD / 16);
    assert_eq!(course.advance(again), [run]);
    course.refuse(run, again);
    let third = course.wakes_at().unwrap();
    assert!(third - again > again - PERIOD, "it backs off");
    assert_eq!(course.advance(third), [run], "two refusals end nothing");
    course.accepted();
    course.ended(false, third);

    let run = course.advance(2 * PERIOD)[0];
    let mut now = 2 * PERIOD;
    let mut tries = 0;
    let next = loop {
        course.refuse(run, now);
        now = course.wakes_at().unwrap();
        let next = course.advance(now)[0];
        if next.number != run.number {
            break next;
        }
        tries += 1;
    };
    assert!((3..16).contains(&tries));
    assert_eq!((next.due, next.missed, course.missed), (3 * PERIOD, 1, 1));
}

#[test]
fn a_refused_run_with_a_delay_is_tried_until_it_is_accepted() {
    let mut course = Course::new(Rule::Delay { period: PERIOD }, policies());
    course.resume(0);
    let run = course.advance(PERIOD)[0];
    let mut now = PERIOD;
    for _ in 0..100 {
        course.refuse(run, now);
        let again = course.wakes_at().unwrap();
        assert!(again > now && again - now <= PERIOD);
        now = again;
        assert_eq!(course.advance(now), [run]);
    }
    course.ended(false, now);
    assert_eq!(course.wakes_at(), Some(now + PERIOD));
}

#[test]
fn failures_back_off_stop_or_change_nothing() {
    let with = |on_failure| {
        let mut course = Course::new(rate(), Policies { on_failure, ..policies() });
        course.resume(0);
        let mut starts = Vec::new();
        while let Some(next) = course.wakes_at().filter(|next| *next <= 40 * PERIOD) {
            starts.push(next / PERIOD);
            assert_eq!(course.advance(next).len(), 1);
            course.ended(true, next);
        }
        (starts, course.skipped, course.stage())
    };
    assert_eq!(with(OnFailure::GoOn), ((1..=40).collect(), 0, Stage::Active));
    assert_eq!(with(OnFailure::Stop), (vec![1], 0, Stage::Ended));
    let period = Duration::from_nanos(PERIOD);
    let (starts, skipped, stage) =
        with(OnFailure::BackOff { first: 2 * period, up_to: 8 * period });
    assert_eq!(starts, [1, 3, 7, 15, 23, 31, 39]);
    assert_eq!((skipped, stage), (1 + 3 + 5 * 7, Stage::Active));
}

#[test]
fn a_success_ends_the_backing_off() {
    let period = Duration::from_nanos(PERIOD);
    let on_failure = OnFailure::BackOff { first: 4 * period, up_to: 64 * period };
    let mut course = Course::new(rate(), Policies { on_failure, ..policies() });
    course.resume(0);
    for (fails, next) in [(true, 5), (true, 13), (false, 14), (true, 18)] {
        let now = course.wakes_at().unwrap();
        course.advance(now);
        course.ended(fails, now);
        assert_eq!(course.wakes_at(), Some(next * PERIOD));
    }
}

#[test]
fn a_pause_counts_nothing_and_the_grid_stays() {
    let mut course = Course::new(rate(), policies());
    course.resume(0);
    assert_eq!(course.advance(PERIOD).len(), 1);
    course.ended(false, PERIOD);
    course.pause();
    assert_eq!((course.wakes_at(), course.stage()), (None, Stage::Paused));
    assert!(course.advance(5 * PERIOD).is_empty());
    course.resume(10 * PERIOD + 3);
    assert_eq!(course.wakes_at(), Some(11 * PERIOD));
    assert_eq!((course.missed, course.skipped), (0, 0));
}

#[test]
fn a_trigger_runs_once_more_and_moves_no_due_time() {
    let mut course = Course::new(rate(), policies());
    course.resume(0);
    assert!(course.trigger(PERIOD / 2));
    assert_eq!(course.advance(PERIOD / 2).len(), 1);
    assert!(!course.trigger(PERIOD / 2 + 1), "the run has not ended");
    assert_eq!(course.skipped, 1);
    course.ended(false, PERIOD / 2 + 2);
    assert_eq!(course.wakes_at(), Some(PERIOD));
    course.pause();
    assert!(course.trigger(PERIOD / 2 + 3));
    assert_eq!(course.advance(PERIOD / 2 + 3).len(), 1);
    course.ended(false, PERIOD);
    course.end();
    assert!(!course.trigger(PERIOD));
}

#[test]
fn what_has_ended_starts_nothing_and_is_over_with_its_last_run() {
    let mut course = Course::new(rate(), policies());
    course.resume(0);
    assert_eq!(course.advance(PERIOD).len(), 1);
    course.end();
    course.end();
    course.resume(2 * PERIOD);
    assert!(!course.is_over());
    assert!(course.advance(9 * PERIOD).is_empty());
    course.ended(false, 9 * PERIOD);
    assert!(course.is_over());
    assert_eq!(course.wakes_at(), None);
}

#[test]
fn a_period_beyond_the_clock_never_comes() {
    for rule in [Rule::Rate { first: 0, period: Nanos::MAX }, Rule::Delay { period: Nanos::MAX }] {
        let mut course = Course::new(rule, Policies { first: First::Now, ..policies() });
        course.resume(1);
        assert_eq!(course.advance(1).len(), 1);
        course.ended(false, 2);
        assert_eq!(course.wakes_at(), None);
    }
}

#[test]
fn due_times_that_have_passed_are_counted_without_looking_at_each() {
    let rule = Rule::Aligned { period: 1 };
    let passed = rule.passed(10, u64::MAX - 1, 3);
    assert_eq!(passed.count, u64::MAX - 10);
    assert_eq!(passed.last, [u64::MAX - 3, u64::MAX - 2, u64::MAX - 1]);
}

#[test]
fn a_schedule_by_the_wall_clock_looks_again_within_a_minute() {
    let limit = Duration::from_secs(60);
    let far = Line::Wall.now() + nanos(Duration::from_secs(86_400));
    let Moment::At(look) = Line::Wall.look_at(Some(far)) else { panic!("it looks again") };
    assert!(time::until(look) <= limit);
    let soon = Line::Wall.now() + nanos(Duration::from_secs(1));
    let Moment::At(look) = Line::Wall.look_at(Some(soon)) else { panic!("it looks then") };
    assert!(time::until(look) <= Duration::from_secs(1));
    assert_eq!(Line::Wall.look_at(None), Moment::Never);
    // By the monotonic clock there is nothing to look at before.
    let start = time::now();
    let moment = Line::Monotonic(start).look_at(Some(nanos(86_400 * Duration::from_secs(1))));
    assert_eq!(moment, Moment::At(start + Duration::from_secs(86_400)));
}

/// What a run may return, as the schedule understands it.
#[test]
fn every_result_of_a_run_says_whether_it_goes_on() {
    use super::tick::RunResult;
    assert_eq!(().into_result(), Ok(ControlFlow::Continue(())));
    assert_eq!(ControlFlow::Break(()).into_result(), Ok(ControlFlow::Break(())));
    assert_eq!(Ok::<(), u8>(()).into_result(), Ok(ControlFlow::Continue(())));
    assert_eq!(Err::<(), u8>(7).into_result(), Err(7));
    assert_eq!(Ok::<_, u8>(ControlFlow::Break(())).into_result(), Ok(ControlFlow::Break(())));
}

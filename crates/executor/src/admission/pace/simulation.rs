//! An executor as discrete events: slots, a backlog, jobs of random length, and a rejection by the estimated wait.
//!
//! It drives the estimate and the rejection that the executor uses, by a clock of its own. So whatever it shows is
//! the same at each run.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

use super::LOOK_NS;
use super::estimate::{Estimate, Look};
use crate::rejection::{CheckAndReject, Load, Verdict, reject_when_wait_exceeds};

const SECOND_NS: u64 = 1_000_000_000;
const MS_NS: u64 = 1_000_000;

/// Random numbers by a xorshift, so that a run can be repeated.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Between 0 and 1, never 0.
    fn fraction(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) as f64 + 1.0) / (1_u64 << 53) as f64
    }

    /// Of that mean, as the gaps of random arrivals are.
    fn exponential(&mut self, mean_ns: f64) -> u64 {
        (-self.fraction().ln() * mean_ns) as u64
    }
}

/// An executor in which jobs take as long as they are told to.
struct Simulation {
    /// How many run at once: by the worker slots, or by the processors if these are fewer.
    slots: usize,
    max_workers: usize,
    target: Duration,
    now_ns: u64,
    backlog: VecDeque<Job>,
    /// When each running job ends.
    running: BinaryHeap<Reverse<u64>>,
    started: u64,
    ended: u64,
    refused: u64,
    next_look_ns: u64,
    ran_dry: bool,
    waited_throughout: bool,
    estimate: Estimate,
    /// When each accepted job came, and when it ended.
    times: Vec<(u64, u64)>,
}

struct Job {
    came_ns: u64,
    takes_ns: u64,
}

impl Simulation {
    fn new(slots: usize, target: Duration) -> Self {
        Simulation {
            slots,
            max_workers: slots,
            target,
            now_ns: 0,
            backlog: VecDeque::new(),
            running: BinaryHeap::new(),
            started: 0,
            ended: 0,
            refused: 0,
            next_look_ns: 0,
            ran_dry: true,
            waited_throughout: false,
            estimate: Estimate::default(),
            times: Vec::new(),
        }
    }

    fn load(&self) -> Load {
        let gap_ns = self.estimate.gap_ns();
        let queued = self.backlog.len() as u64;
        Load {
            queued,
            running: self.running.len() as u64,
            max_workers: self.max_workers,
            low: false,
            expected_wait: gap_ns.map(|gap| Duration::from_nanos((gap * queued as f64) as u64)),
            oldest_wait: Duration::ZERO,
            starts_per_second: gap_ns.map_or(0.0, |gap| 1e9 / gap),
            saturated: self.waited_throughout && !self.ran_dry,
        }
    }

    /// Lets time pass until `until_ns`: jobs end, and others start in their place.
    fn pass(&mut self, until_ns: u64) {
        while let Some(Reverse(end_ns)) = self.running.peek().copied() {
            if end_ns > until_ns {
                break;
            }
            self.running.pop();
            self.now_ns = end_ns;
            self.ended += 1;
            self.start_next();
        }
        self.now_ns = until_ns;
    }

    /// Starts the next job, or notes that there is none.
    fn start_next(&mut self) {
        let Some(job) = self.backlog.pop_front() else {
            self.ran_dry = true;
            return;
        };
        self.started += 1;
        self.running.push(Reverse(self.now_ns + job.takes_ns));
        self.times.push((job.came_ns, self.now_ns + job.takes_ns));
        if self.now_ns >= self.next_look_ns {
            self.next_look_ns = self.now_ns + LOOK_NS;
            self.waited_throughout = !self.ran_dry;
            let ran_dry = std::mem::take(&mut self.ran_dry);
            let (at_ns, started, ended) = (self.now_ns, self.started, self.ended);
            self.estimate.look(Look { at_ns, started, ended, ran_dry });
        }
    }

    /// Offers a job now; whether it was accepted.
    fn offer(&mut self, takes_ns: u64) -> bool {
        if reject_when_wait_exceeds(self.target).check(&self.load()) == Verdict::Reject {
            self.refused += 1;
            return false;
        }
        self.backlog.push_back(Job { came_ns: self.now_ns, takes_ns });
        if self.running.len() < self.slots {
            self.start_next();
        }
        true
    }

    /// Offers random jobs at `load` times the capacity for a time, and counts them.
    fn offer_at(&mut self, random: &mut Random, load: f64, service_ns: f64, for_ns: u64) -> u64 {
        let gap_ns = service_ns / self.slots as f64 / load;
        let until_ns = self.now_ns + for_ns;
        let mut offered = 0;
        loop {
            let at_ns = self.now_ns + random.exponential(gap_ns);
            if at_ns >= until_ns {
                self.pass(until_ns);
                return offered;
            }
            self.pass(at_ns);
            self.offer(random.exponential(service_ns));
            offered += 1;
        }
    }

    /// How many of the jobs that came between these two ended within `patience`.
    fn in_time(&self, since_ns: u64, until_ns: u64, patience: Duration) -> u64 {
        let came = |(came_ns, _): &&(u64, u64)| (since_ns..until_ns).contains(came_ns);
        let in_time =
            |(came_ns, end_ns): &&(u64, u64)| end_ns - came_ns <= patience.as_nanos() as u64;
        self.times.iter().filter(came).filter(in_time).count() as u64
    }

    /// The 99th percentile of the times from coming to ending.
    fn p99(&self) -> Duration {
        let mut times: Vec<u64> = self.times.iter().map(|(came, end)| end - came).collect();
        times.sort_unstable();
        Duration::from_nanos(times[(times.len() - 1) * 99 / 100])
    }
}

const SERVICE_NS: f64 = 20e6;
const TARGET: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_millis(500);

#[test]
fn at_twice_the_capacity_what_is_possible_is_done_and_in_time() {
    for seed in 1..=3 {
        let mut random = Random::new(seed);
        let mut pool = Simulation::new(50, TARGET);
        pool.offer_at(&mut random, 0.7, SERVICE_NS, 20 * SECOND_NS);
        assert_eq!(pool.refused, 0, "nothing is refused while all can be done");

        let offered = pool.offer_at(&mut random, 2.0, SERVICE_NS, 20 * SECOND_NS);
        let in_time = pool.in_time(20 * SECOND_NS, 40 * SECOND_NS, PATIENCE);
        let possible = offered / 2;
        assert!(in_time * 100 >= possible * 95, "{in_time} of {possible} were answered in time");

        pool.offer_at(&mut random, 0.7, SERVICE_NS, SECOND_NS);
        let refused = pool.refused;
        pool.offer_at(&mut random, 0.7, SERVICE_NS, 19 * SECOND_NS);
        assert_eq!(pool.refused, refused, "a second after the overload nothing is refused");
        pool.pass(u64::MAX / 2);
        let p99 = pool.p99();
        assert!(p99 <= 3 * TARGET, "99 % end within {p99:?}");
    }
}

#[test]
fn slower_jobs_are_no_reason_to_do_less_of_them() {
    let mut random = Random::new(4);
    let mut pool = Simulation::new(50, TARGET);
    pool.offer_at(&mut random, 0.7, SERVICE_NS, 20 * SECOND_NS);
    // As many come as before, and each takes three times as long: 2.1 times what can be done.
    let offered = pool.offer_at(&mut random, 2.1, 3.0 * SERVICE_NS, 20 * SECOND_NS);
    let in_time = pool.in_time(20 * SECOND_NS, 40 * SECOND_NS, PATIENCE);
    let possible = offered * 10 / 21;
    assert!(in_time * 100 >= possible * 95, "{in_time} of {possible} were answered in time");
}

#[test]
fn at_a_load_of_seven_tenths_none_of_a_hundred_thousand_jobs_is_refused() {
    let mut random = Random::new(5);
    let mut pool = Simulation::new(50, TARGET);
    let mut offered = 0;
    while offered < 100_000 {
        offered += pool.offer_at(&mut random, 0.7, SERVICE_NS, 10 * SECOND_NS);
    }
    assert_eq!(pool.refused, 0);
}

#[test]
fn where_the_processors_are_the_limit_the_many_worker_slots_do_not_count() {
    let mut random = Random::new(10);
    let mut pool = Simulation::new(2, Duration::from_millis(250));
    pool.max_workers = 1000;
    pool.offer_at(&mut random, 0.7, SERVICE_NS, 20 * SECOND_NS);
    let offered = pool.offer_at(&mut random, 2.0, SERVICE_NS, 60 * SECOND_NS);
    let in_time = pool.in_time(20 * SECOND_NS, 80 * SECOND_NS, PATIENCE);
    let possible = offered / 2;
    assert!(in_time * 100 >= possible * 95, "{in_time} of {possible} were answered in time");
}

#[test]
fn a_low_job_is_refused_at_half_the_target() {
    let half = reject_when_wait_exceeds(TARGET);
    let load = |low, wait_ms| Load {
        low,
        queued: 100,
        expected_wait: Some(Duration::from_millis(wait_ms)),
        ..Simulation::new(50, TARGET).load()
    };
    assert_eq!(
        [25, 26].map(|wait| half.check(&load(true, wait))),
        [Verdict::Accept, Verdict::Reject]
    );
    assert_eq!(
        [50, 51].map(|wait| half.check(&load(false, wait))),
        [Verdict::Accept, Verdict::Reject]
    );
    assert_eq!(half.retry_after(&load(true, 100)), Some(Duration::from_millis(75)));
    assert_eq!(half.retry_after(&load(false, 100)), Some(TARGET));
}

#[test]
fn bursts_that_can_be_served_in_time_are_let_in() {
    // For 50 ms of each second 8 times the capacity, 78 % on average. All can be served within the patience.
    let mut random = Random::new(6);
    let mut pool = Simulation::new(50, PATIENCE * 6 / 10);
    let mut offered = 0;
    for _ in 0..60 {
        offered += pool.offer_at(&mut random, 8.0, SERVICE_NS, 50 * MS_NS);
        offered += pool.offer_at(&mut random, 0.4, SERVICE_NS, 950 * MS_NS);
    }
    pool.pass(u64::MAX / 2);
    let in_time = pool.in_time(0, u64::MAX, PATIENCE);
    assert!(in_time * 100 >= offered * 90, "{in_time} of {offered} were answered in time");
}

#[test]
fn after_an_idle_hour_the_slots_are_open_whatever_was_before() {
    let mut random = Random::new(7);
    let mut pool = Simulation::new(50, TARGET);
    // Each job takes ten seconds, and the executor is overloaded.
    pool.offer_at(&mut random, 2.0, 1000.0 * SERVICE_NS / 2.0, 100 * SECOND_NS);
    assert!(pool.refused > 0);
    pool.pass(pool.now_ns + 3600 * SECOND_NS);
    let refused = pool.refused;
    assert!((0..50).all(|_| pool.offer(SERVICE_NS as u64)), "a free slot refuses nothing");
    assert_eq!(pool.refused, refused);
}

#[test]
fn one_slot_near_its_limit_refuses_little() {
    let mut random = Random::new(8);
    let mut pool = Simulation::new(1, Duration::from_millis(250));
    let offered = pool.offer_at(&mut random, 0.9, SERVICE_NS, 2000 * SECOND_NS);
    pool.pass(u64::MAX / 2);
    let in_time = pool.in_time(0, u64::MAX, PATIENCE);
    assert!(in_time * 100 >= offered * 95, "{in_time} of {offered} were answered in time");
}

/// Looks at jobs that follow one another at a fixed gap while others wait; the estimate after them.
fn after(estimate: &mut Estimate, look: &mut Look, jobs: u64, gap_ns: u64) -> f64 {
    let until = look.started + jobs;
    while look.started < until {
        // A look at each start if these are rarer than the looks, else each 10 ms.
        let starts = (LOOK_NS / gap_ns).max(1).min(until - look.started);
        look.at_ns += starts * gap_ns;
        look.started += starts;
        look.ended += starts;
        estimate.look(*look);
    }
    gap_of(estimate)
}

fn gap_of(estimate: &Estimate) -> f64 {
    estimate.gap_ns().expect("it has been told of some jobs")
}

#[test]
fn a_tenfold_change_of_the_gap_is_learnt_within_two_hundred_starts() {
    for gap_ns in [10_000, 100_000, MS_NS, 50 * MS_NS] {
        for changed_ns in [gap_ns / 10, gap_ns * 10] {
            let mut estimate = Estimate::default();
            let mut look = Look { at_ns: 0, started: 0, ended: 0, ran_dry: false };
            estimate.look(look);
            let before = after(&mut estimate, &mut look, 1000, gap_ns);
            assert!((before / gap_ns as f64 - 1.0).abs() < 0.001, "{before} for {gap_ns}");
            let learnt = after(&mut estimate, &mut look, 200, changed_ns);
            let error = (learnt / changed_ns as f64 - 1.0).abs();
            assert!(error < 0.2, "from {gap_ns} to {changed_ns}: {learnt}");
        }
    }
}

#[test]
fn filling_free_slots_says_nothing_about_the_gap() {
    let mut estimate = Estimate::default();
    estimate.look(Look { at_ns: 0, started: 1, ended: 0, ran_dry: true });
    // A thousand slots are filled within a moment. Then jobs end every 10 ms.
    estimate.look(Look { at_ns: LOOK_NS, started: 1000, ended: 0, ran_dry: false });
    assert!(estimate.gap_ns().is_some_and(|gap| gap < 20_000.0), "better than nothing");
    estimate.look(Look { at_ns: 2 * LOOK_NS, started: 1002, ended: 2, ran_dry: false });
    assert_eq!(estimate.gap_ns(), Some(LOOK_NS as f64));
}

#[test]
fn a_lull_never_lengthens_the_gap_and_luck_does_not_shorten_it() {
    let mut random = Random::new(9);
    let mut estimate = Estimate::default();
    let mut look = Look { at_ns: 0, started: 0, ended: 0, ran_dry: false };
    estimate.look(look);
    let gap_ns = after(&mut estimate, &mut look, 1000, 400_000);
    // Jobs come at nine tenths of what can be done, for an hour.
    look.ran_dry = true;
    for _ in 0..360_000 {
        let next_ns = look.at_ns + LOOK_NS;
        while look.at_ns < next_ns {
            look.at_ns += random.exponential(444_444.0);
            look.started += 1;
            look.ended += 1;
        }
        estimate.look(look);
        assert!(gap_of(&estimate) <= gap_ns);
    }
    let after_ns = gap_of(&estimate);
    assert!(after_ns > gap_ns / 2.0, "{after_ns} of {gap_ns}");
}

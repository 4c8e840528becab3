//! Looking into executors: one, or several that may wait for each other.
//!
//! # Protocol: two looks
//!
//! The threads of a look are not seen at one moment, and who holds a lock is asked after that. So what is put together
//! from a look may never have been true at once. A thread that was seen to wait may hold by now what it waited for.
//! Hence a deadlock that shows in the first look is checked by a second one:
//!
//! * *look-before*: notes how much has happened in each executor;
//! * *look-first*: surveys all carriers, with stacks if they are wanted;
//! * *look-facts*: asks who holds the locks, and which jobs are queued;
//! * *look-second*: surveys all carriers once more, without stacks;
//! * *look-after*: compares how much has happened.
//!
//! Without a candidate the last two are left out. A thread counts as waiting only if *look-second* finds it in the very
//! wait of *look-first* ([`WaitMark`]). So all these waits hold at *look-facts*, all at once. What follows from that is in
//! `deadlock/mod.rs`.

use std::collections::{HashMap, HashSet};
use std::fmt;

use executor::{ExecutorHandle, Outlook, QueuedJob};
use greenctx::WaitMark;
use serde::{Deserialize, Serialize};

use crate::ask::{Inspect as _, InspectOptions};
use crate::deadlock::{self, Deadlock, Group, Scene};
use crate::elsewhere;
use crate::gather::{Gathered, gather};
use crate::inspection::{Backlog, Inspection, ThreadView};
use crate::resolve;
use crate::stacks;
use crate::symbols::Frame;
use crate::view::place;

/// So many jobs of the backlog are named.
const FIRST_QUEUED: usize = 8;

/// What several executors were doing, and the deadlocks among them; by [`inspect_all`].
///
/// Print it for a person: the deadlocks come first, then one executor after the other.
///
/// ```
/// use inspect::executor::GreenThreadPoolExecutor;
/// use inspect::{Inspections, inspect_all};
///
/// let shop = GreenThreadPoolExecutor::builder().name("shop").build()?;
/// let bank = GreenThreadPoolExecutor::builder().name("bank").build()?;
/// let both: Inspections = inspect_all([shop.handle(), bank.handle()]);
/// assert_eq!(both.executors[1].executor, "bank");
/// assert!(both.deadlocks.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Inspections {
    /// The executors, as they were given.
    pub executors: Vec<Inspection>,
    /// Threads that wait for one another, of one executor or of several.
    pub deadlocks: Vec<Deadlock>,
}

/// What the green threads of several executors do, with their stacks.
///
/// It says more than one inspection after the other: jobs may wait for jobs of another executor, and so may deadlock.
///
/// ```
/// use inspect::executor::GreenThreadPoolExecutor;
///
/// let shop = GreenThreadPoolExecutor::builder().name("shop").build()?;
/// let bank = GreenThreadPoolExecutor::builder().name("bank").build()?;
/// println!("{}", inspect::inspect_all([shop.handle(), bank.handle()]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Blocking
/// As [`Inspect::inspect`](crate::Inspect::inspect).
pub fn inspect_all(executors: impl IntoIterator<Item = ExecutorHandle>) -> Inspections {
    inspect_all_with(executors, &InspectOptions::new())
}

/// As [`inspect_all`], with options; the limit is one for each executor.
///
/// ```
/// use inspect::executor::GreenThreadPoolExecutor;
/// use inspect::{InspectOptions, inspect_all_with};
///
/// let pool = GreenThreadPoolExecutor::builder().build()?;
/// let seen = inspect_all_with([pool.handle()], &InspectOptions::new().stacks(false));
/// assert_eq!(seen.executors.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Blocking
/// As [`Inspect::inspect`](crate::Inspect::inspect).
pub fn inspect_all_with(
    executors: impl IntoIterator<Item = ExecutorHandle>,
    options: &InspectOptions,
) -> Inspections {
    let executors: Vec<ExecutorHandle> = executors.into_iter().collect();
    let options = options.clone();
    elsewhere::run(move || inspect(&executors, &options))
}

/// See the module's documentation.
pub(crate) fn inspect(executors: &[ExecutorHandle], options: &InspectOptions) -> Inspections {
    let before = outlooks(executors); // look-before
    let first = gather(executors, options); // look-first
    let is_complete =
        first.iter().map(|first| first.is_complete() && options.longer_than.is_zero());
    let is_complete: Vec<bool> = is_complete.collect();
    let (mut seen, marks) = seen(executors, first);
    resolve::details(executors, &mut seen); // look-facts
    let facts = outlooks(executors);
    let is_closed = |number: usize| is_complete[number] && !facts[number].may_start;
    let groups: Vec<Group> = (0..executors.len())
        .map(|number| Group::new(&seen[number], is_closed(number), facts[number]))
        .collect();
    let mut scene = Scene::new(&seen, groups);
    if !scene.is_anybody_stuck() {
        return Inspections { executors: seen, deadlocks: Vec::new() };
    }
    let second = Second::look(executors, options); // look-second
    let after = outlooks(executors); // look-after
    scene.keep(|thread| {
        let marks = marks.get(&thread).zip(second.marks.get(&thread));
        marks.is_some_and(|(first, second)| first.lasts_until(*second))
    });
    for number in 0..executors.len() {
        let nothing_happened = before[number].turnover == after[number].turnover;
        let known = seen[number].threads.iter().filter(|view| !deadlock::is_spare(view));
        let known: HashSet<u64> = known.map(|view| view.thread).collect();
        let is_same = second.is_all_known(number, &known);
        scene.keep_closed(number, nothing_happened && is_same && !after[number].may_start);
    }
    let deadlocks = scene.deadlocks();
    share_out(&mut seen, &deadlocks);
    Inspections { executors: seen, deadlocks }
}

fn outlooks(executors: &[ExecutorHandle]) -> Vec<Outlook> {
    executors.iter().map(ExecutorHandle::outlook).collect()
}

/// The inspections without what else there is to know, and the marks of the waits by thread.
fn seen(
    executors: &[ExecutorHandle],
    gathered: Vec<Gathered>,
) -> (Vec<Inspection>, HashMap<u64, WaitMark>) {
    let mut marks = HashMap::new();
    let inspections = executors.iter().zip(gathered).map(|(executor, gathered)| {
        let Gathered { carriers, mut threads, stacks, is_cut_short } = gathered;
        marks.extend(threads.iter().filter_map(|(view, mark)| Some((view.thread, (*mark)?))));
        threads.sort_by_key(|(thread, _)| std::cmp::Reverse(thread.waited));
        let mut threads: Vec<ThreadView> = threads.into_iter().map(|(view, _)| view).collect();
        let stacks = stacks.resolve();
        add_sites(&mut threads, &stacks);
        Inspection {
            executor: executor.name().to_owned(),
            number: executor.number(),
            carriers,
            threads,
            stacks,
            queued: queued(executor),
            is_cut_short,
            hogs: executor.hogs(),
            longest_hold: executor.longest_hold(),
            deadlocks: Vec::new(),
        }
    });
    let inspections = inspections.collect();
    (inspections, marks)
}

/// Each deadlock goes also to the inspection that all of its threads are in.
fn share_out(inspections: &mut [Inspection], deadlocks: &[Deadlock]) {
    for inspection in inspections {
        let threads: HashSet<u64> = inspection.threads.iter().map(|view| view.thread).collect();
        let is_ours =
            |found: &&Deadlock| found.waits.iter().all(|link| threads.contains(&link.thread));
        inspection.deadlocks = deadlocks.iter().filter(is_ours).cloned().collect();
    }
}

/// The second look.
struct Second {
    /// By thread.
    marks: HashMap<u64, WaitMark>,
    /// By executor: what there is that is no worker which waits for the next job. `None` if somebody is missing.
    busy: Vec<Option<Vec<u64>>>,
}

impl Second {
    fn look(executors: &[ExecutorHandle], options: &InspectOptions) -> Self {
        let options = InspectOptions::new().stacks(false).patience(options.patience);
        let mut second = Second { marks: HashMap::new(), busy: Vec::new() };
        for gathered in gather(executors, &options) {
            let is_complete = gathered.is_complete();
            let marks =
                gathered.threads.iter().filter_map(|(view, mark)| Some((view.thread, (*mark)?)));
            second.marks.extend(marks);
            let busy = gathered.threads.iter().filter(|(view, _)| !deadlock::is_spare(view));
            let busy = busy.map(|(view, _)| view.thread).collect();
            second.busy.push(is_complete.then_some(busy));
        }
        second
    }

    /// Whether the first look has seen all threads of that executor, but for workers without a job.
    fn is_all_known(&self, executor: usize, known: &HashSet<u64>) -> bool {
        let busy = self.busy[executor].as_ref();
        busy.is_some_and(|busy| busy.iter().all(|thread| known.contains(thread)))
    }
}

impl fmt::Display for Inspections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for found in &self.deadlocks {
            writeln!(f, "{found}")?;
        }
        for (number, inspection) in self.executors.iter().enumerate() {
            if number > 0 {
                writeln!(f)?;
            }
            inspection.write_without_deadlocks(f)?;
        }
        Ok(())
    }
}

pub(crate) fn queued(executor: &ExecutorHandle) -> Backlog {
    let gauge = executor.gauge();
    let describe = |job: QueuedJob| {
        let name = job.name.unwrap_or_else(|| format!("job-{}", job.id));
        format!("{name} ({})", place(job.submitted_at))
    };
    let first = executor.first_queued(FIRST_QUEUED).into_iter().map(describe).collect();
    Backlog { count: gauge.queued, oldest: gauge.oldest, first }
}

/// Where a wait has not said its place, or one in a library, the stack may say more.
fn add_sites(threads: &mut [ThreadView], stacks: &[Vec<Frame>]) {
    let mut known = HashMap::new();
    for thread in threads {
        if let (Some(waits), Some(stack)) = (&mut thread.waits_for, thread.stack) {
            let said = waits.site.clone();
            let place = known.entry((stack, said)).or_insert_with_key(|(stack, said)| {
                stacks::place_of_wait(&stacks[*stack], said.as_deref())
            });
            if let Some(place) = place {
                waits.site = Some(place.clone());
            }
        }
    }
}

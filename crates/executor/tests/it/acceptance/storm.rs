//! A storm of parks and wakes between jobs and plain threads: no wake is lost, no job wanders.

use std::time::Duration;

use executor::{GreenThreadPoolExecutor, Shutdown, park, park_timeout, reject_when_reached};
use greenctx::Thread;
use greenstd::sync::atomic::{AtomicBool, Ordering};
use greenstd::sync::{Arc, Mutex};
use greenstd::thread;

use super::support::process::os_thread;
use super::support::{Progress, by_build, detach, pool, watched};

const JOBS: usize = 300_000;
/// Plain threads that submit.
const SUBMITTERS: usize = 3;
/// Plain threads that wake, and as many jobs of another executor.
const WAKERS: usize = 2;

/// The threads that have parked and want to be woken, and the one that is to do it.
#[derive(Default)]
struct Mailbox {
    letters: Mutex<Vec<Letter>>,
    reader: Mutex<Option<Thread>>,
    closed: AtomicBool,
}

struct Letter {
    sleeper: Thread,
    woken: Arc<AtomicBool>,
}

impl Mailbox {
    fn put(&self, letter: Letter) {
        self.letters.lock().push(letter);
        self.wake_reader();
    }

    fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.wake_reader();
    }

    fn wake_reader(&self) {
        let reader = self.reader.lock().clone();
        if let Some(reader) = reader {
            reader.unpark();
        }
    }

    /// Wakes the senders of letters until the box is closed; gives their number.
    fn read(&self) -> usize {
        *self.reader.lock() = Some(greenctx::current());
        let mut woken = 0;
        loop {
            let closed = self.closed.load(Ordering::SeqCst);
            let letters = std::mem::take(&mut *self.letters.lock());
            if letters.is_empty() {
                if closed {
                    return woken;
                }
                park().unwrap();
            }
            for letter in letters {
                woken += 1;
                letter.woken.store(true, Ordering::Release);
                letter.sleeper.unpark();
            }
        }
    }
}

/// Asks to be woken, and parks until it is. The park has no time limit, one that is never reached, or one that is
/// over at about the time of the wake.
fn park_until_woken(mailbox: &Mailbox, number: usize) {
    let woken = Arc::new(AtomicBool::new(false));
    mailbox.put(Letter { sleeper: greenctx::current(), woken: woken.clone() });
    while !woken.load(Ordering::Acquire) {
        match number % 8 {
            7 => drop(park_timeout(Duration::from_micros(number as u64 % 64)).unwrap()),
            even if even % 2 == 0 => park().unwrap(),
            _ => drop(park_timeout(Duration::from_secs(3600)).unwrap()),
        }
    }
}

#[test]
fn in_a_storm_of_submissions_parks_and_wakes_nothing_is_lost() {
    let pool = watched(
        GreenThreadPoolExecutor::builder()
            .max_workers(256)
            .carriers(2)
            .check_and_reject(reject_when_reached(1000)),
    );
    let others = super::support::pool(WAKERS, 1);
    let mailboxes: Arc<[Mailbox]> = (0..2 * WAKERS).map(|_| Mailbox::default()).collect();
    let readers: Vec<_> = (0..WAKERS)
        .map(|n| {
            let (plain, green) = (mailboxes.clone(), mailboxes.clone());
            let plain = thread::spawn(move || plain[n].read());
            (plain, others.submit(move || green[WAKERS + n].read()).unwrap())
        })
        .collect();
    let submitters = [0, 1, 2].map(|submitter| {
        let (handle, mailboxes) = (pool.handle(), mailboxes.clone());
        thread::spawn(move || {
            for number in (submitter..JOBS).step_by(SUBMITTERS) {
                let mailboxes = mailboxes.clone();
                let job = move || park_until_woken(&mailboxes[number % (2 * WAKERS)], number);
                drop(handle.submit_wait(job).unwrap());
            }
        })
    });
    submitters.into_iter().for_each(|submitter| submitter.join().unwrap());
    pool.shutdown(Shutdown::wait()).unwrap();
    let statistics = pool.statistics();
    assert_eq!((statistics.executed(), statistics.failures()), (JOBS as u64, 0));
    mailboxes.iter().for_each(Mailbox::close);
    let woken = readers
        .into_iter()
        .map(|(plain, green)| plain.join().unwrap() + green.result().unwrap())
        .sum::<usize>();
    assert_eq!(woken, JOBS);
}

#[test]
fn a_job_never_changes_its_os_thread() {
    const PARKS: usize = 30;
    let pool = pool(64, 3);
    let jobs = by_build(300, 2000);
    let mailboxes: Arc<[Mailbox]> = [Mailbox::default(), Mailbox::default()].into();
    let readers = [0, 1].map(|n| {
        let mailboxes = mailboxes.clone();
        thread::spawn(move || mailboxes[n].read())
    });
    let (done, used) = (Progress::new(), Arc::new(Mutex::new(std::collections::HashSet::new())));
    for job in 0..jobs {
        let (mailboxes, done, used) = (mailboxes.clone(), done.clone(), used.clone());
        detach(&pool, move || {
            let home = os_thread();
            used.lock().insert(home.clone());
            // The first ones block their carriers, until another carrier has taken one too.
            while used.lock().len() < 2 {
                thread::yield_now();
            }
            for number in 0..PARKS {
                match (job + number) % 5 {
                    0 => executor::yield_now(),
                    1 => executor::sleep(Duration::from_micros(50)).unwrap(),
                    _ => park_until_woken(&mailboxes[number % 2], job + number),
                }
                assert_eq!(os_thread(), home);
            }
            done.advance();
        });
    }
    done.wait_until(jobs);
    mailboxes.iter().for_each(Mailbox::close);
    let woken: usize = readers.map(|reader| reader.join().unwrap()).iter().sum();
    assert!(woken > jobs);
    assert_eq!(pool.statistics().failures(), 0);
}

#[test]
fn a_child_that_runs_on_the_spot_stays_where_its_parent_is() {
    let pool = pool(3, 3);
    for _ in 0..by_build(100, 1000) {
        let handle = pool.handle();
        let parent = pool.submit(move || {
            let home = os_thread();
            let children: Vec<_> = (0..4)
                .map(|_| {
                    handle.submit(|| {
                        let home = os_thread();
                        executor::yield_now();
                        assert_eq!(os_thread(), home);
                    })
                })
                .collect();
            children.into_iter().for_each(|child| child.unwrap().result().unwrap());
            assert_eq!(os_thread(), home);
        });
        parent.unwrap().result().unwrap();
    }
}

//! Programs to look at, in this process. Each serves its own page.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use executor::sync::{Barrier, Mutex, Semaphore, bounded, deadlock};
use executor::{GreenThreadPoolExecutor, Interrupted, Shutdown, reject_when_reached, sleep};
use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::thread;
use inspect::{PageServer, Watchdog, Watching};

use crate::Result;
use crate::browser::Browser;
use crate::checks;

/// A job's name that must not become a part of the page's markup.
pub(crate) const HOSTILE: &str = "<script>window.hacked=1</script><img src=x onerror=hacked=1>";

/// Why a job of the shop ends badly.
type Failure = Box<dyn Error + Send + Sync>;

/// A program that is looked at until it is dropped.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    pub(crate) check: fn(&Browser) -> Result<()>,
    server: PageServer,
    _watching: Watching,
    is_over: Arc<AtomicBool>,
    pools: Vec<GreenThreadPoolExecutor>,
}

impl Program {
    fn new(
        name: &'static str,
        check: fn(&Browser) -> Result<()>,
        pools: Vec<GreenThreadPoolExecutor>,
        is_over: &Arc<AtomicBool>,
    ) -> Result<Self> {
        let handles: Vec<_> = pools.iter().map(GreenThreadPoolExecutor::handle).collect();
        let server = inspect::serve("127.0.0.1:0", handles.clone())?;
        server.table(HOSTILE, || [(HOSTILE, 12_345)]);
        let watching = Watchdog::new().then(|_| ()).watch(handles)?;
        Ok(Program { name, check, server, _watching: watching, is_over: is_over.clone(), pools })
    }

    pub(crate) fn address(&self) -> String {
        format!("http://{}/", self.server.address())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        for pool in &self.pools {
            pool.running().iter().filter_map(|job| job.handle.as_ref()).for_each(|job| {
                job.cancel();
            });
            // Each of its jobs ends when it is cancelled, or sees that all is over.
            let _ = pool.shutdown(Shutdown::wait().cancel_pending());
        }
    }
}

fn pool(name: &str, workers: usize) -> Result<GreenThreadPoolExecutor> {
    let builder = GreenThreadPoolExecutor::builder().name(name).carriers(2).max_workers(workers);
    Ok(builder.check_and_reject(reject_when_reached(50)).build()?)
}

/// Waits for work that does not come.
pub(crate) fn idle() -> Result<Program> {
    let pool = pool("orders", 100)?;
    let (sender, receiver) = bounded::<u32>(1);
    for number in 0..3 {
        let receiver = receiver.clone();
        let job = pool.job().name(format!("clerk {number}"));
        drop(job.submit(move || receiver.iter().sum::<u32>())?);
    }
    // The channel stays open until the clerks are cancelled.
    let open = pool.job().name("shop").fallible().submit(move || {
        let _sender = sender;
        sleep(Duration::from_secs(3600))
    })?;
    drop(open);
    Program::new("idle", checks::of_idle, vec![pool], &Arc::default())
}

/// Does what shops do, a little more than it can.
pub(crate) fn busy() -> Result<Program> {
    let (orders, mail) = (pool("orders", 60)?, pool("mail", 10)?);
    let is_over = Arc::<AtomicBool>::default();
    let (till, trolleys) = (Arc::new(Mutex::new(0)), Arc::new(Semaphore::new(20)));
    let hostile = orders.job().name(HOSTILE).fallible();
    drop(hostile.submit(|| sleep(Duration::from_secs(3600)))?);
    let (handle, mails, over) = (orders.handle(), mail.handle(), is_over.clone());
    thread::spawn(move || {
        let mut number = 0_u64;
        while !over.load(Ordering::Relaxed) {
            number += 1;
            let (till, trolleys, mails) = (till.clone(), trolleys.clone(), mails.clone());
            let job = handle.job().name(format!("customer {number}")).fallible();
            let submitted = job.submit(move || {
                let _trolley = trolleys.acquire()?;
                look_around(number)?;
                pay(&till)?;
                // Mail may be refused, which is no matter.
                let _ = mails.try_submit(|| sleep(Duration::from_millis(30))).map(drop);
                if number.is_multiple_of(41) {
                    Err("no money".into())
                } else {
                    Ok::<_, Failure>(())
                }
            });
            if submitted.map(drop).is_err() {
                // The backlog is full. Others come later.
                thread::sleep(Duration::from_millis(40));
            }
        }
    });
    Program::new("busy", checks::of_busy, vec![orders, mail], &is_over)
}

#[inline(never)]
fn look_around(number: u64) -> std::result::Result<(), Interrupted> {
    sleep(Duration::from_millis(5 + number * 7 % 60))
}

#[inline(never)]
fn pay(till: &Mutex<u64>) -> std::result::Result<(), Interrupted> {
    let mut sum = till.lock()?;
    sleep(Duration::from_millis(3))?;
    *sum += 1;
    Ok(())
}

/// Every carrier computes, and comes to nothing else.
pub(crate) fn hogged() -> Result<Program> {
    let pool = pool("encoder", 40)?;
    let is_over = Arc::<AtomicBool>::default();
    for number in 0..20 {
        let job = pool.job().name(format!("upload {number}")).fallible();
        drop(job.submit(|| sleep(Duration::from_secs(3600)))?);
    }
    let spinning = Arc::new(AtomicBool::new(false));
    for number in 0..2 {
        let (is_over, begun) = (is_over.clone(), spinning.clone());
        spinning.store(false, Ordering::Relaxed);
        let job = pool.job().name(format!("encode {number}"));
        let job = job.submit(move || {
            begun.store(true, Ordering::Relaxed);
            encode(&is_over);
        })?;
        drop(job);
        while !spinning.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(1));
        }
    }
    for number in 20..30 {
        drop(pool.job().name(format!("upload {number}")).submit(|| ())?);
    }
    Program::new("hogged", checks::of_hogged, vec![pool], &is_over)
}

#[inline(never)]
fn encode(is_over: &AtomicBool) {
    while !is_over.load(Ordering::Relaxed) {
        thread::spin_loop();
    }
}

/// Two jobs lock two mutexes in different orders, and others come for one of these.
pub(crate) fn stuck() -> Result<Program> {
    deadlock::watch(true);
    let pool = pool("bank", 40)?;
    let accounts = Arc::new([Mutex::new(100), Mutex::new(100)]);
    let both = Arc::new(Barrier::new(2));
    for (from, to) in [(0, 1), (1, 0)] {
        let (accounts, both) = (accounts.clone(), both.clone());
        let job = pool.job().name(format!("transfer {from} to {to}")).fallible();
        let job = job.submit(move || {
            let mut from = accounts[from].lock()?;
            both.wait()?;
            let mut to = accounts[to].lock()?;
            (*from, *to) = (*from - 10, *to + 10);
            Ok::<_, Interrupted>(())
        })?;
        drop(job);
    }
    for number in 0..12 {
        let accounts = accounts.clone();
        let job = pool.job().name(format!("statement {number}")).fallible();
        drop(job.submit(move || accounts[0].lock().map(|account| *account))?);
    }
    Program::new("deadlocked", checks::of_stuck, vec![pool], &Arc::default())
}

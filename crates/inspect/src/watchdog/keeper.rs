//! The OS thread of all watchdogs, and what they watch.
//!
//! It is started with the first watchdog, and stays until the process ends. It looks as often as the least patient
//! watchdog wants. While all carriers sleep it sleeps too, without a limit: the first carrier that wakes up ends that
//! (`greenctx::Doze`), and so does a new watchdog.

use std::io;
use std::sync::mpsc;
use std::time::Duration;

use executor::ExecutorHandle;
use greenctx::{Doze, Thread, park_timeout};
use greenstd::sync::{Arc, Mutex, StaticMutex};
use greenstd::thread;

use super::hog::Hog;
use super::patrol::Patrol;

/// The keeper of this process.
static KEEPER: StaticMutex<Option<Arc<Keeper>>> = StaticMutex::new(None);

struct Keeper {
    doze: Doze,
    thread: Thread,
    /// A fork has no thread for it, and needs another one.
    fork_generation: u64,
    patrols: Mutex<Vec<Arc<Patrol>>>,
}

/// Adds a patrol.
pub(super) fn begin(patrol: Arc<Patrol>) -> io::Result<()> {
    let keeper = keeper()?;
    patrol.ask_to_stir(&keeper.doze);
    keeper.patrols.lock().push(patrol);
    keeper.thread.unpark();
    Ok(())
}

/// Takes a patrol away. It waits for a look that goes on, unless that is the caller.
pub(super) fn end(patrol: &Arc<Patrol>) {
    let Some(keeper) = KEEPER.lock().clone() else { return };
    keeper.patrols.lock().retain(|other| !Arc::ptr_eq(other, patrol));
    if greenctx::current().id() != keeper.thread.id() {
        patrol.end();
    }
}

/// What holds the carriers of that executor, as far as it is watched.
pub(crate) fn hogs_of(executor: &ExecutorHandle) -> Vec<Hog> {
    let mut hogs: Vec<Hog> = Vec::new();
    for hog in patrols().iter().flat_map(|patrol| patrol.hogs_of(executor.number())) {
        // Two watchdogs may see the same one.
        if !hogs.iter().any(|other| other.carrier == hog.carrier) {
            hogs.push(hog);
        }
    }
    hogs
}

/// The longest that a carrier of that executor was held. `None` if it is not watched.
pub(crate) fn longest_hold_of(executor: &ExecutorHandle) -> Option<Duration> {
    patrols().iter().filter_map(|patrol| patrol.longest_hold_of(executor.number())).max()
}

fn patrols() -> Vec<Arc<Patrol>> {
    KEEPER.lock().as_ref().map(|keeper| keeper.patrols.lock().clone()).unwrap_or_default()
}

fn keeper() -> io::Result<Arc<Keeper>> {
    let mut keeper = KEEPER.lock();
    if let Some(keeper) = &*keeper
        && keeper.fork_generation == greenctx::fork_generation()
    {
        return Ok(keeper.clone());
    }
    let started = Keeper::start()?;
    *keeper = Some(started.clone());
    Ok(started)
}

impl Keeper {
    fn start() -> io::Result<Arc<Self>> {
        greenctx::watch_forks();
        let (tell, told) = mpsc::channel();
        thread::Builder::new().name("inspect-watch".to_owned()).spawn(move || {
            let keeper = Arc::new(Keeper {
                doze: Doze::new(),
                thread: greenctx::current(),
                fork_generation: greenctx::fork_generation(),
                patrols: Mutex::default(),
            });
            if tell.send(keeper.clone()).is_ok() {
                keeper.run();
            }
        })?;
        told.recv().map_err(|_| io::Error::other("the watchdog's thread has ended"))
    }

    fn run(&self) -> ! {
        loop {
            let patrols = self.patrols.lock().clone();
            patrols.iter().for_each(|patrol| patrol.look());
            let pause = patrols.iter().map(|patrol| patrol.pause()).min();
            drop(patrols);
            self.doze.doze_while(|| self.patrols.lock().iter().all(|patrol| patrol.is_idle()));
            // Also after a doze: carriers that wake up a thousand times in a second end one in each pause.
            if let Some(pause) = pause {
                // Nobody interrupts it.
                let _ = park_timeout(pause);
            }
        }
    }
}

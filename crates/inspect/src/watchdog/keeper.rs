//! The OS thread of all watchdogs, and what they watch.
//!
//! It is started with the first watchdog, and stays until the process ends. It looks as often as the least patient
//! watchdog wants. While all carriers sleep it sleeps too, without a limit: the first carrier that wakes up ends that
//! (`greenctx::Doze`), and so does a new watchdog. A forked child has a thread of its own, and what its parent watches is
//! no matter of its.

use std::io;
use std::sync::mpsc;
use std::time::Duration;

use executor::ExecutorHandle;
use greenctx::{Doze, PerProcess, Thread, park_timeout};
use greenstd::sync::{Arc, Mutex, StaticMutex};
use greenstd::thread;

use super::hog::Hog;
use super::patrol::Patrol;

type Place = StaticMutex<Option<Arc<Keeper>>>;

/// The keeper of this process.
static KEEPER: PerProcess<Place> = PerProcess::new();

struct Keeper {
    doze: Doze,
    thread: Thread,
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
    let Some(keeper) = place().lock().clone() else { return };
    // One that a parent of this process watches is left alone: its keeper is not here, and may have been looking.
    let is_ours = keeper.remove(patrol);
    if is_ours && greenctx::current().id() != keeper.thread.id() {
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
    place().lock().as_ref().map(|keeper| keeper.patrols.lock().clone()).unwrap_or_default()
}

fn keeper() -> io::Result<Arc<Keeper>> {
    let mut keeper = place().lock();
    if let Some(keeper) = &*keeper {
        return Ok(keeper.clone());
    }
    let started = Keeper::start()?;
    *keeper = Some(started.clone());
    Ok(started)
}

fn place() -> &'static Place {
    KEEPER.get_or_init(StaticMutex::default)
}

impl Keeper {
    fn start() -> io::Result<Arc<Self>> {
        let (tell, told) = mpsc::channel();
        thread::Builder::new().name("inspect-watch".to_owned()).spawn(move || {
            let keeper = Arc::new(Keeper {
                doze: Doze::new(),
                thread: greenctx::current(),
                patrols: Mutex::default(),
            });
            if tell.send(keeper.clone()).is_ok() {
                keeper.run();
            }
        })?;
        told.recv().map_err(|_| io::Error::other("the watchdog's thread has ended"))
    }

    /// Whether it was there.
    fn remove(&self, patrol: &Arc<Patrol>) -> bool {
        let mut patrols = self.patrols.lock();
        let index = patrols.iter().position(|other| Arc::ptr_eq(other, patrol));
        index.map(|index| patrols.remove(index)).is_some()
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

//! Tables that the program adds to the page.
//!
//! Their rows may come from far: a server that does not answer, a lock that is held. So an OS thread asks for the rows of
//! a table, and whoever wants a document waits for it for a quarter of a second. Rows that have not come by then are
//! those of the last time, with their age.
//!
//! A table is asked by one thread at a time, which all documents share. So one that never answers costs one thread.

use std::time::Duration;

use executor::sync::Event;
use greenstd::panics;
use greenstd::sync::{Arc, Mutex};
use greenstd::thread;
use greenstd::time::{self, Instant};

use crate::page::{TablePage, TableRow};

type Rows = Vec<TableRow>;

/// The tables of a page, in the order in which they were added.
#[derive(Default)]
pub(super) struct Tables(Mutex<Vec<Arc<Table>>>);

struct Table {
    name: String,
    ask: Box<dyn Fn() -> Rows + Send + Sync>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Set when the thread that asks is done. `None` if there is no such thread.
    being_asked: Option<Arc<Event>>,
    last: Option<(Instant, Rows)>,
}

/// Tables that were asked, and until when their answers are waited for.
pub(super) struct Asked {
    tables: Vec<(Arc<Table>, Arc<Event>)>,
    deadline: Option<Instant>,
}

impl Tables {
    /// One of the same name is replaced.
    pub(super) fn add(&self, name: String, ask: Box<dyn Fn() -> Rows + Send + Sync>) {
        let table = Arc::new(Table { name, ask, state: Mutex::default() });
        let mut tables = self.0.lock();
        let known = tables.iter_mut().find(|known| known.name == table.name);
        let replaced = match known {
            Some(known) => Some(std::mem::replace(known, table)),
            None => {
                tables.push(table);
                None
            }
        };
        drop(tables);
        // What the program has put into it is dropped without the lock.
        drop(replaced);
    }

    /// Asks all of them.
    pub(super) fn ask(&self, patience: Duration) -> Asked {
        let tables = self.0.lock().clone();
        let ask = |table: Arc<Table>| {
            let asked = Table::ask(&table);
            (table, asked)
        };
        let tables = tables.into_iter().map(ask).collect();
        Asked { tables, deadline: time::after(patience) }
    }
}

impl Asked {
    /// What they have said, or said last.
    pub(super) fn take(self) -> Vec<TablePage> {
        let show = |(table, done): (Arc<Table>, Arc<Event>)| {
            if let Some(deadline) = self.deadline {
                // Nobody interrupts a thread of the page.
                let _ = done.wait_timeout(time::until(deadline));
            }
            table.show()
        };
        self.tables.into_iter().map(show).collect()
    }
}

impl Table {
    /// Has a thread ask for the rows, if none does.
    fn ask(table: &Arc<Self>) -> Arc<Event> {
        let mut state = table.state.lock();
        if let Some(asked) = &state.being_asked {
            return asked.clone();
        }
        let done = Arc::new(Event::new());
        let (theirs, tell) = (table.clone(), done.clone());
        let asking = thread::Builder::new().name("inspect-table".to_owned());
        let asking = asking.spawn(move || {
            theirs.note(panics::contain(|| (theirs.ask)()));
            tell.set();
        });
        match asking {
            // The thread cannot have noted its answer yet, as that takes the lock.
            Ok(_) => state.being_asked = Some(done.clone()),
            // Without a thread there is no answer.
            Err(_) => done.set(),
        }
        done
    }

    fn note(&self, answer: Result<Rows, panics::Payload>) {
        let mut state = self.state.lock();
        state.being_asked = None;
        match answer {
            Ok(rows) => state.last = Some((time::now(), rows)),
            Err(payload) => {
                drop(state);
                // The panic has been written already.
                panics::dispose(payload);
            }
        }
    }

    fn show(&self) -> TablePage {
        let state = self.state.lock();
        let (age_seconds, rows) = match &state.last {
            Some((at, rows)) => (Some(time::since(*at).as_secs_f64()), rows.clone()),
            None => (None, Vec::new()),
        };
        TablePage { name: self.name.clone(), age_seconds, rows }
    }
}

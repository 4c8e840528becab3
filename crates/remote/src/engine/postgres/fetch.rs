//! How jobs are taken, and go back if nobody is there any more to take them.
//!
//! # Protocol
//!
//! A call goes on when its caller was interrupted, so it could take jobs for nobody. The two share a slot:
//!
//! | state | who leaves it | for |
//! | --- | --- | --- |
//! | awaited | the call, with what it has taken | filled |
//! | awaited | the caller, when it is interrupted | abandoned |
//! | filled | the caller, who takes it, interrupted or not | empty |
//! | abandoned | nobody: the call gives back what it takes | |
//!
//! The slot is behind a lock, so each job is either with the caller or given back. If the connection is lost in between,
//! the lease runs out, and that counts as a death though it was none.

use std::time::Duration;

use greenstd::sync::{Arc, Mutex};

use super::connections::{Connection, Connections};
use super::rows;
use super::sql;
use crate::engine::{Again, Delivery, EngineError, JobId, Lease};

/// What was found.
#[derive(Default)]
pub(super) struct Taken {
    pub(super) deliveries: Vec<Delivery>,
    /// In what time the next job is due, if there are none now.
    pub(super) next: Option<Duration>,
    /// Whether more is to be swept.
    pub(super) sweeps_again: bool,
}

enum Slot {
    Awaited,
    Filled(Taken),
    Empty,
    Abandoned,
}

/// Takes up to `max` jobs.
pub(super) fn take(
    connections: &Connections,
    queue: &str,
    max: usize,
    sweeps: bool,
) -> Result<Taken, EngineError> {
    let slot = Arc::new(Mutex::new(Slot::Awaited));
    let (theirs, name) = (slot.clone(), queue.to_owned());
    let called = connections.call(move |connection| {
        let taken = look(connection, &name, max, sweeps)?;
        let mut slot = theirs.lock();
        if !matches!(*slot, Slot::Abandoned) {
            *slot = Slot::Filled(taken);
            return Ok(());
        }
        drop(slot);
        taken.deliveries.iter().try_for_each(|delivery| {
            put_back(connection, &name, &delivery.lease, Duration::ZERO, &Again::GivenBack)
                .map(drop)
        })
    });
    let mut slot = slot.lock();
    match std::mem::replace(&mut *slot, Slot::Empty) {
        Slot::Filled(taken) => Ok(taken),
        _ => {
            *slot = Slot::Abandoned;
            called.map(|()| Taken::default())
        }
    }
}

fn look(
    connection: &mut Connection,
    queue: &str,
    max: usize,
    sweeps: bool,
) -> Result<Taken, EngineError> {
    // As many as one sweep removes: so there may be more.
    let sweeps_again =
        sweeps && connection.query(sql::SWEEP, &[&queue]).map_err(rows::error)?.len() >= 1000;
    let max = i64::try_from(max).unwrap_or(i64::MAX);
    let found = connection.query(sql::FETCH, &[&queue, &max]).map_err(rows::error)?;
    let mut deliveries = Vec::with_capacity(found.len());
    for row in &found {
        if row.try_get::<_, i16>("state").map_err(rows::error)? == 1 {
            deliveries.push(delivery(row)?);
        }
    }
    let next = if !deliveries.is_empty() {
        None
    } else if !found.is_empty() {
        // All of them have ended. There may be more.
        Some(Duration::ZERO)
    } else {
        let due = connection.query(sql::NEXT_DUE, &[&queue]).map_err(rows::error)?;
        let due = due.first().map(|row| row.try_get::<_, Option<i64>>(0)).transpose();
        // One that is due already is locked by somebody else, so there is something to wait for.
        due.map_err(rows::error)?.flatten().map(|due| rows::duration(due.max(1)))
    };
    Ok(Taken { deliveries, next, sweeps_again })
}

fn delivery(row: &postgres::Row) -> Result<Delivery, EngineError> {
    let text: &str = row.try_get("envelope").map_err(rows::error)?;
    let payload = row.try_get("payload").map_err(rows::error)?;
    let number: i64 = row.try_get("delivery").map_err(rows::error)?;
    let id: &str = row.try_get("id").map_err(rows::error)?;
    Ok(Delivery {
        envelope: rows::envelope(text, payload)?,
        lease: Lease::new(JobId::from(id), number.unsigned_abs(), ""),
        tally: rows::tally(row)?,
    })
}

/// Puts a job back. Whether that was done, now or by an earlier call with the same lease.
pub(super) fn put_back(
    connection: &mut Connection,
    queue: &str,
    lease: &Lease,
    after: Duration,
    why: &Again,
) -> Result<bool, EngineError> {
    let (failures, unknowns): (i32, i32) = match why {
        Again::Failed(_) => (1, 0),
        Again::Unknown => (0, 1),
        Again::GivenBack => (0, 0),
    };
    let (id, delivery) = (lease.id().as_str(), number(lease));
    let after = rows::millis(after) as f64;
    let put_back = connection
        .query(sql::PUT_BACK, &[&queue, &id, &delivery, &after, &failures, &unknowns])
        .map_err(rows::error)?;
    if !put_back.is_empty() {
        return Ok(true);
    }
    let before = connection.query(sql::WAS_PUT_BACK, &[&queue, &id, &delivery]);
    Ok(!before.map_err(rows::error)?.is_empty())
}

/// The number of a delivery, as the server has it.
pub(super) fn number(lease: &Lease) -> i64 {
    i64::try_from(lease.delivery()).unwrap_or(-1)
}

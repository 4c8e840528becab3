//! How a job is accepted: by the engine, or within a transaction of the user.

use postgres::types::ToSql;
use postgres::{Client, Error, Transaction};

use super::connections::Connection;
use super::rows::{self, Written};
use super::sql;
use crate::engine::{EngineError, Submitted};

/// Submits by a connection of the engine.
pub(super) fn submit(
    connection: &mut Connection,
    queue: &str,
    job: &Written,
    limit: Option<u64>,
) -> Result<Submitted, EngineError> {
    let accepted = match limit {
        None => {
            connection.query(sql::SUBMIT, &values(&queue, job)).map(|rows| answer(rows.is_empty()))
        }
        Some(_) => submit_limited(connection.client(), queue, job),
    };
    accepted.map_err(rows::error)
}

/// Submits as a part of a transaction.
pub(super) fn submit_in(
    transaction: &mut Transaction<'_>,
    queue: &str,
    job: &Written,
) -> Result<Submitted, EngineError> {
    let row = transaction.query_opt(sql::LIMIT, &[&queue]).map_err(rows::error)?;
    let Some(row) = row else {
        return Err(EngineError::Refused(format!("there is no queue {queue:?}")));
    };
    let limit: Option<i64> = row.try_get(0).map_err(rows::error)?;
    let accepted = match limit {
        None => {
            transaction.query(sql::SUBMIT, &values(&queue, job)).map(|rows| answer(rows.is_empty()))
        }
        // A savepoint, so that a refusal leaves the rest of the transaction as it is.
        Some(_) => {
            transaction.transaction().and_then(|savepoint| count_and_submit(savepoint, queue, job))
        }
    };
    accepted.map_err(rows::error)
}

fn submit_limited(client: &mut Client, queue: &str, job: &Written) -> Result<Submitted, Error> {
    count_and_submit(client.transaction()?, queue, job)
}

/// Those that count wait for each other, so the limit is exact. A duplicate is told before a full queue is.
fn count_and_submit(
    mut transaction: Transaction<'_>,
    queue: &str,
    job: &Written,
) -> Result<Submitted, Error> {
    let limit = transaction.query_one(sql::LOCK_QUEUE, &[&queue])?.try_get::<_, Option<i64>>(0)?;
    if transaction.query(sql::SUBMIT, &values(&queue, job))?.is_empty() {
        transaction.commit()?;
        return Ok(Submitted::Duplicate);
    }
    let live: i64 = transaction.query_one(sql::COUNT_LIVE, &[&queue])?.try_get(0)?;
    if limit.is_some_and(|limit| live > limit) {
        transaction.rollback()?;
        return Ok(Submitted::Full);
    }
    transaction.commit()?;
    Ok(Submitted::Accepted)
}

fn values<'v>(queue: &'v &str, job: &'v Written) -> [&'v (dyn ToSql + Sync); 7] {
    [queue, &job.id, &job.envelope, &job.payload, &job.durable, &job.delay, &job.expires]
}

fn answer(is_duplicate: bool) -> Submitted {
    if is_duplicate { Submitted::Duplicate } else { Submitted::Accepted }
}

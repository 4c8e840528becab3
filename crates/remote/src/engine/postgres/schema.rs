//! The tables, and how a queue comes into them.

use std::time::Duration;

use postgres::{Client, Error};

use super::rows::{duration, millis};
use crate::engine::QueueOptions;

/// Makes the schema if it is not there. Under a lock of the whole database: of two programs that start at once, one
/// waits.
const LOCK: &str = "select pg_advisory_xact_lock(7310868735415218284)";

/// By this it is seen that nothing is to be made. So a user that may make no tables can open a queue too.
const IS_THERE: &str = "select to_regclass('greenpool.queues') is not null and to_regclass('greenpool.jobs_dead') is not null";

/// States of a job: 0 waits, 1 is leased, 2 has ended. `due_at` is the end of the delay, or that of the lease.
const TABLES: &str = "
    create schema if not exists greenpool;

    create table if not exists greenpool.queues (
        name text primary key,
        lease interval not null,
        dedup interval not null,
        max_jobs bigint,
        keep_results interval not null,
        keep_durable interval not null,
        keep_dead interval not null
    );

    create table if not exists greenpool.jobs (
        queue text not null,
        id text not null,
        number bigint generated always as identity,
        envelope text not null,
        payload bytea not null,
        durable boolean not null,
        accepted_at timestamptz not null default statement_timestamp(),
        expires_after interval,
        expires_at timestamptz,
        state smallint not null default 0,
        due_at timestamptz not null,
        delivery bigint not null default 0,
        failures integer not null default 0,
        deaths integer not null default 0,
        unknowns integer not null default 0,
        put_back bigint,
        cancelled boolean not null default false,
        ended_by bigint,
        ended_at timestamptz,
        outcome text,
        value bytea,
        dead boolean not null default false,
        forget_at timestamptz,
        primary key (queue, id)
    );

    create index if not exists jobs_due on greenpool.jobs (queue, due_at, number) where state < 2;
    create index if not exists jobs_ended on greenpool.jobs (queue, forget_at) where state = 2;
    create index if not exists jobs_dead on greenpool.jobs (queue, ended_at) where dead;
";

const ENTER: &str = "
    insert into greenpool.queues
    values ($1, $2 * interval '1 ms', $3 * interval '1 ms', $4,
        $5 * interval '1 ms', $6 * interval '1 ms', $7 * interval '1 ms')
    on conflict do nothing";

const OPTIONS: &str = "
    select (extract(epoch from lease) * 1000)::bigint, (extract(epoch from dedup) * 1000)::bigint, max_jobs,
        (extract(epoch from keep_results) * 1000)::bigint,
        (extract(epoch from keep_durable) * 1000)::bigint,
        (extract(epoch from keep_dead) * 1000)::bigint
    from greenpool.queues where name = $1";

/// Makes what is not there, and says how the queue is kept.
pub(super) fn open(
    client: &mut Client,
    queue: &str,
    options: &QueueOptions,
) -> Result<QueueOptions, Error> {
    let mut transaction = client.transaction()?;
    transaction.execute(LOCK, &[])?;
    if !transaction.query_one(IS_THERE, &[])?.try_get::<_, bool>(0)? {
        transaction.batch_execute(TABLES)?;
    }
    let row = match transaction.query_opt(OPTIONS, &[&queue])? {
        Some(row) => row,
        None => {
            let max_jobs = options.max_jobs.map(|max| i64::try_from(max).unwrap_or(i64::MAX));
            let length = |duration: Duration| millis(duration) as f64;
            transaction.execute(
                ENTER,
                &[
                    &queue,
                    &length(options.lease),
                    &length(options.dedup),
                    &max_jobs,
                    &length(options.keep_results),
                    &length(options.keep_durable),
                    &length(options.keep_dead),
                ],
            )?;
            transaction.query_one(OPTIONS, &[&queue])?
        }
    };
    let kept = QueueOptions {
        lease: duration(row.try_get(0)?),
        dedup: duration(row.try_get(1)?),
        max_jobs: row.try_get::<_, Option<i64>>(2)?.map(i64::unsigned_abs),
        keep_results: duration(row.try_get(3)?),
        keep_durable: duration(row.try_get(4)?),
        keep_dead: duration(row.try_get(5)?),
    };
    transaction.commit()?;
    Ok(kept)
}

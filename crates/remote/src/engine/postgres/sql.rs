//! The statements. Each is one step of the protocol, and changes all that it changes at once.
//!
//! `statement_timestamp()` is the server's clock as the statement began. In a transaction of the user that is a better
//! moment of acceptance than its beginning.

/// Accepts a job, unless its id is remembered. What was to be forgotten gives way; a lease of that job must not fit
/// this one, so the deliveries are numbered on.
pub(super) const SUBMIT: &str = "
    with accepted as (
        insert into greenpool.jobs as j
            (queue, id, envelope, payload, durable, due_at, expires_after, expires_at)
        values ($1, $2, $3, $4, $5, statement_timestamp() + $6 * interval '1 ms',
            $7 * interval '1 ms', statement_timestamp() + $7 * interval '1 ms')
        on conflict (queue, id) do update set
            envelope = excluded.envelope, payload = excluded.payload, durable = excluded.durable,
            accepted_at = excluded.accepted_at, due_at = excluded.due_at,
            expires_after = excluded.expires_after, expires_at = excluded.expires_at,
            number = default, state = 0, delivery = j.delivery + 1,
            failures = 0, deaths = 0, unknowns = 0, put_back = null, cancelled = false,
            ended_by = null, ended_at = null, outcome = null, value = null, dead = false, forget_at = null
        where j.state = 2 and j.forget_at <= statement_timestamp()
        returning 1
    )
    select pg_notify('greenpool', 'j' || $1)::text from accepted";

/// How many jobs have not ended.
pub(super) const COUNT_LIVE: &str =
    "select count(*) from greenpool.jobs where queue = $1 and state < 2";

/// Until the transaction ends, no other one may count.
pub(super) const LOCK_QUEUE: &str =
    "select max_jobs from greenpool.queues where name = $1 for update";

/// What limit a queue has; no row if there is no queue.
pub(super) const LIMIT: &str = "select max_jobs from greenpool.queues where name = $1";

/// Gives jobs out whose time has come: those that wait, and those whose lease has run out. What was cancelled or has
/// expired ends instead. Rows that somebody else is about to change are skipped.
pub(super) const FETCH: &str = "
    with due as materialized (
        select id from greenpool.jobs
        where queue = $1 and state < 2 and due_at <= statement_timestamp()
        order by due_at, number limit $2
        for update skip locked
    ), taken as (
        update greenpool.jobs j set
            state = case when j.cancelled or j.expires_at <= statement_timestamp() then 2 else 1 end,
            outcome = case when j.cancelled then '\"Cancelled\"'
                when j.expires_at <= statement_timestamp() then '\"Expired\"' end,
            deaths = j.deaths + case when j.state = 1 then 1 else 0 end,
            delivery = j.delivery + 1,
            due_at = statement_timestamp() + q.lease,
            ended_at = statement_timestamp(),
            forget_at = greatest(j.accepted_at + q.dedup, statement_timestamp()
                + case when j.durable then q.keep_durable else q.keep_results end)
        from due, greenpool.queues q
        where j.queue = $1 and j.id = due.id and q.name = j.queue
        returning j.*
    )
    select id, state, envelope, payload, delivery, failures, deaths, unknowns,
        case when state = 2 then pg_notify('greenpool', 'r' || queue || ' ' || id)::text end
    from taken order by number";

/// In how many milliseconds the next job is due.
pub(super) const NEXT_DUE: &str = "
    select (extract(epoch from min(due_at) - statement_timestamp()) * 1000)::bigint
    from greenpool.jobs where queue = $1 and state < 2";

/// Begins leases anew that have not run out.
pub(super) const EXTEND: &str = "
    update greenpool.jobs j set due_at = statement_timestamp() + q.lease
    from unnest($2::text[], $3::bigint[]) as held (id, delivery), greenpool.queues q
    where j.queue = $1 and q.name = j.queue and j.id = held.id and j.delivery = held.delivery
        and j.state = 1 and j.due_at > statement_timestamp()
    returning j.id, j.delivery, j.cancelled";

/// Ends the job of a lease. That may have run out, as long as there is no later delivery. Only a dead letter keeps the
/// arguments.
pub(super) const END: &str = "
    with ended as (
        update greenpool.jobs j set
            state = 2, outcome = $4, value = $5, dead = $6, ended_by = $3,
            ended_at = statement_timestamp(),
            payload = case when $6 then j.payload else '' end,
            forget_at = greatest(j.accepted_at + q.dedup, statement_timestamp()
                + case when j.durable then q.keep_durable else q.keep_results end,
                case when $6 then statement_timestamp() + q.keep_dead end)
        from greenpool.queues q
        where j.queue = $1 and q.name = j.queue and j.id = $2 and j.delivery = $3 and j.state = 1
        returning j.queue, j.id
    )
    select pg_notify('greenpool', 'r' || queue || ' ' || id)::text from ended";

/// Whether this delivery has ended the job before.
pub(super) const HAS_ENDED: &str =
    "select 1 from greenpool.jobs where queue = $1 and id = $2 and state = 2 and ended_by = $3";

/// Puts a job back whose lease has not run out. What was cancelled or has expired ends instead.
pub(super) const PUT_BACK: &str = "
    with put_back as (
        update greenpool.jobs j set
            state = case when j.cancelled or j.expires_at <= statement_timestamp() then 2 else 0 end,
            outcome = case when j.cancelled then '\"Cancelled\"'
                when j.expires_at <= statement_timestamp() then '\"Expired\"' end,
            put_back = $3, failures = j.failures + $5, unknowns = j.unknowns + $6,
            due_at = statement_timestamp() + $4 * interval '1 ms',
            ended_at = statement_timestamp(),
            forget_at = greatest(j.accepted_at + q.dedup, statement_timestamp()
                + case when j.durable then q.keep_durable else q.keep_results end)
        from greenpool.queues q
        where j.queue = $1 and q.name = j.queue and j.id = $2 and j.delivery = $3
            and j.state = 1 and j.due_at > statement_timestamp()
        returning j.queue, j.id, j.state
    )
    select pg_notify('greenpool',
        case when state = 2 then 'r' || queue || ' ' || id else 'j' || queue end)::text
    from put_back";

/// Whether this delivery has put the job back before.
pub(super) const WAS_PUT_BACK: &str =
    "select 1 from greenpool.jobs where queue = $1 and id = $2 and put_back = $3";

/// Ends a job that waits, or marks one that is leased.
pub(super) const CANCEL: &str = "
    with asked as (
        update greenpool.jobs j set
            cancelled = true,
            state = case when j.state = 1 and j.due_at > statement_timestamp() then 1 else 2 end,
            outcome = '\"Cancelled\"',
            ended_at = statement_timestamp(),
            forget_at = greatest(j.accepted_at + q.dedup, statement_timestamp()
                + case when j.durable then q.keep_durable else q.keep_results end)
        from greenpool.queues q
        where j.queue = $1 and q.name = j.queue and j.id = $2 and j.state < 2
        returning j.queue, j.id, j.state
    )
    select state = 2,
        case when state = 2 then pg_notify('greenpool', 'r' || queue || ' ' || id)::text end
    from asked";

/// The results there are among some ids.
pub(super) const RESULTS: &str = "
    select id, outcome, value from greenpool.jobs
    where queue = $1 and id = any($2::text[]) and state = 2 and forget_at > statement_timestamp()
    limit $3";

/// The dead letters, the oldest first.
pub(super) const DEAD: &str = "
    select envelope, payload, outcome, value, failures, deaths, unknowns from greenpool.jobs
    where queue = $1 and dead and forget_at > statement_timestamp()
    order by ended_at, number limit $2";

/// Submits a dead letter anew. Leases of its former life must not fit.
pub(super) const RETRY_DEAD: &str = "
    with retried as (
        update greenpool.jobs set
            state = 0, delivery = delivery + 1, accepted_at = statement_timestamp(),
            due_at = statement_timestamp(), expires_at = statement_timestamp() + expires_after,
            failures = 0, deaths = 0, unknowns = 0, put_back = null, cancelled = false,
            ended_by = null, ended_at = null, outcome = null, value = null, dead = false, forget_at = null
        where queue = $1 and id = $2 and dead and forget_at > statement_timestamp()
        returning queue
    )
    select pg_notify('greenpool', 'j' || queue)::text from retried";

/// Forgets a dead letter, and not its result.
pub(super) const DROP_DEAD: &str = "
    update greenpool.jobs j set
        dead = false, payload = '',
        forget_at = greatest(j.accepted_at + q.dedup, j.ended_at
            + case when j.durable then q.keep_durable else q.keep_results end)
    from greenpool.queues q
    where j.queue = $1 and q.name = j.queue and j.id = $2 and j.dead
        and j.forget_at > statement_timestamp()
    returning 1";

/// How many there are. Those whose lease has run out wait.
pub(super) const COUNTS: &str = "
    select
        (select count(*) from greenpool.jobs where queue = $1 and state < 2
            and not (state = 1 and due_at > statement_timestamp())),
        (select count(*) from greenpool.jobs where queue = $1 and state < 2
            and state = 1 and due_at > statement_timestamp()),
        (select count(*) from greenpool.jobs where queue = $1 and dead
            and forget_at > statement_timestamp())";

/// Forgets some of what need not be remembered any longer.
pub(super) const SWEEP: &str = "
    delete from greenpool.jobs where (queue, id) in (
        select queue, id from greenpool.jobs
        where queue = $1 and state = 2 and forget_at <= statement_timestamp()
        limit 1000 for update skip locked
    )
    returning 1";

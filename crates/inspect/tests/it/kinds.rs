//! Each kind of wait shows its kind, its object and the place in the code.

use std::io::Read as _;
use std::time::Duration;

use executor::io::net::{TcpListener, TcpStream};
use executor::sync::{
    Barrier, Condvar, Event, Mutex, OnceCell, RwLock, Semaphore, WaitGroup, bounded, oneshot,
    select, unbounded,
};
use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::sync::Arc;
use inspect::{ThreadView, WaitsFor};
use testkit::Watchdog;

use crate::{pool, until_waits};

/// Runs `wait` as a job, and cancels that once it waits.
#[track_caller]
fn view<T: Send + 'static>(wait: impl FnOnce() -> T + Send + 'static) -> ThreadView {
    let _watchdog = Watchdog::start(|| "a job that is to wait".to_owned());
    let pool = pool();
    let job = pool.job().name("waiter").submit(wait).unwrap();
    let (inspection, view) = until_waits(&pool, "waiter");
    job.cancel();
    job.wait().unwrap();
    let stack = inspection.stack_of(&view);
    assert!(stack.iter().any(|frame| frame.function.contains("it::kinds::")), "{inspection}");
    assert!(view.site.as_deref().unwrap().contains("kinds.rs:"), "{inspection}");
    view
}

/// That it waits for `kind`, at `line` of this file.
#[track_caller]
fn assert_shows(view: &ThreadView, kind: &str, line: u32) -> WaitsFor {
    let waits = view.waits_for.clone().unwrap();
    assert_eq!(waits.kind, kind);
    assert_eq!(waits.site, Some(format!("{}:{line}", file!())));
    waits
}

#[test]
fn a_mutex_shows_its_address_and_its_holder() {
    let mutex = Arc::new(Mutex::new(1));
    let guard = mutex.lock().unwrap();
    let locked_at = line!() - 1;
    let theirs = mutex.clone();
    let view = view(move || theirs.lock().map(|guard| *guard));
    let waits = assert_shows(&view, "mutex", line!() - 1);
    assert_ne!(waits.object, 0);
    let detail = waits.detail.unwrap();
    assert!(detail.starts_with("locked by thread"), "{detail}");
    assert!(detail.ends_with(&format!("{}:{locked_at}", file!())), "{detail}");
    drop(guard);
}

#[test]
fn a_rwlock_shows_whether_it_is_to_be_read_or_written() {
    let lock = Arc::new(RwLock::new(1));
    let guard = lock.write().unwrap();
    let theirs = lock.clone();
    let reader = view(move || theirs.read().map(|guard| *guard));
    let reads = assert_shows(&reader, "rwlock (read)", line!() - 1);
    let theirs = lock.clone();
    let writer = view(move || theirs.write().map(|guard| *guard));
    let writes = assert_shows(&writer, "rwlock (write)", line!() - 1);
    assert_eq!(reads.object, writes.object);
    drop(guard);
}

#[test]
fn a_condvar_shows_itself_and_not_its_mutex() {
    let pair = Arc::new((Mutex::new(()), Condvar::new()));
    let view = view(move || pair.1.wait(pair.0.lock()?).map(drop));
    assert_shows(&view, "condvar", line!() - 1);
}

#[test]
fn a_semaphore_shows_how_many_permits_are_wanted() {
    let semaphore = Arc::new(Semaphore::new(2));
    let view = view(move || semaphore.acquire_many(3).map(drop));
    let waits = assert_shows(&view, "semaphore", line!() - 1);
    assert_eq!((waits.number, waits.detail.as_deref()), (3, Some("3 permits")));
}

#[test]
fn a_channel_shows_the_direction() {
    let (sender, receiver) = bounded::<u32>(1);
    sender.send(1).unwrap();
    let theirs = sender.clone();
    let full = view(move || theirs.send(2));
    assert_shows(&full, "channel (send)", line!() - 1);

    let (sender, empty) = unbounded::<u32>();
    let view = view(move || empty.iter().next());
    assert_eq!(view.waits_for.unwrap().kind, "channel (receive)");
    drop((sender, receiver));
}

#[test]
fn a_receive_shows_its_place() {
    let (sender, receiver) = unbounded::<u32>();
    let view = view(move || receiver.recv());
    assert_shows(&view, "channel (receive)", line!() - 1);
    drop(sender);
}

#[test]
fn a_select_shows_how_many_arms_it_has() {
    let (sender, one) = bounded::<u32>(1);
    let (other_sender, other) = bounded::<u32>(1);
    let view = view(move || {
        select! {
            recv(one) -> message => message.is_ok(),
            recv(other) -> message => message.is_ok(),
        }
    });
    let waits = assert_shows(&view, "select", line!() - 5);
    assert_eq!((waits.number, waits.detail.as_deref()), (2, Some("2 arms")));
    drop((sender, other_sender));
}

#[test]
fn a_barrier_an_event_a_wait_group_a_cell_and_a_oneshot_show_themselves() {
    let barrier = Barrier::new(2);
    assert_shows(&view(move || barrier.wait().map(drop)), "barrier", line!());
    let event = Event::new();
    assert_shows(&view(move || event.wait()), "event", line!());
    let group = WaitGroup::new();
    let theirs = group.clone();
    assert_shows(&view(move || theirs.wait()), "wait group", line!());
    drop(group);
    let cell = OnceCell::<u32>::new();
    assert_shows(&view(move || cell.wait().copied()), "once cell", line!());
    let (sender, receiver) = oneshot::<u32>();
    assert_shows(&view(move || receiver.recv()), "oneshot", line!());
    drop(sender);
}

#[test]
fn a_sleep_shows_how_long_it_lasts() {
    let view = view(|| executor::sleep(Duration::from_secs(1000)));
    assert_shows(&view, "sleep", line!() - 1);
    let at_most = view.at_most.unwrap();
    assert!(at_most <= Duration::from_secs(1000) && at_most > Duration::from_secs(500));
}

#[test]
fn a_bare_park_shows_its_stack_alone() {
    let view = view(|| executor::park().map(drop));
    assert_eq!(view.waits_for.unwrap().kind, "park");
}

#[test]
fn a_wait_for_a_job_shows_which_one() {
    let _watchdog = Watchdog::start(|| "a job that waits for another".to_owned());
    let pool = pool();
    let event = Arc::new(Event::new());
    let theirs = event.clone();
    let other = pool.job().name("other").submit(move || theirs.wait()).unwrap();
    let (_, other_view) = until_waits(&pool, "other");
    let handle = other.handle();
    let waiter = pool.job().name("waiter").submit(move || handle.wait()).unwrap();
    let line = line!() - 1;
    let (_, view) = until_waits(&pool, "waiter");
    let waits = assert_shows(&view, "job", line);
    assert_eq!(waits.number, other_view.id);
    assert_eq!(waits.detail.as_deref(), Some("other, which has started"));
    assert_eq!(waits.on_thread, Some(other_view.thread));
    event.set();
    waiter.result().unwrap().unwrap();
}

#[test]
fn a_wait_for_a_green_thread_shows_its_place() {
    let _watchdog = Watchdog::start(|| "a job that joins a thread".to_owned());
    let pool = pool();
    let event = Arc::new(Event::new());
    let theirs = event.clone();
    let joins = move || executor::spawn(move || theirs.wait()).join().unwrap();
    let line = line!() - 1;
    let waiter = pool.job().name("waiter").submit(joins).unwrap();
    let (_, view) = until_waits(&pool, "waiter");
    let waits = assert_shows(&view, "thread", line);
    assert!(waits.on_thread.is_some());
    event.set();
    waiter.result().unwrap().unwrap();
}

#[test]
fn a_socket_shows_its_direction_and_its_peer() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // Connected before, since that waits too.
    let mut stream = TcpStream::connect(address).unwrap();
    let reader = view(move || stream.read(&mut [0]).map(drop));
    let waits = reader.waits_for.unwrap();
    assert_eq!(waits.kind, "socket (read)");
    let detail = waits.detail.unwrap();
    assert!(detail.starts_with("fd ") && detail.ends_with(&format!("to {address}")), "{detail}");

    let acceptor = view(|| TcpListener::bind("127.0.0.1:0").unwrap().accept().map(drop));
    let detail = acceptor.waits_for.unwrap().detail.unwrap();
    assert!(detail.contains("listens at 127.0.0.1:"), "{detail}");
}

#[test]
fn a_wait_for_room_in_a_backlog_shows_it() {
    let _watchdog = Watchdog::start(|| "a job that waits for room".to_owned());
    let full = executor::GreenThreadPoolExecutor::builder()
        .max_workers(1)
        .check_and_reject(executor::reject_when_reached(0))
        .build()
        .unwrap();
    let busy = full.submit(executor::park).unwrap();
    let pool = pool();
    let theirs = full.handle();
    let waiter = pool.job().name("waiter").submit(move || theirs.submit_wait(|| ()).map(drop));
    let line = line!() - 1;
    let (_, view) = until_waits(&pool, "waiter");
    let waits = assert_shows(&view, "room in a backlog", line);
    assert_eq!(waits.object as u64, full.number());
    busy.cancel();
    waiter.unwrap().result().unwrap().unwrap();
}

#[test]
fn what_is_offloaded_shows_it() {
    let _watchdog = Watchdog::start(|| "a job that offloads".to_owned());
    let pool = pool();
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    let blocks = move || executor::io::unblock(move || receiver.recv().is_err());
    let waiter = pool.job().name("waiter").submit(blocks).unwrap();
    let (_, view) = until_waits(&pool, "waiter");
    assert_eq!(view.waits_for.unwrap().kind, "offload");
    drop(sender);
    assert!(waiter.result().unwrap().unwrap());
}

/// What a job waits for that does `wait` in the pool `shop`, until it is cancelled: kind and place. The place is on
/// `line` or one of the next two.
#[track_caller]
fn assert_waits<T: Send + 'static>(
    wait: impl FnOnce() -> T + Send + 'static,
    kind: &str,
    line: u32,
) -> WaitsFor {
    let waits = view(wait).waits_for.unwrap();
    assert_eq!(waits.kind, kind);
    let site = waits.site.clone().unwrap_or_default();
    let (file, at) = site.rsplit_once(':').unwrap_or_default();
    assert!(file.ends_with("kinds.rs"), "{waits:?}");
    let at: u32 = at.parse().unwrap();
    assert!((line..=line + 2).contains(&at), "{at} should be about {line}");
    waits
}

/// A job of another executor that waits for an event.
fn never(
    pool: &executor::GreenThreadPoolExecutor,
) -> executor::GreenFuture<(), executor::Interrupted> {
    pool.try_submit(executor::park).unwrap()
}

#[test]
fn waits_for_several_jobs_show_their_places() {
    let other = executor::GreenThreadPoolExecutor::builder().max_workers(10).build().unwrap();
    let jobs = [never(&other).handle(), never(&other).handle()];
    let theirs = jobs.clone();
    let waits = assert_waits(|| executor::wait_for_any(theirs).map(drop), "several jobs", line!());
    assert_eq!(waits.number, 2);
    let theirs = jobs.clone();
    assert_waits(|| executor::wait_for_all(theirs).map(drop), "job", line!());
    let theirs = jobs.clone();
    assert_waits(|| executor::as_completed(theirs).next().map(drop), "several jobs", line!());
    let theirs = other.handle();
    let mapped = move || theirs.try_map([1, 2], |_| executor::park()).unwrap().count();
    assert_waits(mapped, "job", line!() - 1);
    let theirs = other.handle();
    assert_waits(move || theirs.try_submit(executor::park).unwrap().result(), "job", line!());
    jobs.iter().for_each(|job| _ = job.cancel());
    other.shutdown(executor::Shutdown::wait().cancel_pending().cancel_running()).unwrap();
}

#[test]
fn waits_for_a_group_a_schedule_and_forked_children_show_their_places() {
    let other = executor::GreenThreadPoolExecutor::builder().build().unwrap();
    let theirs = other.handle();
    let joins_next = move || {
        let mut group = theirs.try_group();
        group.try_submit(executor::park).unwrap();
        group.join_next().map(drop)
    };
    let waits = assert_waits(joins_next, "the jobs of a group", line!() - 2);
    assert_ne!(waits.object, 0);
    let schedule = other.every(Duration::from_secs(1000)).run(|_| ()).unwrap();
    let theirs = schedule.clone();
    let waits = assert_waits(move || theirs.wait(), "the end of a schedule", line!());
    assert_ne!(waits.object, 0);
    schedule.stop();
    let forks = || {
        let is_taken = AtomicBool::new(false);
        // Neither half waits, and both have the job's name: a wait of theirs would be taken for the one that is meant.
        let yields_until = |ends: &dyn Fn() -> bool| {
            while !ends() {
                executor::yield_now();
            }
        };
        let stays = || yields_until(&|| is_taken.load(Ordering::Relaxed));
        executor::join(stays, || {
            is_taken.store(true, Ordering::Relaxed);
            yields_until(&executor::is_cancelled);
        })
    };
    assert_waits(forks, "forked children", line!() - 5);
}

#[test]
fn waits_for_an_end_show_their_places() {
    let _watchdog = Watchdog::start(|| "jobs that wait for an end".to_owned());
    let (pool, other) = (pool(), executor::GreenThreadPoolExecutor::builder().build().unwrap());
    let busy = never(&other);
    let theirs = other.handle();
    // A cancellation does not end it, and a limit of time might end it before it is seen.
    let ends = move || theirs.shutdown(executor::Shutdown::wait());
    let line = line!() - 1;
    let waiter = pool.job().name("waiter").submit(ends).unwrap();
    let waits = assert_shows(&until_waits(&pool, "waiter").1, "the end of an executor", line);
    assert_eq!(waits.object as u64, other.number());
    busy.cancel();
    waiter.result().unwrap().unwrap();
    let offload = executor::io::Offload::builder().threads(1).build().unwrap();
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    let theirs = offload.clone();
    let blocked = pool.submit(move || theirs.run(move || receiver.recv().is_err())).unwrap();
    while offload.gauge().running == 0 {
        greenstd::thread::yield_now();
    }
    let theirs = offload.clone();
    assert_waits(move || theirs.shutdown(), "the end of an offload pool", line!());
    drop(sender);
    assert!(blocked.result().unwrap().unwrap());
}

#[test]
fn what_has_no_place_of_its_own_has_one_by_its_stack() {
    let connects = || {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.accept().map(drop)
    };
    assert_waits(connects, "socket (read)", line!() - 2);
    let never = || executor::io::block_on(std::future::pending::<()>());
    assert_waits(never, "future", line!() - 1);
    assert_waits(|| executor::park().map(drop), "park", line!());
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    let blocks = move || executor::io::unblock(move || receiver.recv().is_err()).is_ok();
    assert_waits(blocks, "offload", line!() - 1);
    drop(sender);
}

#[test]
fn a_question_to_a_busy_carrier_shows_itself() {
    let other = executor::GreenThreadPoolExecutor::builder().carriers(1).build().unwrap();
    let ends = Arc::new(greenstd::atomic::AtomicBool::new(false));
    let theirs = ends.clone();
    let spins = other.submit(move || {
        while !theirs.load(greenstd::atomic::Ordering::Relaxed) {
            std::hint::spin_loop();
        }
    });
    while other.gauge().running == 0 {
        greenstd::thread::yield_now();
    }
    let theirs = other.handle();
    let stop = ends.clone();
    let asks = move || {
        while !stop.load(greenstd::atomic::Ordering::Relaxed) {
            theirs.running();
        }
    };
    let pool = pool();
    let asker = pool.job().name("waiter").submit(asks).unwrap();
    let (_, view) = until_waits(&pool, "waiter");
    assert_eq!(view.waits_for.unwrap().kind, "the answer of a carrier");
    ends.store(true, greenstd::atomic::Ordering::Relaxed);
    asker.result().unwrap();
    spins.unwrap().result().unwrap();
}

//! Each kind of wait shows its kind, its object and the place in the code.

use std::io::Read as _;
use std::time::Duration;

use executor::io::net::{TcpListener, TcpStream};
use executor::sync::{
    Barrier, Condvar, Event, Mutex, OnceCell, RwLock, Semaphore, WaitGroup, bounded, oneshot,
    select, unbounded,
};
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
    let reader = view(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.read(&mut [0]).map(drop)
    });
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
    let (_, view) = until_waits(&pool, "waiter");
    assert_eq!(view.waits_for.unwrap().kind, "room in a backlog");
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

//! The last moments of an OS thread: the destructors of its thread-locals, and C's `atexit` handlers. Executors,
//! locks, channels and sockets wait there as ever. An executor whose last owner is found there ends.

use std::cell::RefCell;
use std::io::{ErrorKind, Read, Write};

use executor::io::net::{TcpListener, TcpStream};
use executor::sync::{Mutex, channel};
use executor::{
    GreenThreadPoolExecutor, Shutdown, ShutdownError, SynchronousExecutor, ThreadPoolExecutor,
    WaitError,
};
use greenstd::sync::Arc;
use greenstd::thread;
use testkit::OnDrop;

use super::support::{Gate, Progress, child, eventually, ms, process, watched};

thread_local! {
    static AT_THE_END: RefCell<Option<OnDrop>> = const { RefCell::new(None) };
}

/// Has `call` called by the destructor of a thread-local, on an OS thread that has waited. What the library keeps
/// for the thread was made after the thread-local, and so is destroyed before it.
fn in_a_destructor(call: impl FnOnce() + Send + 'static) {
    let thread = thread::spawn(move || {
        AT_THE_END.set(Some(OnDrop::new(call)));
        use_a_socket();
        executor::sleep(ms(1)).unwrap();
    });
    thread.join().unwrap();
}

fn use_an_executor() {
    let pool = GreenThreadPoolExecutor::builder().max_workers(2).carriers(1).build().unwrap();
    let gate = Gate::new();
    let pass = gate.pass();
    let mut future = pool.submit(move || pass.wait()).unwrap();
    assert_eq!(future.result_timeout(ms(1)).unwrap_err(), WaitError::TimedOut);
    gate.open();
    future.result().unwrap();
    assert_eq!(pool.map(0..10, |n| n + 1).unwrap().map(Result::unwrap).sum::<u32>(), 55);
    drop(pool);
}

fn use_a_lock() {
    let lock = Arc::new(Mutex::new(0));
    let theirs = lock.clone();
    let (locked, is_locked) = channel::bounded(1);
    let other = thread::spawn(move || {
        let mut guard = theirs.lock().unwrap();
        locked.send(()).unwrap();
        executor::sleep(ms(1)).unwrap();
        *guard += 1;
    });
    is_locked.recv().unwrap();
    assert_eq!(*lock.lock().unwrap(), 1);
    other.join().unwrap();
}

fn use_a_channel() {
    let (send, receive) = channel::unbounded();
    assert!(receive.recv_timeout(ms(1)).unwrap_err().is_timeout());
    let other = thread::spawn(move || send.send(5).unwrap());
    assert_eq!(receive.recv(), Ok(5));
    other.join().unwrap();
}

fn use_a_socket() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (mut server, _) = listener.accept().unwrap();
    client.set_read_timeout(Some(ms(1))).unwrap();
    let mut bytes = [0; 2];
    assert_eq!(client.read(&mut bytes).unwrap_err().kind(), ErrorKind::TimedOut);
    client.set_read_timeout(None).unwrap();
    server.write_all(b"hi").unwrap();
    client.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"hi");
}

fn use_other_threads() {
    let answer = executor::io::unblock(|| 6 * 7).unwrap();
    assert_eq!(answer, 42);
    let offload = executor::io::Offload::builder().threads(1).build().unwrap();
    assert_eq!(offload.run(|| 6 * 7).unwrap(), 42);
    offload.shutdown().unwrap();
}

fn use_other_executors() {
    let threads = ThreadPoolExecutor::builder().max_workers(2).build().unwrap();
    assert_eq!(threads.handle().submit(|| 6 * 7).unwrap().result().unwrap(), 42);
    drop(threads);
    let callers = SynchronousExecutor::new();
    assert_eq!(callers.handle().submit(|| 6 * 7).unwrap().result().unwrap(), 42);
    let pool = GreenThreadPoolExecutor::builder().max_workers(2).carriers(1).build().unwrap();
    let group = pool.group();
    (0..3).for_each(|n| drop(group.submit(move || n).unwrap()));
    assert_eq!(group.finish().unwrap(), [0, 1, 2]);
    assert_eq!(pool.submit_after(ms(1), || 7).unwrap().result().unwrap(), 7);
    assert_eq!(pool.join(|| 1, || 2), (1, 2));
    let awaited = pool.submit(|| 8).unwrap();
    assert_eq!(executor::io::block_on(awaited).unwrap().unwrap(), 8);
}

fn use_a_process() {
    let ended = executor::io::process::Command::new("true").status().unwrap();
    assert!(ended.success());
}

const WAITS: [fn(); 7] = [
    use_an_executor,
    use_a_lock,
    use_a_channel,
    use_a_socket,
    use_other_threads,
    use_other_executors,
    use_a_process,
];

#[test]
fn whatever_waits_does_so_in_the_destructor_of_a_thread_local_too() {
    let path = "acceptance::thread_end::\
                whatever_waits_does_so_in_the_destructor_of_a_thread_local_too";
    let ended = child::run(path, || WAITS.into_iter().for_each(in_a_destructor));
    ended.assert_done();
}

#[test]
fn whatever_waits_does_so_in_a_handler_of_atexit_too() {
    let path = "acceptance::thread_end::whatever_waits_does_so_in_a_handler_of_atexit_too";
    const DONE: i32 = 78;
    let ended = child::run(path, || {
        testkit::at_exit(|| {
            WAITS.iter().for_each(|wait| wait());
            testkit::exit_at_once(DONE);
        });
        WAITS.iter().for_each(|wait| wait());
        std::process::exit(0);
    });
    ended.assert_code(DONE);
}

#[test]
fn an_executor_that_is_dropped_by_a_destructor_runs_what_it_has_accepted() {
    let path = "acceptance::thread_end::\
                an_executor_that_is_dropped_by_a_destructor_runs_what_it_has_accepted";
    let ended = child::run(path, || {
        let done = Progress::new();
        let progress = done.clone();
        in_a_destructor(move || {
            let pool = GreenThreadPoolExecutor::builder().max_workers(2).build().unwrap();
            for _ in 0..10 {
                let progress = progress.clone();
                drop(pool.submit(move || {
                    executor::sleep(ms(1)).unwrap();
                    progress.advance();
                }));
            }
        });
        assert_eq!(done.get(), 10);
    });
    ended.assert_done();
}

/// Has a job keep `kept` in a thread-local of its carrier.
fn keep_on_its_carrier(pool: &GreenThreadPoolExecutor, call: impl FnOnce() + Send + 'static) {
    pool.submit(move || AT_THE_END.set(Some(OnDrop::new(call)))).unwrap().result().unwrap();
}

#[test]
fn the_last_owner_may_be_a_thread_local_of_a_carrier_of_its_own() {
    let path =
        "acceptance::thread_end::the_last_owner_may_be_a_thread_local_of_a_carrier_of_its_own";
    let ended = child::run(path, || {
        for how in [Shutdown::wait(), Shutdown::no_wait(), Shutdown::wait().cancel_pending()] {
            for carriers in [1, 2] {
                let name = "last-owner";
                let builder = GreenThreadPoolExecutor::builder().carriers(carriers).name(name);
                let pool = Arc::new(builder.build().unwrap());
                let owner = pool.clone();
                keep_on_its_carrier(&pool, move || drop(owner));
                let handle = pool.handle();
                drop(pool);
                handle.shutdown(how).unwrap();
                drop(handle);
                eventually(|| process::threads_named(name).is_empty());
            }
        }
    });
    ended.assert_done();
}

#[test]
fn a_thread_local_of_a_carrier_cannot_wait_for_the_end_of_its_executor() {
    let path = "acceptance::thread_end::a_thread_local_of_a_carrier_cannot_wait_for_the_end_of_its_executor";
    let ended = child::run(path, || {
        let pool = watched(GreenThreadPoolExecutor::builder().carriers(1));
        let handle = pool.handle();
        let (told, outcome) = channel::bounded(1);
        keep_on_its_carrier(&pool, move || {
            let outcome = handle.shutdown(Shutdown::wait());
            told.send(matches!(outcome, Err(ShutdownError::WouldDeadlock))).unwrap();
        });
        pool.shutdown(Shutdown::wait()).unwrap();
        assert_eq!(outcome.recv(), Ok(true));
    });
    ended.assert_done();
}

#[test]
fn executors_may_have_their_last_owners_on_each_others_carriers() {
    let path =
        "acceptance::thread_end::executors_may_have_their_last_owners_on_each_others_carriers";
    let ended = child::run(path, || {
        let build = || {
            let builder = GreenThreadPoolExecutor::builder().carriers(1).name("each-other");
            Arc::new(builder.build().unwrap())
        };
        let (one, two) = (build(), build());
        let (owner_of_one, owner_of_two) = (one.clone(), two.clone());
        keep_on_its_carrier(&one, move || drop(owner_of_two));
        keep_on_its_carrier(&two, move || drop(owner_of_one));
        let (first, second) = (one.handle(), two.handle());
        drop((one, two));
        first.shutdown(Shutdown::no_wait()).unwrap();
        second.shutdown(Shutdown::no_wait()).unwrap();
        eventually(|| process::threads_named("each-other").is_empty());
    });
    ended.assert_done();
}

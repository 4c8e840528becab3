//! A forked child, whose parent used locks and channels at that moment.

use greenctx::Carrier;
use greenstd::atomic::{AtomicBool, Ordering};
use greenstd::sync::Arc;
use greenstd::thread;
use greensync::{Mutex, unbounded};
use testkit::exit_code_of_fork;

const FORKS: u32 = 300;

/// Uses a lock and a channel, on a carrier of its own.
fn locks_and_channels_work() -> bool {
    let carrier = Carrier::new().expect("the settings are good");
    let works = carrier.run(|| {
        let mutex = Arc::new(Mutex::new(0));
        let (sender, receiver) = unbounded();
        let theirs = mutex.clone();
        let thread = greenctx::spawn(move || {
            *theirs.lock().unwrap() += 1;
            sender.send(7).unwrap();
        });
        let is_sent = receiver.recv() == Ok(7);
        thread.join().unwrap();
        is_sent && *mutex.lock().unwrap() == 1
    });
    works.is_ok_and(|works| works)
}

#[test]
fn whatever_the_parent_was_doing_a_forked_child_has_locks_and_channels() {
    let is_over = Arc::new(AtomicBool::new(false));
    let ends = is_over.clone();
    let busy = thread::spawn(move || {
        let mutex = Mutex::new(0);
        while !ends.load(Ordering::Relaxed) {
            *mutex.lock().unwrap() += 1;
        }
    });
    for fork in 0..FORKS {
        let code = exit_code_of_fork(|| if locks_and_channels_work() { 0 } else { 1 });
        assert_eq!(code, 0, "fork {fork}");
    }
    is_over.store(true, Ordering::Relaxed);
    busy.join().unwrap();
}

//! The pool of OS threads for what blocks: limits, refusals, panics, interruption, the end.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::time::Duration;

use greenctx::{spawn, with_timeout};
use greenio::{Offload, OffloadErrorKind, unblock};
use greenstd::atomic::{AtomicBool, AtomicUsize, Ordering};
use greenstd::sync::Arc;

use crate::{on_another_carrier, on_carrier, on_plain_thread};
use testkit::child;

/// A pool whose threads do not end while the test looks.
fn pool(threads: usize, max_backlog: usize) -> Offload {
    let builder = Offload::builder().threads(threads).max_backlog(max_backlog);
    builder.name("test").thread_keep_alive(Duration::from_secs(3600)).build().unwrap()
}

/// Until `condition` holds, lets the others run.
fn until(condition: impl Fn() -> bool) {
    while !condition() {
        greenctx::yield_now();
        greenstd::thread::yield_now();
    }
}

/// A closure that blocks its OS thread until the sender is used or dropped.
fn gate() -> (mpsc::Sender<()>, impl FnOnce() + Send + 'static) {
    let (open, closed) = mpsc::channel();
    (open, move || {
        let _ = closed.recv();
    })
}

#[test]
fn a_closure_runs_on_another_thread_and_its_result_comes_back() {
    on_carrier(|| {
        let offload = pool(2, 0);
        let carrier = os_thread();
        let there = offload.run(os_thread).unwrap();
        assert_ne!(there, carrier);
        let name = offload.run(|| rustix::thread::name().unwrap()).unwrap();
        assert!(name.to_str().unwrap().starts_with("test-"));
    });
}

fn os_thread() -> rustix::thread::Pid {
    rustix::thread::gettid()
}

#[test]
fn siblings_go_on_while_one_is_unblocked() {
    on_carrier(|| {
        let offload = pool(1, 0);
        let (open, closed) = gate();
        let blocked = spawn({
            let offload = offload.clone();
            move || offload.run(closed).unwrap()
        });
        until(|| offload.gauge().running == 1);
        // This runs on the carrier of the one that waits: were it blocked, nobody would open the gate.
        let sibling = spawn(move || open.send(()).unwrap());
        sibling.join().unwrap();
        blocked.join().unwrap();
    });
}

#[test]
fn plain_threads_wait_for_a_pool_too() {
    on_plain_thread(|| {
        let offload = pool(1, 0);
        let here = os_thread();
        assert_ne!(offload.run(os_thread).unwrap(), here);
    });
}

#[test]
fn unblock_on_a_plain_thread_runs_in_place() {
    let here = os_thread();
    assert_eq!(unblock(os_thread).unwrap(), here);
    on_carrier(|| {
        let carrier = os_thread();
        let there = unblock(|| {
            // On a thread of the pool, another one runs in place as well.
            let outer = os_thread();
            assert_eq!(unblock(os_thread).unwrap(), outer);
            outer
        });
        assert_ne!(there.unwrap(), carrier);
    });
}

#[test]
fn there_are_never_more_threads_than_allowed() {
    on_carrier(|| {
        let offload = pool(3, 1000);
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let submit =
            move |offload: &Offload, running: &Arc<AtomicUsize>, most: &Arc<AtomicUsize>| {
                let (offload, running, most) = (offload.clone(), running.clone(), most.clone());
                move || {
                    offload
                        .run(move || {
                            let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                            most.fetch_max(now, Ordering::SeqCst);
                            greenstd::thread::yield_now();
                            running.fetch_sub(1, Ordering::SeqCst);
                        })
                        .unwrap();
                }
            };
        let elsewhere = on_another_carrier({
            let (offload, running, most) = (offload.clone(), running.clone(), most.clone());
            move || {
                let all: Vec<_> =
                    (0..300).map(|_| spawn(submit(&offload, &running, &most))).collect();
                all.into_iter().for_each(|one| one.join().unwrap());
            }
        });
        let all: Vec<_> = (0..300).map(|_| spawn(submit(&offload, &running, &most))).collect();
        all.into_iter().for_each(|one| one.join().unwrap());
        elsewhere.join().unwrap();
        assert!(most.load(Ordering::SeqCst) <= 3);
        let gauge = offload.gauge();
        assert!(gauge.threads <= 3, "{gauge:?}");
        assert_eq!((gauge.queued, gauge.running, gauge.accepted), (0, 0, 600));
    });
}

#[test]
fn as_many_run_at_once_as_there_may_be_threads() {
    on_carrier(|| {
        let offload = pool(8, 0);
        // Each waits for all: with one thread too few, none would go on.
        let barrier = Arc::new(BlockingBarrier::new(8));
        let all = (0..8).map(|_| {
            let (offload, barrier) = (offload.clone(), barrier.clone());
            spawn(move || {
                offload
                    .run(move || {
                        barrier.wait();
                    })
                    .unwrap();
            })
        });
        let all: Vec<_> = all.collect();
        all.into_iter().for_each(|one| one.join().unwrap());
        assert_eq!(offload.gauge().threads, 8);
    });
}

#[allow(clippy::disallowed_types, reason = "what blocks an OS thread is what is tested")]
type BlockingBarrier = std::sync::Barrier;

#[test]
fn what_is_too_much_is_refused_with_the_closure() {
    on_carrier(|| {
        let offload = pool(1, 2);
        let (open, closed) = gate();
        let spawn_run = |job: Box<dyn FnOnce() + Send>| {
            let offload = offload.clone();
            spawn(move || offload.run(job).unwrap())
        };
        let mut accepted = vec![spawn_run(Box::new(closed))];
        until(|| offload.gauge().running == 1);
        accepted.push(spawn_run(Box::new(|| {})));
        accepted.push(spawn_run(Box::new(|| {})));
        until(|| offload.gauge().queued == 2);

        let refused = offload.run(|| "came back").unwrap_err();
        assert_eq!(refused.kind(), OffloadErrorKind::Full);
        assert!(refused.is_full());
        assert!(refused.to_string().contains("1 closures run and 2 wait"), "{refused}");
        assert_eq!(refused.into_inner().unwrap()(), "came back");

        let error = io::Error::from(offload.run(|| ()).unwrap_err());
        assert_eq!(error.kind(), io::ErrorKind::QuotaExceeded);
        assert!(error.to_string().contains("install_default"), "{error}");

        let gauge = offload.gauge();
        assert_eq!((gauge.running, gauge.queued, gauge.refused), (1, 2, 2));
        assert_eq!((gauge.threads, gauge.max_threads, gauge.max_backlog), (1, 1, 2));
        assert!(gauge.oldest.is_some());
        open.send(()).unwrap();
        accepted.into_iter().for_each(|one| one.join().unwrap());
        assert_eq!(offload.run(|| 7).unwrap(), 7);
    });
}

#[test]
fn without_a_backlog_one_after_the_other_is_never_refused() {
    on_carrier(|| {
        let offload = pool(1, 0);
        for n in 0..2000 {
            assert_eq!(offload.run(move || n).unwrap(), n);
        }
        assert_eq!(offload.gauge().threads, 1);
    });
}

#[test]
fn an_idle_thread_is_used_before_another_is_started() {
    on_carrier(|| {
        let offload = pool(16, 16);
        for n in 0..100 {
            assert_eq!(offload.run(move || n).unwrap(), n);
            // The thread goes to sleep; until it does, it might not be seen as idle.
            until(|| offload.gauge().running == 0);
        }
        // (It may be that another is started while one is still on its way to sleep.)
        let gauge = offload.gauge();
        assert!(gauge.threads < gauge.max_threads, "{gauge:?}");
    });
}

#[test]
fn idle_threads_end_and_others_are_started_when_they_are_needed() {
    on_carrier(|| {
        let builder = Offload::builder().threads(4).thread_keep_alive(Duration::ZERO);
        let offload = builder.build().unwrap();
        for n in 0..500 {
            assert_eq!(offload.run(move || n).unwrap(), n);
        }
        until(|| offload.gauge().threads == 0);
        assert_eq!(offload.run(|| 1).unwrap(), 1);
    });
}

#[test]
fn no_closure_is_lost_while_threads_come_and_go() {
    on_carrier(|| {
        let builder = Offload::builder().threads(3).thread_keep_alive(Duration::from_micros(50));
        let offload = builder.build().unwrap();
        let submitters = (0..4).map(|n: u64| {
            let offload = offload.clone();
            on_another_carrier(move || {
                let mut sum = 0;
                for i in 0..1500 {
                    sum += offload.run(move || n + i).unwrap();
                    if i % 7 == 0 {
                        greenctx::sleep(Duration::from_micros(40 + 10 * n)).unwrap();
                    }
                }
                sum
            })
        });
        let submitters: Vec<_> = submitters.collect();
        let sum: u64 = submitters.into_iter().map(|one| one.join().unwrap()).sum();
        assert_eq!(sum, 4 * (1499 * 1500 / 2) + 1500 * 6);
        until(|| offload.gauge().threads == 0);
    });
}

#[test]
fn a_panic_goes_on_in_the_caller() {
    on_carrier(|| {
        let offload = pool(1, 0);
        let panic = catch_unwind(AssertUnwindSafe(|| offload.run(|| panic!("of the closure"))));
        let message = panic.unwrap_err();
        assert_eq!(message.downcast_ref::<&str>(), Some(&"of the closure"));
        // Its thread has survived that.
        assert_eq!(offload.run(|| 5).unwrap(), 5);
        assert_eq!(offload.gauge().threads, 1);
    });
}

#[test]
fn a_cancelled_wait_leaves_a_started_closure_to_itself() {
    on_carrier(|| {
        let offload = pool(1, 0);
        let (open, closed) = gate();
        let dropped = Arc::new(AtomicBool::new(false));
        let result = Tell(dropped.clone());
        let waiter = spawn({
            let offload = offload.clone();
            move || {
                let job = move || {
                    closed();
                    result
                };
                let error = offload.run(job).map(|_| ()).unwrap_err();
                assert_eq!(error.kind(), OffloadErrorKind::Interrupted);
                assert!(error.interrupted().unwrap().is_cancelled());
                assert!(error.into_inner().is_none(), "it has started");
            }
        });
        until(|| offload.gauge().running == 1);
        waiter.thread().cancel();
        waiter.join().unwrap();
        assert_eq!(offload.gauge().running, 1);
        assert!(!dropped.load(Ordering::SeqCst));
        open.send(()).unwrap();
        until(|| offload.gauge().running == 0);
        assert!(dropped.load(Ordering::SeqCst), "the result was dropped before its room was free");
    });
}

/// Tells that it was dropped.
struct Tell(Arc<AtomicBool>);

impl Drop for Tell {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn a_deadline_withdraws_a_closure_that_has_not_started() {
    on_carrier(|| {
        let offload = pool(1, 1);
        let (open, closed) = gate();
        let busy = spawn({
            let offload = offload.clone();
            move || offload.run(closed).unwrap()
        });
        until(|| offload.gauge().running == 1);
        for _ in 0..3 {
            let error = with_timeout(Duration::from_millis(2), || offload.run(|| "not started"));
            let error = error.unwrap_err();
            assert!(error.interrupted().unwrap().is_timed_out());
            assert_eq!(offload.gauge().queued, 0, "its room is free");
            assert_eq!(error.into_inner().unwrap()(), "not started");
        }
        let error = with_timeout(Duration::from_millis(2), || offload.run(|| ())).unwrap_err();
        assert_eq!(io::Error::from(error).kind(), io::ErrorKind::TimedOut);
        open.send(()).unwrap();
        busy.join().unwrap();
        assert_eq!(offload.run(|| 3).unwrap(), 3);
    });
}

#[test]
fn a_result_that_panics_in_its_drop_harms_nobody() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("in a drop");
        }
    }
    on_carrier(|| {
        let offload = pool(1, 0);
        let (open, closed) = gate();
        let waiter = spawn({
            let offload = offload.clone();
            move || {
                let job = move || {
                    closed();
                    Panics
                };
                assert!(offload.run(job).is_err());
            }
        });
        until(|| offload.gauge().running == 1);
        waiter.thread().cancel();
        waiter.join().unwrap();
        open.send(()).unwrap();
        until(|| offload.gauge().running == 0);
        assert_eq!(offload.run(|| 1).unwrap(), 1);
        assert_eq!(offload.gauge().threads, 1);
    });
}

#[test]
fn shutdown_runs_what_was_accepted_and_refuses_the_rest() {
    on_carrier(|| {
        let offload = pool(1, 10);
        let (open, closed) = gate();
        let run = |job: Box<dyn FnOnce() -> u32 + Send>| {
            let offload = offload.clone();
            spawn(move || offload.run(job).unwrap())
        };
        let first = run(Box::new(move || {
            closed();
            1
        }));
        until(|| offload.gauge().running == 1);
        let second = run(Box::new(|| 2));
        until(|| offload.gauge().queued == 1);
        let closers: Vec<_> = (0..2)
            .map(|_| {
                let offload = offload.clone();
                spawn(move || offload.shutdown().unwrap())
            })
            .collect();
        let is_refused = || {
            // (Accepted as long as it is open, and then withdrawn.)
            let refused =
                with_timeout(Duration::from_millis(1), || offload.run(|| ())).unwrap_err();
            refused.kind() == OffloadErrorKind::ShutDown
        };
        until(is_refused);
        open.send(()).unwrap();
        closers.into_iter().for_each(|closer| closer.join().unwrap());
        assert_eq!((first.join().unwrap(), second.join().unwrap()), (1, 2));
        assert_eq!(offload.gauge().threads, 0);
        offload.shutdown().unwrap();
    });
}

#[test]
fn shutdown_on_its_own_thread_is_an_error_and_closes() {
    on_carrier(|| {
        let offload = pool(1, 0);
        let inside = offload.clone();
        let error = offload.run(move || inside.shutdown().unwrap_err()).unwrap();
        assert_eq!(error.kind(), io::ErrorKind::Deadlock);
        assert_eq!(offload.run(|| ()).unwrap_err().kind(), OffloadErrorKind::ShutDown);
        offload.shutdown().unwrap();
    });
}

#[test]
fn a_closure_of_the_pool_itself_runs_in_place() {
    on_carrier(|| {
        let offload = pool(1, 0);
        let inside = offload.clone();
        assert_eq!(offload.run(move || inside.run(|| 4).unwrap()).unwrap(), 4);
    });
}

#[test]
fn dropping_the_last_handle_lets_accepted_closures_end() {
    on_carrier(|| {
        let offload = pool(1, 1);
        let (started, has_started) = mpsc::channel();
        let (open, closed) = gate();
        let ended = Arc::new(AtomicBool::new(false));
        let waiter = spawn({
            let (offload, ended) = (offload.clone(), ended.clone());
            move || {
                let job = move || {
                    started.send(()).unwrap();
                    closed();
                    ended.store(true, Ordering::SeqCst);
                };
                // Cancelled, and with it goes the last handle.
                assert!(offload.run(job).is_err());
            }
        });
        drop(offload);
        until(|| has_started.try_recv().is_ok());
        waiter.thread().cancel();
        waiter.join().unwrap();
        open.send(()).unwrap();
        until(|| ended.load(Ordering::SeqCst));
    });
}

#[test]
fn without_a_thread_the_closure_comes_back_with_the_system_s_error() {
    on_carrier(|| {
        // No machine has room for a stack of that size.
        let offload = Offload::builder().threads(2).stack_size(1 << 60).build().unwrap();
        let all = (0..50).map(|n| {
            let offload = offload.clone();
            spawn(move || {
                let error = offload.run(move || n).unwrap_err();
                assert_eq!(error.kind(), OffloadErrorKind::NoThread);
                assert!(std::error::Error::source(&error).is_some());
                assert_eq!(error.into_inner().unwrap()(), n);
            })
        });
        let all: Vec<_> = all.collect();
        all.into_iter().for_each(|one| one.join().unwrap());
        let gauge = offload.gauge();
        assert_eq!((gauge.queued, gauge.running, gauge.threads), (0, 0, 0));
        offload.shutdown().unwrap();
    });
}

#[test]
fn a_pool_without_threads_is_not_built() {
    assert!(Offload::builder().threads(0).build().unwrap_err().to_string().contains("not 0"));
    assert!(Offload::builder().threads(1_000_000).build().is_err());
}

#[test]
fn the_default_pool_can_be_installed_once_before_its_first_use() {
    let test = "offload::the_default_pool_can_be_installed_once_before_its_first_use";
    if child::case().is_none() {
        return child::succeeds(test, "install");
    }
    on_carrier(|| {
        pool(2, 3).install_default().unwrap();
        assert_eq!(unblock(|| 1).unwrap(), 1);
        let gauge = Offload::default_pool().gauge();
        assert_eq!((gauge.max_threads, gauge.max_backlog, gauge.accepted), (2, 3, 1));
        assert!(pool(1, 1).install_default().is_err());
    });
}

#[test]
fn waiting_threads_of_several_carriers_are_woken_by_one_pool() {
    on_plain_thread(|| {
        let offload = pool(2, 10_000);
        let carriers = (0..2).map(|_| {
            let offload = offload.clone();
            on_another_carrier(move || {
                let all = (0..1000_u32).map(|n| {
                    let offload = offload.clone();
                    spawn(move || assert_eq!(offload.run(move || n).unwrap(), n))
                });
                let all: Vec<_> = all.collect();
                all.into_iter().for_each(|one| one.join().unwrap());
            })
        });
        let carriers: Vec<_> = carriers.collect();
        carriers.into_iter().for_each(|carrier| carrier.join().unwrap());
        assert_eq!(offload.gauge().accepted, 2000);
    });
}

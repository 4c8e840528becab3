//! Async futures, waited for by green threads and plain ones; tokio drives those that need a run time.

use std::future::{Future, poll_fn, ready};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use greenctx::{spawn, with_timeout};
use greenio::block_on;
use greenstd::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::{Handle, Runtime};
use tokio::sync::oneshot;

use crate::{on_another_carrier, on_carrier, on_plain_thread};

/// A run time on OS threads of its own.
fn tokio() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(1).enable_all().build().unwrap()
}

/// Polls a future inside a run time: entered for the poll, and left before anybody parks.
struct Inside<F> {
    runtime: Handle,
    future: Pin<Box<F>>,
}

impl<F: Future> Inside<F> {
    fn new(runtime: &Handle, future: F) -> Self {
        Inside { runtime: runtime.clone(), future: Box::pin(future) }
    }
}

impl<F: Future> Future for Inside<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let runtime = self.runtime.clone();
        let _entered = runtime.enter();
        self.future.as_mut().poll(context)
    }
}

#[test]
fn what_is_ready_comes_back_at_once() {
    on_carrier(|| assert_eq!(block_on(ready(7)).unwrap(), 7));
    on_plain_thread(|| assert_eq!(block_on(async { 8 }).unwrap(), 8));
}

#[test]
fn a_future_is_polled_when_it_was_woken_and_not_before() {
    on_carrier(|| {
        let shared = Arc::new(Mutex::new((None::<Waker>, 0)));
        let waiter = spawn({
            let shared = shared.clone();
            move || {
                let future = poll_fn(move |context| {
                    let mut state = shared.lock();
                    state.0 = Some(context.waker().clone());
                    state.1 += 1;
                    if state.1 == 3 { Poll::Ready(()) } else { Poll::Pending }
                });
                block_on(future).unwrap();
            }
        });
        for polls in 1..3 {
            while shared.lock().1 < polls {
                greenctx::yield_now();
            }
            // A permit for something else is no reason to poll.
            waiter.thread().unpark();
            greenctx::yield_now();
            assert_eq!(shared.lock().1, polls);
            let waker = shared.lock().0.take().unwrap();
            waker.wake();
        }
        waiter.join().unwrap();
    });
}

#[test]
fn a_wake_during_a_poll_that_parks_is_not_lost() {
    on_carrier(|| {
        let mut polls = 0;
        let future = poll_fn(|context| {
            polls += 1;
            if polls == 1 {
                context.waker().wake_by_ref();
                // Uses up the permit that the wake has granted.
                greenctx::park().unwrap();
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        });
        block_on(future).unwrap();
        assert_eq!(polls, 2);
    });
}

#[test]
fn siblings_go_on_and_may_be_what_the_future_waits_for() {
    on_carrier(|| {
        let (send, receive) = oneshot::channel();
        let waiter = spawn(move || block_on(receive).unwrap().unwrap());
        spawn(move || send.send("hello").unwrap()).join().unwrap();
        assert_eq!(waiter.join().unwrap(), "hello");
    });
}

#[test]
fn an_interrupted_wait_drops_the_future() {
    on_carrier(|| {
        let (send, receive) = oneshot::channel::<()>();
        let error = with_timeout(Duration::from_millis(2), || block_on(receive)).unwrap_err();
        assert!(error.is_timed_out());
        assert!(send.is_closed());

        let (send, receive) = oneshot::channel::<()>();
        let waiter = spawn(move || block_on(receive).unwrap_err());
        waiter.thread().cancel();
        assert!(waiter.join().unwrap().is_cancelled());
        assert!(send.is_closed());
    });
}

#[test]
fn the_output_wins_over_a_cancellation() {
    on_carrier(|| {
        let waiter = spawn(|| {
            greenctx::current().cancel();
            let mut polls = 0;
            // Ready at the second poll, of which nobody tells.
            block_on(poll_fn(move |_| {
                polls += 1;
                if polls == 2 { Poll::Ready(5) } else { Poll::Pending }
            }))
        });
        assert_eq!(waiter.join().unwrap().unwrap(), 5);
    });
}

#[test]
fn tasks_of_tokio_are_waited_for_by_many_green_threads() {
    let runtime = tokio();
    let handle = runtime.handle().clone();
    on_carrier(move || {
        let waiters: Vec<_> = (0..100_u64)
            .map(|n| {
                let handle = handle.clone();
                spawn(move || {
                    let task = handle.spawn(async move {
                        tokio::time::sleep(Duration::from_millis(n % 5)).await;
                        n
                    });
                    block_on(task).unwrap().unwrap()
                })
            })
            .collect();
        let sum: u64 = waiters.into_iter().map(|waiter| waiter.join().unwrap()).sum();
        assert_eq!(sum, 4950);
    });
}

#[test]
fn sockets_and_timers_of_tokio_are_polled_by_green_threads() {
    let runtime = tokio();
    let handle = runtime.handle().clone();
    on_carrier(move || {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0");
        let listener = block_on(Inside::new(&handle, listener)).unwrap().unwrap();
        let address = listener.local_addr().unwrap();
        let server = spawn({
            let handle = handle.clone();
            move || {
                for _ in 0..20 {
                    let accepted = block_on(Inside::new(&handle, listener.accept()));
                    let (mut stream, _) = accepted.unwrap().unwrap();
                    let echo = async move {
                        let mut bytes = [0; 5];
                        stream.read_exact(&mut bytes).await?;
                        tokio::time::sleep(Duration::from_millis(1)).await;
                        stream.write_all(&bytes).await
                    };
                    block_on(Inside::new(&handle, echo)).unwrap().unwrap();
                }
            }
        });
        let clients: Vec<_> = (0..20)
            .map(|_| {
                let handle = handle.clone();
                spawn(move || {
                    let stream = tokio::net::TcpStream::connect(address);
                    let mut stream = block_on(Inside::new(&handle, stream)).unwrap().unwrap();
                    block_on(stream.write_all(b"hello")).unwrap().unwrap();
                    let mut bytes = [0; 5];
                    block_on(stream.read_exact(&mut bytes)).unwrap().unwrap();
                    assert_eq!(&bytes, b"hello");
                })
            })
            .collect();
        clients.into_iter().for_each(|client| client.join().unwrap());
        server.join().unwrap();
    });
}

#[test]
fn a_run_time_of_one_thread_serves_several_carriers() {
    on_plain_thread(|| {
        let (send, handle) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let driver = greenstd::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.unwrap();
            send.send(runtime.handle().clone()).unwrap();
            let _ = runtime.block_on(stopped);
        });
        let handle = handle.recv().unwrap();
        let carriers = (0..2).map(|_| {
            let handle = handle.clone();
            on_another_carrier(move || {
                let sleeps = (0..50).map(|_| {
                    let handle = handle.clone();
                    spawn(move || {
                        let nap = async { tokio::time::sleep(Duration::from_millis(1)).await };
                        block_on(Inside::new(&handle, nap)).unwrap();
                    })
                });
                let sleeps: Vec<_> = sleeps.collect();
                sleeps.into_iter().for_each(|sleep| sleep.join().unwrap());
            })
        });
        let carriers: Vec<_> = carriers.collect();
        carriers.into_iter().for_each(|carrier| carrier.join().unwrap());
        stop.send(()).unwrap();
        driver.join().unwrap();
    });
}

//! One message.

use std::future::Future as _;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use greenctx::spawn;
use greenstd::sync::Arc;
use greenstd::thread;
use greensync::{RecvError, RecvTimeoutError, TryRecvError, oneshot};

use crate::stage::{let_others_wait, on_another_carrier, on_carrier};

#[test]
fn the_message_arrives_before_and_after_the_wait_begins() {
    on_carrier(|| {
        let (sender, receiver) = oneshot();
        sender.send(1).unwrap();
        assert_eq!(receiver.recv(), Ok(1));
        assert_eq!(receiver.recv(), Err(RecvError::Disconnected));
        let (sender, receiver) = oneshot();
        let waiting = spawn(move || receiver.recv());
        let_others_wait();
        sender.send(2).unwrap();
        assert_eq!(waiting.join().unwrap(), Ok(2));
    });
}

#[test]
fn it_goes_from_any_thread_to_any_other() {
    for _ in 0..200 {
        let (a, from_a) = oneshot();
        let (b, from_b) = oneshot::<Box<u32>>();
        let plain = thread::spawn(move || {
            a.send(Box::new(1)).unwrap();
            *from_b.recv().unwrap()
        });
        let carrier = on_another_carrier(move || {
            b.send(Box::new(2)).unwrap();
            *from_a.recv().unwrap()
        });
        assert_eq!((plain.join().unwrap(), carrier.join().unwrap()), (2, 1));
    }
}

#[test]
fn a_sender_that_ends_without_sending_ends_the_wait() {
    on_carrier(|| {
        let (sender, receiver) = oneshot::<u32>();
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
        let waiting = spawn(move || receiver.recv());
        let_others_wait();
        drop(sender);
        assert_eq!(waiting.join().unwrap(), Err(RecvError::Disconnected));
    });
}

#[test]
fn the_message_comes_back_if_nobody_wants_it() {
    let (sender, receiver) = oneshot();
    assert!(!sender.is_closed());
    drop(receiver);
    assert!(sender.is_closed());
    assert_eq!(sender.send(5), Err(5));
    let (sender, receiver) = oneshot();
    receiver.close();
    assert_eq!(sender.send(6), Err(6));
    assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
}

#[test]
fn an_interrupted_wait_can_be_taken_up_again() {
    on_carrier(|| {
        let (sender, receiver) = oneshot();
        let soon = Duration::from_millis(1);
        assert_eq!(receiver.recv_timeout(soon), Err(RecvTimeoutError::Timeout));
        let interrupted = greensync::with_timeout(soon, || receiver.recv());
        assert!(interrupted.unwrap_err().is_interrupted());
        sender.send(7).unwrap();
        assert_eq!(receiver.recv(), Ok(7));
    });
}

#[test]
fn the_message_is_dropped_once_wherever_it_is() {
    let counted = Arc::new(());
    let (sender, receiver) = oneshot();
    sender.send(counted.clone()).unwrap();
    drop(receiver);
    assert_eq!(Arc::strong_count(&counted), 1);
    let (sender, receiver) = oneshot();
    drop(receiver);
    drop(sender.send(counted.clone()));
    assert_eq!(Arc::strong_count(&counted), 1);
}

#[test]
fn it_can_be_awaited() {
    let mut context = Context::from_waker(Waker::noop());
    let (sender, receiver) = oneshot();
    let mut receiver = pin!(receiver);
    assert_eq!(receiver.as_mut().poll(&mut context), Poll::Pending);
    sender.send(3).unwrap();
    assert_eq!(receiver.as_mut().poll(&mut context), Poll::Ready(Ok(3)));
    let (sender, receiver) = oneshot::<u32>();
    let mut receiver = pin!(receiver);
    assert_eq!(receiver.as_mut().poll(&mut context), Poll::Pending);
    drop(sender);
    assert_eq!(receiver.as_mut().poll(&mut context), Poll::Ready(Err(RecvError::Disconnected)));
}

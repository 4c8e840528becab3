//! Selects over as many operations as there are at run time, completed after the choice.

use std::time::Duration;

use greenctx::{current, no_park, spawn, with_timeout, yield_now};
use greenstd::atomic::{AtomicU64, Ordering};
use greenstd::panics::contain;
use greenstd::sync::Arc;
use greenstd::time;
use greensync::{
    ReadyTimeoutError, Receiver, RecvError, RecvTimeoutError, Select, SelectTimeoutError,
    SendError, TryReadyError, TryRecvError, TrySelectError, bounded, never, unbounded,
};

use crate::channel::FLAVOURS;
use crate::stage::{Act, act, everywhere, let_others_wait, on_carrier, on_one_carrier};

const SHORT: Duration = Duration::from_millis(3);

#[test]
fn what_can_be_done_is_selected_and_completed_later() {
    let (a, from_a) = unbounded();
    let (b, from_b) = bounded(1);
    a.send(1).unwrap();
    let mut select = Select::new();
    let first = select.recv(&from_a);
    let operation = select.select().unwrap();
    assert_eq!(operation.index(), first);
    // It is reserved: nobody else gets it meanwhile.
    assert_eq!(from_a.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(operation.recv(&from_a), Ok(1));

    let second = select.send(&b);
    let operation = select.try_select().unwrap();
    assert_eq!(operation.index(), second);
    // So is the place.
    assert!(b.is_full());
    assert!(b.try_send(7).unwrap_err().is_full());
    assert_eq!(from_b.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(operation.send(&b, 2), Ok(()));
    assert_eq!(from_b.recv(), Ok(2));
}

#[test]
fn it_is_used_as_often_as_one_likes() {
    on_carrier(|| {
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..9).map(|_| bounded(0)).unzip();
        let thread = spawn(move || {
            let mut select = Select::new();
            let numbers: Vec<usize> =
                receivers.iter().map(|receiver| select.recv(receiver)).collect();
            let mut open: Vec<usize> = numbers.clone();
            let mut served = Vec::new();
            while !open.is_empty() {
                let operation = select.select().unwrap();
                let chosen = operation.index();
                match operation.recv(&receivers[chosen]) {
                    Ok(message) => served.push((chosen, message)),
                    Err(_) => {
                        select.remove(chosen);
                        open.retain(|number| *number != chosen);
                    }
                }
            }
            assert_eq!(select.recv(&receivers[0]), 9, "no number is used again");
            served
        });
        let order = [3, 8, 0, 1, 7, 2, 6, 4, 5, 3, 3];
        for n in order {
            senders[n].send(n).unwrap();
        }
        drop(senders);
        assert_eq!(thread.join().unwrap(), order.map(|n| (n, n)));
    });
}

#[test]
fn without_anything_to_do_each_way_says_so() {
    let waits = || {
        let (sender, receiver) = bounded::<u32>(0);
        let mut select = Select::new();
        assert_eq!(select.try_select().unwrap_err(), TrySelectError);
        assert_eq!(select.try_ready(), Err(TryReadyError));
        assert_eq!(select.select_timeout(SHORT).unwrap_err(), SelectTimeoutError::Timeout);
        assert_eq!(select.ready_timeout(SHORT), Err(ReadyTimeoutError::Timeout));
        assert!(contain(|| Select::new().select().map(drop)).is_err());
        assert!(contain(|| Select::new().ready()).is_err());

        // It does not meet itself.
        select.send(&sender);
        select.recv(&receiver);
        assert_eq!(select.try_select().unwrap_err(), TrySelectError);
        assert_eq!(select.try_ready(), Err(TryReadyError));
        let until = time::now() + SHORT;
        assert!(select.select_deadline(until).unwrap_err().is_timeout());
        assert!(time::now() >= until);
        let until = time::now() + SHORT;
        assert!(select.ready_deadline(until).unwrap_err().is_timeout());
        assert!(time::now() >= until);
        let interrupted = with_timeout(SHORT, || select.select().map(drop)).unwrap_err();
        assert!(interrupted.is_timed_out());
        let interrupted = with_timeout(SHORT, || select.ready()).unwrap_err();
        assert!(interrupted.is_timed_out());
        let interrupted = with_timeout(SHORT, || select.ready_timeout(Duration::MAX)).unwrap_err();
        assert!(interrupted.is_interrupted());
    };
    waits();
    on_carrier(waits);
}

#[test]
fn a_cancelled_select_has_selected_nothing() {
    on_carrier(|| {
        let (sender, receiver) = bounded(0);
        let waiting = spawn({
            let (sender, receiver) = (sender.clone(), receiver.clone());
            move || {
                let mut select = Select::new();
                select.send(&sender);
                select.recv(&receiver);
                select.select().map(drop).unwrap_err()
            }
        });
        let_others_wait();
        waiting.thread().cancel();
        assert!(waiting.join().unwrap().is_cancelled());
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
        assert!(sender.try_send(1).is_err());
    });
}

#[test]
fn a_closed_channel_is_selected_and_its_operation_fails() {
    on_carrier(|| {
        for flavour in FLAVOURS {
            let (sender, receiver) = flavour.channel::<u32>();
            let mut select = Select::new();
            let receives = select.recv(&receiver);
            drop(sender);
            assert_eq!(select.ready(), Ok(receives));
            let operation = select.select().unwrap();
            assert_eq!(operation.recv(&receiver), Err(RecvError::Disconnected));

            let (sender, receiver) = flavour.channel();
            let waiting = spawn(move || {
                while flavour.capacity().is_some() && sender.try_send(0).is_ok() {}
                let mut select = Select::new();
                select.send(&sender);
                let operation = select.select().unwrap();
                yield_now();
                operation.send(&sender, 5)
            });
            let_others_wait();
            drop(receiver);
            let sent = waiting.join().unwrap();
            let has_place = flavour.capacity().is_none();
            assert!(
                has_place || sent == Err(SendError::Disconnected(5.into())),
                "{flavour:?}: {sent:?}"
            );
        }
    });
}

/// A place that was promised is worth nothing in a channel that is closed meanwhile.
#[test]
fn a_send_that_was_selected_fails_if_its_channel_is_closed_before_it_is_completed() {
    let (sender, receiver) = bounded(1);
    let mut select = Select::new();
    select.send(&sender);
    let operation = select.select().unwrap();
    drop(receiver);
    assert_eq!(operation.send(&sender, 5), Err(SendError::Disconnected(5.into())));
}

#[test]
fn an_operation_that_is_not_completed_panics_and_gives_back_what_was_reserved() {
    let (sender, receiver) = bounded(2);
    sender.send(1).unwrap();
    sender.send(2).unwrap();
    let mut select = Select::new();
    select.recv(&receiver);
    assert!(contain(|| drop(select.select())).is_err());
    assert!(receiver.try_iter().eq([1, 2]), "in its place");

    let mut select = Select::new();
    select.send(&sender);
    let first = select.select().unwrap();
    assert!(contain(|| drop(select.select())).is_err());
    sender.try_send(3).unwrap();
    assert!(sender.try_send(4).is_err(), "the first one is reserved still");
    first.send(&sender, 5).unwrap();
    assert!(receiver.try_iter().eq([3, 5]));
}

#[test]
fn a_broken_promise_leaves_the_receiver_waiting_for_others() {
    on_carrier(|| {
        let (sender, receiver) = bounded(0);
        let waiting = spawn(move || (receiver.recv(), receiver));
        let_others_wait();
        let mut select = Select::new();
        select.send(&sender);
        assert!(contain(|| drop(select.select())).is_err());
        let_others_wait();
        assert!(!waiting.is_finished());
        sender.send(5).unwrap();
        assert_eq!(waiting.join().unwrap().0, Ok(5));
    });
}

/// A place goes to the next one if its owner does not want it.
#[test]
fn a_broken_promise_lets_the_next_sender_in() {
    on_carrier(|| {
        let (sender, receiver) = bounded(1);
        let mut select = Select::new();
        select.send(&sender);
        let operation = select.select().unwrap();
        let waiting = spawn({
            let sender = sender.clone();
            move || sender.send(7)
        });
        let_others_wait();
        assert!(contain(|| drop(operation)).is_err());
        assert_eq!(waiting.join().unwrap(), Ok(()));
        assert_eq!(receiver.try_recv(), Ok(7));
    });
}

#[test]
fn completing_with_another_channel_panics() {
    let (sender, receiver) = unbounded();
    let (other, other_receiver) = unbounded();
    sender.send(1).unwrap();
    other.send(2).unwrap();
    let mut select = Select::new();
    select.recv(&receiver);
    let wrong = contain(|| select.select().unwrap().recv(&other_receiver));
    assert!(wrong.is_err());
    let wrong = contain(|| select.select().unwrap().send(&sender, 3));
    assert!(wrong.is_err());
    // A clone of the same half is as good.
    let clone = receiver.clone();
    assert_eq!(select.select().unwrap().recv(&clone), Ok(1));
}

#[test]
fn the_one_that_was_added_first_is_preferred_if_asked_for() {
    let channels = [(); 3].map(|()| unbounded());
    let mut fair = Select::new();
    let mut biased = Select::new_biased();
    for (sender, receiver) in &channels {
        (0..1000).for_each(|_| sender.send(()).unwrap());
        fair.recv(receiver);
        biased.recv(receiver);
    }
    for expected in [0, 1] {
        for _ in 0..500 {
            let operation = biased.select().unwrap();
            assert_eq!(operation.index(), expected);
            operation.recv(&channels[expected].1).unwrap();
        }
        assert_eq!(biased.try_ready(), Ok(expected));
        biased.remove(expected);
    }
    let mut counts = [0; 3];
    for _ in 0..900 {
        let operation = fair.select().unwrap();
        let index = operation.index();
        operation.recv(&channels[index].1).unwrap();
        counts[index] += 1;
    }
    assert!(counts.iter().all(|count| *count > 150), "{counts:?}");
}

/// A channel may be in it several times, in both directions.
#[test]
fn a_clone_and_a_channel_that_is_added_twice_are_no_matter() {
    let (sender, receiver) = bounded(1);
    let mut select = Select::new();
    select.send(&sender);
    select.recv(&receiver);
    select.send(&sender);
    select.recv(&receiver);
    let mut clone = select.clone();
    for round in 0..100 {
        let operation = clone.select().unwrap();
        assert_eq!(operation.index() % 2, 0);
        operation.send(&sender, round).unwrap();
        let operation = select.select().unwrap();
        assert_eq!(operation.index() % 2, 1);
        assert_eq!(operation.recv(&receiver), Ok(round));
    }
}

#[test]
fn whoever_looks_is_woken_by_what_makes_an_operation_ready() {
    for flavour in FLAVOURS {
        for ready in 0..3 {
            on_carrier(move || {
                let (sender, receiver) = flavour.channel();
                let (other, other_receiver) = bounded::<u32>(0);
                let (full, room) = bounded(1);
                full.send(0).unwrap();
                let looking = spawn({
                    let (receiver, other, full) = (receiver.clone(), other, full.clone());
                    move || {
                        let mut select = Select::new();
                        select.recv(&receiver);
                        select.send(&other);
                        select.send(&full);
                        select.ready()
                    }
                });
                let_others_wait();
                assert!(!looking.is_finished());
                let helper = spawn(move || match ready {
                    0 => _ = sender.send(1),
                    1 => _ = other_receiver.recv_timeout(SHORT),
                    _ => assert_eq!(room.recv(), Ok(0)),
                });
                assert_eq!(looking.join().unwrap(), Ok(ready), "{flavour:?}");
                assert!(ready != 0 || receiver.recv() == Ok(1), "nothing was taken");
                helper.join().unwrap();
            });
        }
    }
}

#[test]
fn whoever_looks_takes_nothing() {
    let (sender, receiver) = bounded(1);
    let mut receives = Select::new();
    receives.recv(&receiver);
    let mut sends = Select::new();
    sends.send(&sender);
    assert_eq!((receives.try_ready(), sends.ready()), (Err(TryReadyError), Ok(0)));
    sender.send(1).unwrap();
    for _ in 0..3 {
        assert_eq!((receives.ready(), sends.try_ready()), (Ok(0), Err(TryReadyError)));
    }
    assert_eq!(receiver.try_recv(), Ok(1));
}

/// One that was promised a message gets it, however late it is.
#[test]
fn a_receiver_that_was_promised_a_message_waits_for_it() {
    on_carrier(|| {
        let (sender, receiver) = bounded(0);
        for cancelled in [false, true] {
            let waiting = spawn({
                let receiver = receiver.clone();
                move || match cancelled {
                    false => receiver.recv_timeout(SHORT),
                    true => receiver.recv().map_err(RecvTimeoutError::from),
                }
            });
            let_others_wait();
            let mut select = Select::new();
            select.send(&sender);
            let operation = select.select().unwrap();
            if cancelled {
                waiting.thread().cancel();
            }
            greenctx::sleep(2 * SHORT).unwrap();
            assert!(!waiting.is_finished());
            operation.send(&sender, 5).unwrap();
            assert_eq!(waiting.join().unwrap(), Ok(5));
        }
    });
}

#[test]
fn a_selecting_sender_is_found_by_one_who_tries() {
    on_carrier(|| {
        let (sender, receiver) = bounded(0);
        let sending = spawn(move || {
            let mut select = Select::new();
            select.send(&sender);
            let operation = select.select().unwrap();
            // Others run before it is completed.
            yield_now();
            operation.send(&sender, 5)
        });
        let_others_wait();
        // Where one must not wait for it, it is not there.
        assert_eq!(no_park(|| receiver.try_recv()), Err(TryRecvError::Empty));
        assert!(contain(|| no_park(|| receiver.recv())).is_err());
        let mut select = Select::new();
        select.recv(&receiver);
        assert_eq!(no_park(|| select.try_select().map(drop)), Err(TrySelectError));
        assert_eq!(receiver.try_recv(), Ok(5));
        sending.join().unwrap().unwrap();
    });
}

#[test]
fn two_of_them_meet_on_a_rendezvous() {
    for _ in 0..50 {
        let (sender, receiver) = bounded(0);
        let meets = |own: u32| {
            let (sender, receiver) = (sender.clone(), receiver.clone());
            move || {
                let mut select = Select::new();
                let sends = select.send(&sender);
                select.recv(&receiver);
                let operation = select.select().unwrap();
                if operation.index() == sends {
                    yield_now();
                    operation.send(&sender, own).unwrap();
                    return None;
                }
                Some(operation.recv(&receiver).unwrap())
            }
        };
        let other = greenstd::thread::spawn(meets(1));
        let mine = meets(2)();
        let theirs = other.join().unwrap();
        assert!(matches!((mine, theirs), (Some(1), None) | (None, Some(2))));
        let meets_green = (meets(1), meets(2));
        on_carrier(move || {
            let threads = (spawn(meets_green.0), spawn(meets_green.1));
            let met = (threads.0.join().unwrap(), threads.1.join().unwrap());
            assert!(matches!(met, (Some(2), None) | (None, Some(1))), "{met:?}");
        });
    }
}

#[test]
fn nothing_is_ready_on_a_channel_that_never_is() {
    let nothing: Receiver<u32> = never();
    let mut select = Select::new();
    select.recv(&nothing);
    assert!(select.try_select().is_err());
    assert!(select.ready_timeout(SHORT).unwrap_err().is_timeout());
}

/// Against each other, with completions that let others run, and with some that are not done at all.
#[test]
fn many_of_them_lose_and_double_nothing() {
    const EACH: u64 = 600;
    for flavour in FLAVOURS {
        for stage in [on_one_carrier, everywhere] {
            let (a, from_a) = flavour.channel();
            let (b, from_b) = flavour.channel();
            let sum = Arc::new(AtomicU64::new(0));
            let mut actors: Vec<Act> = Vec::new();
            for part in 0..4 {
                let (a, b) = (a.clone(), b.clone());
                actors.push(act(move || {
                    let mut select = Select::new();
                    let on_a = select.send(&a);
                    select.send(&b);
                    for n in part * EACH..(part + 1) * EACH {
                        let operation = select.select().unwrap();
                        if n % 7 == 0 {
                            assert!(contain(|| drop(operation)).is_err());
                            a.send(n).unwrap();
                            continue;
                        }
                        if n % 3 == 0 && current().is_green() {
                            yield_now();
                        }
                        let half = if operation.index() == on_a { &a } else { &b };
                        operation.send(half, n).unwrap();
                    }
                }));
            }
            for part in 0..5 {
                let (from_a, from_b, sum) = (from_a.clone(), from_b.clone(), sum.clone());
                actors.push(act(move || {
                    let mut select = Select::new();
                    select.recv(&from_a);
                    select.recv(&from_b);
                    let mut open = 2;
                    while open > 0 {
                        let received = if part == 4 {
                            let number = select.ready().unwrap();
                            let half = if number == 0 { &from_a } else { &from_b };
                            match half.try_recv() {
                                Err(TryRecvError::Empty) => continue,
                                received => (number, received.ok()),
                            }
                        } else {
                            let Ok(operation) = select.select_timeout(Duration::from_micros(50))
                            else {
                                continue;
                            };
                            let number = operation.index();
                            let half = if number == 0 { &from_a } else { &from_b };
                            (number, operation.recv(half).ok())
                        };
                        match received {
                            (_, Some(n)) => _ = sum.fetch_add(n, Ordering::Relaxed),
                            (number, None) => {
                                select.remove(number);
                                open -= 1;
                            }
                        }
                    }
                }));
            }
            drop((a, b, from_a, from_b));
            stage(actors);
            assert_eq!(sum.load(Ordering::Relaxed), (0..4 * EACH).sum(), "{flavour:?}");
        }
    }
}

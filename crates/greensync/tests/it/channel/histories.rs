//! Histories of chance against a model: a queue, and those who wait in order.

use std::collections::VecDeque;

use greenctx::{JoinHandle, spawn};
use greensync::{Receiver, SendError, Sender, bounded, unbounded};
use proptest::prelude::*;

use crate::stage::{let_others_wait, on_carrier};

/// What happens next.
#[derive(Debug, Clone, Copy)]
enum Event {
    Send,
    TrySend,
    Recv,
    TryRecv,
    Close,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        8 => Just(Event::Send),
        4 => Just(Event::TrySend),
        8 => Just(Event::Recv),
        4 => Just(Event::TryRecv),
        1 => Just(Event::Close),
    ];
    prop::collection::vec(event, 0..60)
}

/// What a channel is to do.
#[derive(Default)]
struct Model {
    queue: VecDeque<u32>,
    senders: VecDeque<u32>,
    /// Their places in `received`.
    receivers: VecDeque<usize>,
    /// What each receive gets in the end.
    received: Vec<Option<u32>>,
    unsent: Vec<u32>,
    is_closed: bool,
}

impl Model {
    /// `None` if it waits.
    fn send(&mut self, message: u32, capacity: usize) -> Option<bool> {
        if self.is_closed {
            return Some(false);
        }
        if let Some(receiver) = self.receivers.pop_front() {
            self.received[receiver] = Some(message);
        } else if self.queue.len() < capacity {
            self.queue.push_back(message);
        } else {
            return None;
        }
        Some(true)
    }

    fn receive(&mut self) -> Option<u32> {
        let next = self.senders.pop_front();
        match self.queue.pop_front() {
            Some(message) => {
                self.queue.extend(next);
                Some(message)
            }
            None => next,
        }
    }

    fn close(&mut self) {
        self.is_closed = true;
        self.unsent.extend(self.senders.drain(..));
        self.receivers.clear();
    }
}

/// Threads that wait, or have.
#[derive(Default)]
struct Threads {
    sends: Vec<JoinHandle<Option<u32>>>,
    receives: Vec<JoinHandle<Option<u32>>>,
}

fn step(
    event: Event,
    message: u32,
    capacity: usize,
    (sender, receiver): &(Sender<u32>, Receiver<u32>),
    model: &mut Model,
    threads: &mut Threads,
) {
    match event {
        Event::Send => {
            let sender = sender.clone();
            threads
                .sends
                .push(spawn(move || sender.send(message).err().map(SendError::into_inner)));
            match model.send(message, capacity) {
                None => model.senders.push_back(message),
                Some(false) => model.unsent.push(message),
                Some(true) => {}
            }
        }
        Event::TrySend => {
            let expected = model.send(message, capacity);
            assert_eq!(sender.try_send(message).is_ok(), expected == Some(true));
        }
        Event::Recv => {
            let receiver = receiver.clone();
            threads.receives.push(spawn(move || receiver.recv().ok()));
            let received = model.receive();
            if received.is_none() && !model.is_closed {
                model.receivers.push_back(model.received.len());
            }
            model.received.push(received);
        }
        Event::TryRecv => assert_eq!(receiver.try_recv().ok(), model.receive()),
        Event::Close => {
            assert_eq!(sender.close(), !model.is_closed);
            model.close();
        }
    }
    let_others_wait();
    assert_eq!(receiver.len(), model.queue.len());
}

fn check(events: Vec<Event>, capacity: Option<usize>) {
    on_carrier(move || {
        let channel = capacity.map_or_else(unbounded, bounded);
        let capacity = capacity.unwrap_or(usize::MAX);
        let (mut model, mut threads) = (Model::default(), Threads::default());
        for (message, event) in (0..).zip(events) {
            step(event, message, capacity, &channel, &mut model, &mut threads);
        }
        channel.0.close();
        model.close();
        let receives = threads.receives.into_iter().map(|thread| thread.join().unwrap());
        assert_eq!(receives.collect::<Vec<_>>(), model.received);
        let mut unsent: Vec<u32> =
            threads.sends.into_iter().filter_map(|thread| thread.join().unwrap()).collect();
        unsent.sort_unstable();
        model.unsent.sort_unstable();
        assert_eq!(unsent, model.unsent);
        assert!(channel.1.try_iter().eq(model.queue));
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn a_channel_does_what_its_model_does(events in events(), capacity in prop::option::of(0_usize..4)) {
        check(events, capacity);
    }
}

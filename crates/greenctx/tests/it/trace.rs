//! The trace of a carrier.

use std::fmt;
use std::panic::Location;
use std::sync::mpsc;
use std::time::Duration;

use greenctx::trace::{Event, Label, Record, Stop, Trace, Waker};
use greenctx::{
    Carrier, CarrierHandle, Identity, Seat, assume, current, park, sleep, spawn, yield_now,
};
use greenstd::time::{self, Instant};

use crate::run_on;

/// Never over within a test.
fn much_later() -> Instant {
    time::now() + Duration::from_secs(3600)
}

/// Runs `main` on a carrier that traces, and takes the trace at its end.
fn traced(main: impl FnOnce(&CarrierHandle) + 'static) -> Trace {
    let carrier = Carrier::builder().name("traced").build().unwrap();
    let handle = carrier.handle();
    run_on(carrier, move || {
        assert!(handle.start_trace(10_000).wait(much_later()));
        main(&handle);
        take(&handle)
    })
}

fn take(handle: &CarrierHandle) -> Trace {
    handle.snapshot_trace().wait(much_later()).expect("it traces")
}

/// Sleeps until it has been parked for that: on a busy machine, the time may be over before.
fn sleep_parked(carrier: &CarrierHandle) {
    let parks = carrier.counters().parks();
    while carrier.counters().parks() == parks {
        sleep(Duration::from_millis(1)).expect("nobody cancels us");
    }
}

fn events(trace: &Trace) -> impl Iterator<Item = &Event> {
    trace.records.iter().map(|record| &record.event)
}

/// What happened to one seat.
fn story(trace: &Trace, of: Seat) -> Vec<Event> {
    let about = |event: &&Event| match event {
        Event::Spawned { seat, .. }
        | Event::Runs { seat, .. }
        | Event::Stops { seat, .. }
        | Event::Readied { seat, .. } => *seat == of,
        _ => false,
    };
    events(trace).filter(about).cloned().collect()
}

struct Job {
    id: u64,
    name: Option<&'static str>,
}

impl Identity for Job {
    fn id(&self) -> u64 {
        self.id
    }

    fn write_name(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "job {}", self.id)
    }

    fn is_cancelled(&self) -> bool {
        false
    }

    fn label(&self) -> Label<'_> {
        Label { name: self.name, site: Some(Location::caller()), queued_at: None }
    }
}

#[test]
fn a_trace_tells_who_runs_and_why_it_stops() {
    let trace = traced(|_| {
        let thread = spawn(|| {
            yield_now();
            park().expect("nobody cancels us");
            Seat::current().unwrap()
        });
        while !thread.is_finished() {
            thread.thread().unpark();
            yield_now();
        }
    });
    let Some(&Event::Spawned { seat, .. }) =
        events(&trace).find(|event| matches!(event, Event::Spawned { .. }))
    else {
        panic!("no thread was spawned: {trace:#?}");
    };
    let stops: Vec<_> = story(&trace, seat)
        .into_iter()
        .filter_map(|event| match event {
            Event::Stops { why, .. } => Some(why),
            _ => None,
        })
        .collect();
    // The permit was there before the park, or came later.
    assert_eq!(stops.first(), Some(&Stop::Yielded), "{trace:#?}");
    assert_eq!(stops.last(), Some(&Stop::Ended), "{trace:#?}");
    assert!(trace.records.is_sorted_by_key(|record| record.at_ns));
    assert!(trace.taken_at_ns >= trace.records.last().unwrap().at_ns);
}

#[test]
fn a_trace_tells_what_has_ended_a_wait() {
    let trace = traced(|carrier| {
        let main = current();
        // A sibling, then a timer.
        spawn(move || main.unpark());
        park().expect("nobody cancels us");
        sleep_parked(carrier);
    });
    let wakers: Vec<_> = events(&trace)
        .filter_map(|event| match event {
            Event::Readied { by, .. } => Some(*by),
            _ => None,
        })
        .collect();
    // The one that woke main at the start of the trace is elsewhere or the carrier itself.
    assert!(wakers.iter().any(|by| matches!(by, Waker::Sibling(_))), "{trace:#?}");
    assert!(wakers.contains(&Waker::Timer), "{trace:#?}");
}

#[test]
fn a_trace_tells_what_was_waited_for() {
    let trace = traced(sleep_parked);
    let sleeps = events(&trace).filter_map(|event| match event {
        Event::Stops { waiting: Some(waiting), .. } if waiting.kind() == "sleep" => Some(waiting),
        _ => None,
    });
    let sites: Vec<_> = sleeps.map(|sleep| sleep.site().unwrap().file()).collect();
    assert!(!sites.is_empty() && sites.iter().all(|file| file.ends_with("trace.rs")), "{trace:#?}");
}

#[test]
fn a_job_that_has_ended_still_has_its_name_in_the_trace() {
    let long = "a name that is longer than one entry has room for: ünïcödé";
    let trace = traced(move |_| {
        spawn(move || assume(&Job { id: 7, name: Some(long) }, yield_now)).join().unwrap();
        spawn(move || assume(&Job { id: 8, name: None }, yield_now)).join().unwrap();
    });
    let begun = |id| {
        events(&trace)
            .any(|event| matches!(event, Event::Begins { identity, .. } if *identity == id))
    };
    assert!(begun(7) && begun(8), "{trace:#?}");
    let ended: Vec<_> = events(&trace)
        .filter_map(|event| match event {
            Event::Ends { identity, name, site, .. } => Some((*identity, name.as_deref(), *site)),
            _ => None,
        })
        .collect();
    assert_eq!(ended.len(), 2);
    assert_eq!((ended[0].0, ended[0].1), (7, Some(long)));
    assert_eq!((ended[1].0, ended[1].1), (8, None));
    assert!(ended.iter().all(|(.., site)| site.unwrap().file().ends_with("trace.rs")));
}

#[test]
fn a_job_that_runs_is_named_by_the_carrier() {
    let carrier = Carrier::new().unwrap();
    let handle = carrier.handle();
    let trace = run_on(carrier, move || {
        let job = spawn(|| assume(&Job { id: 9, name: Some("waits") }, park));
        yield_now();
        assert!(handle.start_trace(100).wait(much_later()));
        let trace = take(&handle);
        job.thread().unpark();
        trace
    });
    let identities: Vec<_> = trace.threads.iter().filter_map(|it| it.identity.as_ref()).collect();
    assert_eq!(identities.len(), 1);
    assert_eq!((identities[0].id, identities[0].name.as_deref()), (9, Some("waits")));
    assert_eq!(trace.threads.len(), 2);
}

#[test]
fn a_trace_keeps_what_came_last() {
    let carrier = Carrier::new().unwrap();
    let handle = carrier.handle();
    let (first, second) = run_on(carrier, move || {
        assert!(handle.start_trace(1).wait(much_later()));
        let many = || (0..100_000).for_each(|_| yield_now());
        many();
        let first = take(&handle);
        many();
        (first, take(&handle))
    });
    for trace in [&first, &second] {
        assert!(trace.records.len() > 2000 && trace.records.len() < 20_000);
    }
    let last_of = |trace: &Trace| trace.records.last().cloned().unwrap();
    // The first snapshot was not written to.
    assert!(first.records.iter().all(|record| record.at_ns <= first.taken_at_ns));
    assert!(second.records[0].at_ns > last_of(&first).at_ns);
}

#[test]
fn a_carrier_traces_until_its_last_user_has_stopped() {
    let carrier = Carrier::new().unwrap();
    let handle = carrier.handle();
    run_on(carrier, move || {
        let ask = || handle.snapshot_trace().wait(much_later());
        assert!(ask().is_none());
        assert!(handle.start_trace(100).wait(much_later()));
        assert!(handle.start_trace(100).wait(much_later()));
        handle.stop_trace();
        assert!(ask().is_some());
        handle.stop_trace();
        assert!(ask().is_none());
        // Once too often.
        handle.stop_trace();
        assert!(handle.start_trace(100).wait(much_later()));
        assert!(ask().is_some());
    });
}

#[test]
fn an_unpark_of_another_carriers_thread_names_it() {
    let (tell, told) = mpsc::channel();
    let other = greenstd::thread::spawn(move || {
        run_on(Carrier::new().unwrap(), move || {
            tell.send(current()).unwrap();
            park().expect("nobody cancels us");
        });
    });
    let sleeper = told.recv().unwrap();
    let id = sleeper.id().as_u64();
    let trace = traced(move |_| sleeper.unpark());
    other.join().unwrap();
    let named = |record: &Record| matches!(record.event, Event::Unparks { thread, by: Some(_) } if thread == id);
    assert!(trace.records.iter().any(named), "{trace:#?}");
}

//! Channels whose messages come by the clock.

use std::time::Duration;

use greenctx::{sleep, spawn, with_timeout};
use greenstd::time;
use greensync::{
    RecvError, RecvTimeoutError, Select, TryRecvError, after, at, bounded, select, tick, unbounded,
};

use crate::{everywhere, on_carrier};

const LONG: Duration = Duration::from_secs(3600);
const SHORT: Duration = Duration::from_millis(2);

/// Computes until that moment is over.
fn spin_until(moment: time::Instant) {
    while !time::has_passed(Some(moment)) {
        std::hint::spin_loop();
    }
}

#[test]
fn a_message_comes_at_its_moment_and_no_other_follows() {
    everywhere(|_| {
        let moment = time::now() + SHORT;
        let alarm = at(moment);
        assert_eq!(alarm.recv(), Ok(moment));
        assert!(time::has_passed(Some(moment)));
        assert_eq!(alarm.try_recv(), Err(TryRecvError::Empty));
        assert_eq!(alarm.recv_timeout(SHORT), Err(RecvTimeoutError::Timeout));
        assert!(!alarm.is_closed());
    });
}

#[test]
fn a_moment_that_has_passed_is_there_at_once_and_one_out_of_range_never() {
    let passed = at(time::now());
    assert_eq!((passed.len(), passed.is_full(), passed.capacity()), (1, true, Some(1)));
    assert!(passed.try_recv().is_ok());
    assert!(after(Duration::ZERO).try_recv().is_ok());
    assert_eq!((passed.len(), passed.is_full()), (0, false));
    assert!(after(Duration::MAX).same_channel(&greensync::never()));
    assert!(tick(Duration::MAX).same_channel(&greensync::never()));
}

#[test]
fn a_limit_that_comes_first_leaves_the_message_for_later() {
    let mut margin = SHORT * 10;
    loop {
        let moment = time::now() + margin;
        let alarm = at(moment);
        let limited = alarm.recv_timeout(Duration::ZERO);
        let interrupted = with_timeout(Duration::ZERO, || alarm.recv());
        if time::has_passed(Some(moment)) {
            // The message came first.
            margin *= 2;
            continue;
        }
        assert_eq!(limited, Err(RecvTimeoutError::Timeout));
        assert!(matches!(interrupted, Err(RecvError::Interrupted(_))));
        assert!(alarm.recv_timeout(LONG).is_ok());
        break;
    }
    // The limit is later than the message.
    assert!(after(SHORT).recv_deadline(time::now() + LONG).is_ok());
}

#[test]
fn a_select_goes_on_when_its_alarm_is_due() {
    everywhere(|_| {
        let (_sender, silent) = unbounded::<u32>();
        let alarm = after(SHORT);
        let chosen = select! {
            recv(silent) -> _ => "a message",
            recv(alarm) -> moment => moment.map_or("closed", |_| "the alarm"),
            default(LONG) => "nothing",
        };
        assert_eq!(chosen, "the alarm");
        // It does not come twice.
        let chosen = select! {
            recv(alarm) -> _ => "again",
            default(SHORT) => "nothing",
        };
        assert_eq!(chosen, "nothing");
    });
}

#[test]
fn a_message_goes_before_an_alarm_that_is_not_due() {
    on_carrier(|| {
        let (sender, receiver) = bounded(1);
        let alarm = after(LONG);
        spawn(move || {
            sleep(SHORT).unwrap();
            sender.send(7).unwrap();
        });
        let chosen = select! {
            recv(receiver) -> number => number.unwrap(),
            recv(alarm) -> _ => 0,
        };
        assert_eq!(chosen, 7);
    });
}

#[test]
fn the_earliest_of_several_alarms_is_chosen() {
    let alarms = [after(LONG), after(SHORT), after(LONG / 2)];
    let mut select = Select::new();
    for alarm in &alarms {
        select.recv(alarm);
    }
    assert_eq!(select.ready().unwrap(), 1);
    let chosen = select.select().unwrap();
    assert_eq!(chosen.index(), 1);
    assert!(chosen.recv(&alarms[1]).is_ok());
    assert!(select.select_timeout(SHORT).is_err());
    assert!(select.try_ready().is_err());
}

#[test]
fn the_moments_of_a_tick_do_not_drift_and_missed_ones_are_left_out() {
    let begin = time::now();
    let period = Duration::from_millis(3);
    let ticks = tick(period);
    let first = ticks.recv().unwrap();
    assert!(first >= begin + period);
    let mut before = first;
    for round in 0..5 {
        if round % 2 == 1 {
            spin_until(before + period * 4);
            assert_eq!(ticks.len(), 1, "the missed ones do not pile up");
        }
        let moment = ticks.recv().unwrap();
        let whole = (moment - first).as_nanos() % period.as_nanos();
        assert!(whole == 0 && moment > before, "a whole number of periods later");
        assert!(time::has_passed(Some(moment)), "none comes early");
        before = moment;
    }
}

#[test]
fn each_tick_goes_to_one_of_several_receivers() {
    on_carrier(|| {
        let ticks = tick(SHORT);
        let readers: Vec<_> = (0..4)
            .map(|_| {
                let ticks = ticks.clone();
                spawn(move || (0..3).map(|_| ticks.recv().unwrap()).collect::<Vec<_>>())
            })
            .collect();
        let mut moments: Vec<_> =
            readers.into_iter().flat_map(|reader| reader.join().unwrap()).collect();
        moments.sort_unstable();
        moments.dedup();
        assert_eq!(moments.len(), 12);
    });
}

#[test]
fn an_alarm_that_is_closed_gives_nothing_more() {
    let alarm = after(Duration::ZERO);
    let waiting = after(LONG);
    let other = waiting.clone();
    assert!(alarm.close());
    assert_eq!(alarm.recv(), Err(RecvError::Disconnected));
    on_carrier(move || {
        let waiter = spawn(move || waiting.recv());
        crate::let_others_run();
        other.close();
        assert_eq!(waiter.join().unwrap(), Err(RecvError::Disconnected));
    });
}

#[test]
fn who_waits_for_an_alarm_is_cancelled_as_everywhere() {
    on_carrier(|| {
        let waiter = spawn(|| after(LONG).recv());
        crate::let_others_run();
        waiter.thread().cancel();
        assert!(matches!(waiter.join().unwrap(), Err(RecvError::Interrupted(_))));
    });
}

#[test]
fn a_tick_without_a_period_is_refused() {
    let refused = std::panic::catch_unwind(|| tick(Duration::ZERO));
    assert!(refused.is_err());
}

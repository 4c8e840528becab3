//! Events.

use std::time::Duration;

use greenctx::spawn;
use greensync::{Event, Mutex};

use crate::{let_others_run, on_carrier};

#[test]
fn a_manual_one_lets_everybody_pass_until_it_is_reset() {
    static EVENT: Event = Event::new();
    on_carrier(|| {
        let waiting = [(); 3].map(|()| spawn(|| EVENT.wait()));
        let_others_run();
        assert!(waiting.iter().all(|waiting| !waiting.is_finished()));
        EVENT.set();
        assert!(EVENT.is_set());
        for waiting in waiting {
            assert_eq!(waiting.join().unwrap(), Ok(()));
        }
        assert_eq!(EVENT.wait(), Ok(()));
        EVENT.reset();
        assert!(!EVENT.is_set());
        assert_eq!(EVENT.wait_timeout(Duration::from_millis(1)), Ok(false));
    });
}

#[test]
fn those_that_waited_pass_although_it_is_reset_at_once() {
    static EVENT: Event = Event::new();
    on_carrier(|| {
        let waiting = [(); 3].map(|()| spawn(|| EVENT.wait()));
        let_others_run();
        EVENT.set();
        EVENT.reset();
        for waiting in waiting {
            assert_eq!(waiting.join().unwrap(), Ok(()));
        }
    });
}

#[test]
fn one_of_auto_reset_lets_one_pass_a_set_in_the_order_of_their_coming() {
    static EVENT: Event = Event::auto_reset();
    static PASSED: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    on_carrier(|| {
        let waiting = [0, 1, 2].map(|number| {
            let waiting = spawn(move || {
                EVENT.wait().unwrap();
                PASSED.lock().unwrap().push(number);
            });
            let_others_run();
            waiting
        });
        for count in 1..=3 {
            EVENT.set();
            assert!(!EVENT.is_set(), "somebody had waited for it");
            let_others_run();
            assert_eq!(PASSED.lock().unwrap().len(), count);
        }
        waiting.into_iter().for_each(|waiting| waiting.join().unwrap());
        assert_eq!(*PASSED.lock().unwrap(), [0, 1, 2]);
    });
}

#[test]
fn sets_of_one_of_auto_reset_do_not_add_up() {
    let event = Event::auto_reset();
    event.set();
    event.set();
    assert_eq!(event.wait(), Ok(()));
    assert_eq!(event.wait_timeout(Duration::from_millis(1)), Ok(false));
    event.set();
    event.reset();
    assert_eq!(event.wait_timeout(Duration::from_millis(1)), Ok(false));
}

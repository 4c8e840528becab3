//! Models of a watcher (`hold/mod.rs`, `hold/doze.rs`): the slot of a capture, and the sleep while all carriers sleep.

use greenstd::model::explore;
use greenstd::sync::Arc;
use greenstd::thread;

use super::Sleeper;
use crate::hold::Doze;
use crate::hold::model::Slot;

/// A watcher asks twice, and gives up where the answer is late. Two handlers answer whenever they come: two different
/// signals may nest. Each record
/// that is taken is whole, and nobody writes it meanwhile, which the cell of the checker notices.
#[test]
fn a_record_has_one_user_at_a_time() {
    explore(3, || {
        let slot = Arc::new(Slot::new());
        let handlers = [1, 2].map(|switches| {
            let slot = slot.clone();
            thread::spawn(move || slot.answer_with(switches))
        });
        let mut last = 0;
        for _ in 0..2 {
            if !slot.ask() {
                continue;
            }
            let capture = slot.take();
            let capture = if capture.is_none() && !slot.give_up() { slot.take() } else { capture };
            if let Some(capture) = capture {
                assert!(capture.switches != 0 && capture.switches != last, "an old record");
                last = capture.switches;
            }
        }
        for handler in handlers {
            handler.join().unwrap();
        }
    });
}

/// A watcher dozes while the carrier sleeps. The carrier goes to sleep and wakes up at any moment, and that ends the doze:
/// if it did not, the watcher would wait for ever.
#[test]
fn a_carrier_that_wakes_up_ends_the_doze() {
    explore(3, || {
        let doze = Doze::new();
        let shared = Sleeper::new().shared;
        let carrier = thread::spawn({
            let (shared, stirrer) = (shared.clone(), doze.stirrer());
            move || {
                assert!(shared.begin_sleep(), "there is no message");
                // Whatever it is that wakes it, it does so at once.
                shared.end_sleep();
                stirrer.stir();
            }
        });
        doze.doze_while(|| shared.is_asleep());
        carrier.join().unwrap();
    });
}

//! What a carrier counts, as others read it (`counters.rs`).

use greenstd::model::explore;
use greenstd::sync::Arc;
use greenstd::thread;

use crate::counters::CarrierCounters;

/// One green thread waits all the time, while another one waits for a moment.
#[test]
fn a_thread_that_waits_is_counted_all_the_time() {
    explore(3, || {
        let counters = Arc::new(CarrierCounters::default());
        counters.count_park();
        let reader = thread::spawn({
            let counters = counters.clone();
            move || assert!((1..=2).contains(&counters.parked()))
        });
        counters.count_park();
        counters.count_unpark();
        reader.join().unwrap();
        assert_eq!(counters.parked(), 1);
    });
}

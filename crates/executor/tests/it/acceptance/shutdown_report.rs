//! What a shutdown says that has timed out.

use executor::{GreenFuture, park};

use super::support::{Gate, Progress, eventually, leftovers, pool};

#[test]
fn one_busy_carrier_does_not_make_the_others_look_busy() {
    // Which of the two is busy is up to them.
    for _ in 0..10 {
        let pool = pool(4, 2);
        let (gate, runs) = (Gate::new(), Progress::new());
        let (pass, starts) = (gate.pass(), runs.clone());
        let busy = pool.submit(move || {
            starts.advance();
            // Blocks the carrier as well.
            greenstd::thread::spawn(move || pass.wait()).join().unwrap();
        });
        runs.wait_until(1);
        let parked = [(); 2].map(|()| pool.submit(|| while park().is_ok() {}).unwrap());
        eventually(|| parked.iter().all(GreenFuture::is_running));
        let left = leftovers(&pool, 1);
        gate.open();
        parked.iter().for_each(|job| assert!(!job.cancel()));
        busy.unwrap().result().unwrap();
        assert_eq!(left.running.len(), 3, "{left}");
    }
}

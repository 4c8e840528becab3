//! Far more submissions than an executor can run: memory stays bounded, and every refusal counts.

use std::hint::black_box;

use executor::{GreenThreadPoolExecutor, Refusal, Shutdown, reject_when_reached, yield_now};
use greenstd::sync::Arc;
use greenstd::sync::atomic::{AtomicU64, Ordering};
use greenstd::thread;

use super::support::process::resident_bytes;
use super::support::{by_build, child, watched};

const BACKLOG: usize = 1000;
/// What each job holds.
const PAYLOAD_BYTES: usize = 1024;
/// What the backlog and the workers may take, and much less than the refused jobs would. The address sanitizer keeps up
/// to 256 MiB that were freed.
const MEMORY_BYTES: u64 = if cfg!(feature = "sanitizer") { 320 << 20 } else { 64 << 20 };

/// What became of a number of submissions.
#[derive(Default)]
struct Tally {
    accepted: u64,
    refused: u64,
    most_queued: u64,
    most_resident: u64,
}

/// Submits `count` jobs, whether there is room or not.
fn submit_all(pool: &executor::ExecutorHandle, count: u64, sum: &Arc<AtomicU64>) -> Tally {
    let mut tally = Tally::default();
    for number in 0..count {
        let (payload, sum) = ([number as u8; PAYLOAD_BYTES], sum.clone());
        let job = move || {
            yield_now();
            sum.fetch_add(u64::from(black_box(&payload)[7]), Ordering::Relaxed);
            yield_now();
        };
        match pool.submit(job) {
            Ok(future) => {
                drop(future);
                tally.accepted += 1;
            }
            Err(refused) => {
                assert_eq!(refused.reason(), Refusal::Rejected);
                tally.refused += 1;
            }
        }
        if number % 4096 == 0 {
            tally.most_queued = tally.most_queued.max(pool.queue_size());
            tally.most_resident = tally.most_resident.max(resident_bytes());
        }
    }
    tally
}

#[test]
fn ten_million_submissions_against_a_slow_consumer_stay_within_their_memory() {
    const THIS: &str = "acceptance::overload::\
        ten_million_submissions_against_a_slow_consumer_stay_within_their_memory";
    // A process of its own, as other tests use memory too.
    let ended = child::run(THIS, || {
        let count: u64 = by_build(300_000, 10_000_000);
        let pool = watched(
            GreenThreadPoolExecutor::builder()
                .max_workers(2)
                .carriers(1)
                .check_and_reject(reject_when_reached(BACKLOG)),
        );
        let sum = Arc::new(AtomicU64::new(0));
        pool.submit(|| ()).unwrap().result().unwrap();
        let before = resident_bytes();
        let submitters = [0, 1].map(|_| {
            let (handle, sum) = (pool.handle(), sum.clone());
            thread::spawn(move || submit_all(&handle, count / 2, &sum))
        });
        let tallies = submitters.map(|submitter| submitter.join().unwrap());
        pool.shutdown(Shutdown::wait()).unwrap();

        let total = |part: fn(&Tally) -> u64| tallies.iter().map(part).sum::<u64>();
        let (accepted, refused) = (total(|tally| tally.accepted), total(|tally| tally.refused));
        assert_eq!(accepted + refused, count);
        assert!(refused > 0 && accepted > BACKLOG as u64, "{accepted} accepted");
        let statistics = pool.statistics();
        assert_eq!((statistics.submitted(), statistics.rejected()), (accepted + 1, refused));
        assert_eq!((statistics.executed(), statistics.failures()), (accepted + 1, 0));
        for tally in &tallies {
            // A submitter sees a job that is about to start as queued still.
            assert!(tally.most_queued <= BACKLOG as u64 + 2, "{} queued", tally.most_queued);
            let growth = tally.most_resident.saturating_sub(before);
            assert!(growth < MEMORY_BYTES, "{growth} bytes more than before");
        }
        println!("{accepted} accepted, {refused} refused");
    });
    ended.assert_done();
}

#[test]
fn producers_that_wait_for_room_stay_within_their_memory_and_lose_nothing() {
    const THIS: &str = "acceptance::overload::\
        producers_that_wait_for_room_stay_within_their_memory_and_lose_nothing";
    let ended = child::run(THIS, || {
        let count: u64 = by_build(40_000, 400_000);
        let pool = watched(
            GreenThreadPoolExecutor::builder()
                .max_workers(8)
                .carriers(2)
                .check_and_reject(reject_when_reached(BACKLOG)),
        );
        let ran = Arc::new(AtomicU64::new(0));
        let before = resident_bytes();
        let producers = [0, 1, 2, 3].map(|_| {
            let (handle, ran) = (pool.handle(), ran.clone());
            thread::spawn(move || {
                let mut most_resident = 0;
                for number in 0..count / 4 {
                    let (payload, ran) = ([number as u8; PAYLOAD_BYTES], ran.clone());
                    let job = move || {
                        black_box(&payload);
                        ran.fetch_add(1, Ordering::Relaxed);
                    };
                    drop(handle.submit_wait(job).unwrap());
                    if number % 4096 == 0 {
                        most_resident = resident_bytes().max(most_resident);
                    }
                }
                most_resident
            })
        });
        for most_resident in producers.map(|producer| producer.join().unwrap()) {
            let growth = most_resident.saturating_sub(before);
            assert!(growth < MEMORY_BYTES, "{growth} bytes more than before");
        }
        pool.shutdown(Shutdown::wait()).unwrap();
        assert_eq!(ran.load(Ordering::Relaxed), count);
        assert_eq!((pool.statistics().executed(), pool.statistics().rejected()), (count, 0));
    });
    ended.assert_done();
}

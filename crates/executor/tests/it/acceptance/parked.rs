//! Many parked jobs, and what each costs.

use executor::{GreenThreadPoolExecutor, Shutdown, park};
use greenctx::Thread;
use greenstd::sync::{Arc, Mutex};

use super::support::process::{page_bytes, resident_bytes};
use super::support::{child, detach, eventually, watched};

const JOBS: usize = 100_000;

/// What a parked job may take in a release build beside the one page of its stack, whose size is the
/// kernel's.
const BYTES_BESIDE_STACK: u64 = 1900;

#[test]
fn a_hundred_thousand_parked_jobs_take_a_few_kilobytes_each() {
    const THIS: &str =
        "acceptance::parked::a_hundred_thousand_parked_jobs_take_a_few_kilobytes_each";
    let ended = child::run(THIS, || {
        let builder = GreenThreadPoolExecutor::builder().max_workers(JOBS).carriers(2);
        let pool = watched(builder.stack_size(64 * 1024));
        let parked: Arc<Mutex<Vec<Thread>>> = Arc::default();
        let before = resident_bytes();
        for _ in 0..JOBS {
            let parked = parked.clone();
            detach(&pool, move || {
                parked.lock().push(greenctx::current());
                park().unwrap();
            });
        }
        eventually(|| pool.statistics().parked() == JOBS as u64);
        let each = resident_bytes().saturating_sub(before) / JOBS as u64;
        println!("{JOBS} parked jobs take {each} bytes each");
        assert_eq!((pool.num_workers(), pool.queue_size()), (JOBS, 0));
        // Frames are larger without optimisation: the first page of the stack does not do.
        let most = page_bytes() + BYTES_BESIDE_STACK;
        assert!(cfg!(debug_assertions) || each <= most, "{each} bytes each");
        std::mem::take(&mut *parked.lock()).iter().for_each(Thread::unpark);
        pool.shutdown(Shutdown::wait()).unwrap();
        assert_eq!(pool.statistics().executed(), JOBS as u64);
    });
    ended.assert_done();
    let stdout = ended.stdout();
    let cost = stdout.lines().find(|line| line.contains("bytes each"));
    println!("{}", cost.expect("the child has printed it"));
}

//! Kernels that are old, and containers that answer a call they do not know with an error: `membarrier` is refused by a
//! filter of system calls, in a child process.

use executor::GreenThreadPoolExecutor;
use greenstd::thread;
use testkit::{Watchdog, child, refuse_system_call};

const SUBMITTERS: u64 = 4;
const JOBS: u64 = 3_000;
const LEAVES: u64 = 4_096;

/// How many leaves a tree of joins has, each half of which a sibling may steal.
fn leaves(of: u64) -> u64 {
    if of == 1 {
        return 1;
    }
    let (left, right) = executor::join(|| leaves(of / 2), || leaves(of - of / 2));
    left + right
}

/// Submitters and carriers that fight for the locks of the backlog, and children that are stolen.
fn use_a_pool() {
    let _watchdog = Watchdog::start(|| "jobs without membarrier".to_owned());
    let pool = GreenThreadPoolExecutor::builder().carriers(3).build().unwrap();
    let submitters: Vec<_> = (0..SUBMITTERS)
        .map(|_| {
            let pool = pool.handle();
            thread::spawn(move || {
                let submit = |number| pool.submit(move || number).unwrap();
                let futures: Vec<_> = (0..JOBS).map(submit).collect();
                futures.into_iter().map(|future| future.result().unwrap()).sum::<u64>()
            })
        })
        .collect();
    let sums: u64 = submitters.into_iter().map(|submitter| submitter.join().unwrap()).sum();
    assert_eq!(sums, SUBMITTERS * JOBS * (JOBS - 1) / 2);
    assert_eq!(pool.submit(|| leaves(LEAVES)).unwrap().result().unwrap(), LEAVES);
}

#[test]
fn where_the_kernel_has_no_membarrier_jobs_run_all_the_same() {
    const THIS: &str =
        "acceptance::old_kernels::where_the_kernel_has_no_membarrier_jobs_run_all_the_same";
    if child::case().is_none() {
        return child::succeeds(THIS, "refused");
    }
    refuse_system_call(libc::SYS_membarrier, libc::ENOSYS);
    assert!(!greenstd::fence::is_light_enough());
    use_a_pool();
}

#[test]
fn where_membarrier_is_forbidden_later_jobs_run_all_the_same() {
    const THIS: &str =
        "acceptance::old_kernels::where_membarrier_is_forbidden_later_jobs_run_all_the_same";
    if child::case().is_none() {
        return child::succeeds(THIS, "refused later");
    }
    use_a_pool();
    assert!(greenstd::fence::is_light_enough());
    refuse_system_call(libc::SYS_membarrier, libc::EPERM);
    use_a_pool();
}

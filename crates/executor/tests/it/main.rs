//! smoke
use executor::*;
use std::time::Duration;
#[test]
fn smoke() {
    for carriers in [1, 2, 4] {
        let pool =
            GreenThreadPoolExecutor::builder().max_workers(10).carriers(carriers).build().unwrap();
        let futures: Vec<_> = (0..10_000u64).map(|n| pool.submit(move || n).unwrap()).collect();
        let sum: u64 = futures.into_iter().map(|f| f.result().unwrap()).sum();
        assert_eq!(sum, 49_995_000);
        let h = pool.handle();
        let f = pool
            .submit(move || {
                let fs: Vec<_> = (0..1000u64).map(|n| h.submit(move || n).unwrap()).collect();
                fs.into_iter().map(|f| f.result().unwrap()).sum::<u64>()
            })
            .unwrap();
        assert_eq!(f.result().unwrap(), 499_500);
        let fs: Vec<_> =
            (0..100).map(|_| pool.submit(|| sleep(Duration::from_millis(3))).unwrap()).collect();
        for f in fs {
            f.result().unwrap().unwrap();
        }
        println!("{}", pool.statistics());
        pool.shutdown(Shutdown::wait()).unwrap();
    }
}
fn tree(h: &ExecutorHandle, depth: u32) -> u64 {
    if depth == 0 {
        return 1;
    }
    let fs: Vec<_> = (0..10)
        .map(|_| {
            let h2 = h.clone();
            h.submit(move || tree(&h2, depth - 1)).unwrap()
        })
        .collect();
    fs.into_iter().map(|f| f.result().unwrap()).sum()
}
#[test]
fn skynet() {
    for max in [1, 1000] {
        let pool = GreenThreadPoolExecutor::builder().max_workers(max).carriers(2).build().unwrap();
        let h = pool.handle();
        let t = std::time::Instant::now();
        assert_eq!(pool.submit(move || tree(&h, 6)).unwrap().result().unwrap(), 1_000_000);
        println!("skynet {max}: {:?}", t.elapsed());
    }
}
fn chain(h: &ExecutorHandle, depth: u32) -> u64 {
    if depth == 0 {
        return 0;
    }
    let h2 = h.clone();
    h.submit(move || chain(&h2, depth - 1)).unwrap().result().unwrap() + 1
}
#[test]
fn deep() {
    let pool = GreenThreadPoolExecutor::builder().max_workers(1).carriers(1).build().unwrap();
    let h = pool.handle();
    let t = std::time::Instant::now();
    assert_eq!(pool.submit(move || chain(&h, 100_000)).unwrap().result().unwrap(), 100_000);
    println!("deep: {:?} {:?}", t.elapsed(), pool.statistics().stack_high_water_bytes());
}

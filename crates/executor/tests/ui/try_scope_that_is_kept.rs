//! Nothing can be submitted to a scope that has ended.

fn main() {
    let pool = executor::GreenThreadPoolExecutor::builder().build().unwrap();
    let kept = pool.try_scope::<(), _, _>(|scope| scope).unwrap();
    let _ = kept.submit(|| Ok(()));
}

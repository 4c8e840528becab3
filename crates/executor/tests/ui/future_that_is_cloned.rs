//! A future owns its result, which not everybody can have; `shared` is for that.

fn main() {
    let pool = executor::GreenThreadPoolExecutor::builder().build().unwrap();
    let future = pool.submit(|| 1).unwrap();
    let again = future.clone();
    assert_eq!(future.result().unwrap(), again.result().unwrap());
}

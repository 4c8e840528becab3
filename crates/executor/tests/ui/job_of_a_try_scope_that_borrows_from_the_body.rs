//! The body ends before its members do.

fn main() {
    let pool = executor::GreenThreadPoolExecutor::builder().build().unwrap();
    let _ = pool.try_scope::<(), _, _>(|scope| {
        let local = 1;
        let _ = scope.submit(|| {
            println!("{local}");
            Ok(())
        });
    });
}

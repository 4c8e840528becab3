//! What the compiler must refuse (each file of `tests/ui`, with the error beside it), and what it must
//! not.

use std::cell::Cell;

use executor::{
    AsCompleted, BuildError, ExecutorHandle, GreenFuture, GreenThreadPoolExecutor, JobBuilder, Map,
    MapBuffered, MapUnordered, SharedFuture, ShutdownError, SubmitError, TaskError, TaskHandle,
};

#[test]
fn what_would_be_unsound_or_wrong_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

#[test]
fn what_belongs_to_nobody_may_go_anywhere() {
    // That these lines compile is the test.
    fn is_send<T: Send>() {}
    fn is_send_and_sync<T: Send + Sync>() {}
    is_send_and_sync::<GreenThreadPoolExecutor>();
    is_send_and_sync::<ExecutorHandle>();
    is_send_and_sync::<TaskHandle>();
    is_send_and_sync::<JobBuilder<'_>>();
    is_send_and_sync::<BuildError>();
    is_send_and_sync::<ShutdownError>();
    // A result need not be shareable to be waited for elsewhere.
    is_send::<GreenFuture<Cell<u8>>>();
    is_send::<AsCompleted<GreenFuture<Cell<u8>>>>();
    is_send_and_sync::<SharedFuture<u8, String>>();
    is_send::<Map<Cell<u8>>>();
    type Inputs = std::ops::Range<u8>;
    is_send::<MapBuffered<Inputs, Cell<u8>>>();
    is_send::<MapUnordered<Inputs, Cell<u8>>>();
    // As errors go: with `?`, into a box, across threads.
    is_send_and_sync::<TaskError>();
    is_send_and_sync::<TaskError<String>>();
    is_send_and_sync::<SubmitError<Box<dyn FnOnce() + Send>>>();
}

#[test]
fn errors_fit_into_a_box_and_say_what_they_mean() {
    fn run() -> Result<u32, Box<dyn std::error::Error + Send + Sync>> {
        let pool = GreenThreadPoolExecutor::builder().carriers(1).build()?;
        let future = pool.submit(|| 1_u32).map_err(SubmitError::without_job)?;
        let shared = pool.map(0..3_u32, |n| n)?.collect::<Result<Vec<_>, _>>()?;
        let result = future.result()? + shared[2];
        pool.shutdown(executor::Shutdown::wait())?;
        Ok(result + pool.submit(|| 5).map_err(SubmitError::without_job)?.result()?)
    }
    let error = run().unwrap_err();
    assert_eq!(error.to_string(), "the executor was shut down and accepts no more jobs");
}

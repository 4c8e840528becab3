//! Saying in which job a panic is, before it is reported as usual.

use std::io::Write as _;
use std::panic;

use greenstd::sync::OnceLock;

use crate::hosts;

/// Announces from now on each panic in a job on standard error, by the job's name and the place of its
/// submission. Then the panic hook that is there now reports it:
///
/// ```text
/// in the job resize (src/main.rs:17):
/// thread 'green-0' panicked at src/image.rs:45:9:
/// ```
///
/// Without this, the report names the carrier's OS thread, on which many jobs run. It is a matter of the
/// whole process, so it is left to the program. Call it after other hooks were set: one that is set later
/// takes its place, unless it calls the hook before it. Doing it again does nothing.
///
/// The name is in [`TaskError::Panicked`](crate::TaskError::Panicked) in any case.
///
/// ```
/// executor::name_jobs_in_panics();
/// let pool = executor::GreenThreadPoolExecutor::builder().carriers(1).build()?;
/// let job = pool.job().name("resize").submit(|| panic!("no such image"))?;
/// let error = job.result().unwrap_err().to_string();
/// assert!(error.starts_with("the job panicked: no such image (resize, submitted at "));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
/// If the calling thread is panicking, as all that sets a panic hook.
pub fn name_jobs_in_panics() {
    static SET: OnceLock<()> = OnceLock::new();
    SET.get_or_init(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            announce();
            report(panic);
        }));
    });
}

fn announce() {
    let mut line = String::from("in the job ");
    // A job that runs where it was submitted may do so within another one.
    let is_named = hosts::roll::write_name_here(&mut line)
        || greenctx::with_identity(|job| job.is_some_and(|job| job.write_name(&mut line).is_ok()));
    if is_named {
        line.push_str(":\n");
        // In one piece, as others write there too. Whoever has closed standard error does not want to know.
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
}

//! Tests on carriers, and on plain OS threads.

use greenctx::Carrier;
use greenstd::thread::{self, JoinHandle};

use crate::Watchdog;

/// Runs `main` on a carrier with the default settings, under a watchdog.
#[track_caller]
pub fn on_carrier<T: 'static>(main: impl FnOnce() -> T + 'static) -> T {
    run_on(Carrier::new().expect("the settings are good"), main)
}

/// Runs `main` on a carrier that was made before, under a watchdog.
#[track_caller]
pub fn run_on<T: 'static>(carrier: Carrier, main: impl FnOnce() -> T + 'static) -> T {
    let watchdog = Watchdog::over(carrier.handle());
    let failure = watchdog.failure();
    let main = move || {
        greenstd::panics::contain(main).unwrap_or_else(|payload| {
            failure.tell(greenstd::panics::message(&*payload));
            std::panic::resume_unwind(payload)
        })
    };
    carrier.run(main).expect("there is a stack for main")
}

/// Runs `main` on a carrier of an OS thread of its own.
#[track_caller]
pub fn on_another_carrier<T: Send + 'static>(
    main: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    let carrier = move || Carrier::new().expect("the settings are good");
    thread::spawn(move || carrier().run(main).expect("there is a stack for main"))
}

/// Runs `main` on a plain OS thread, under a watchdog.
///
/// # Panics
/// With the panic of `main`.
#[track_caller]
pub fn on_plain_thread<T: Send + 'static>(main: impl FnOnce() -> T + Send + 'static) -> T {
    let _watchdog = Watchdog::start(|| String::from("a plain thread"));
    match thread::spawn(main).join() {
        Ok(value) => value,
        Err(payload) => std::panic::resume_unwind(payload),
    }
}

/// Makes two tests of each function: one on a green thread, in the module `green`, and one on a plain OS thread, in
/// `plain`.
#[macro_export]
macro_rules! on_both {
    ($($row:ident),* $(,)?) => {
        mod green {
            $(#[test] fn $row() { $crate::on_carrier(super::$row); })*
        }
        mod plain {
            $(#[test] fn $row() { $crate::on_plain_thread(super::$row); })*
        }
    };
}

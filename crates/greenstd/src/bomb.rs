//! A guard for regions in which a panic would break memory safety or lose somebody's job.

/// Aborts the process if it is dropped by an unwinding panic.
///
/// Arm it before a region in which no foreign code should be able to panic, and [`disarm`] it
/// after. A panic that slips through ends the process with a message instead of leaving a carrier
/// dead and its jobs hanging.
///
/// [`disarm`]: Bomb::disarm
#[derive(Debug)]
#[must_use = "a bomb protects only while it lives"]
pub struct Bomb {
    region: &'static str,
}

impl Bomb {
    /// Arms the guard; `region` says in the message what was interrupted.
    pub fn arm(region: &'static str) -> Self {
        Bomb { region }
    }

    /// Ends the protected region.
    pub fn disarm(self) {
        std::mem::forget(self);
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        // The checkers unwind model threads on purpose when a schedule fails.
        if std::thread::panicking() && !cfg!(any(green_loom, green_shuttle)) {
            eprintln!("greenpool: a panic escaped into {}; aborting", self.region);
            std::process::abort();
        }
    }
}

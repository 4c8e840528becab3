//! The wait of a parent for children that run elsewhere.

use greenctx::Waiting;
use greenstd::bomb::Bomb;
use greenstd::step;
use greenstd::sync::Arc;
use greenstd::thread;

use super::latch::Latch;
use crate::pool::Pool;
use crate::task::Place;
use crate::waiting::waiter::Waiter;

/// How often a parent looks whether its children have ended, before it waits.
const LOOKS: u32 = if cfg!(any(green_loom, green_shuttle)) { 0 } else { 32 };

/// Waits until all children have ended, cancelled or not. If the parent is cancelled, its children are woken, by
/// `places`, which calls its argument with the place of each.
#[cold]
pub(super) fn for_children(pool: &Arc<Pool>, latch: &Latch, places: impl Fn(&dyn Fn(Place))) {
    for _ in 0..LOOKS {
        if latch.is_open() {
            return;
        }
        thread::spin_loop();
    }
    let bomb = Bomb::arm("the wait for a forked child");
    let waiter = Waiter::for_tasks_of(pool.id());
    latch.leave_waker(waiter.waker().clone());
    let look = || {
        if latch.is_open() {
            return Some(());
        }
        if is_job_cancelled() {
            step::FORK_WAKE_FENCE.fence(); // fork-wake-fence
            places(&|place| pool.nudge(place)); // fork-wake
        }
        None
    };
    // Shielded: the children use the frames of the parent.
    while greenctx::shield(|| waiter.wait(Waiting::on("forked children"), None, look)).is_err() {}
    bomb.disarm();
}

/// *fork-cancelled*, also inside a shield.
fn is_job_cancelled() -> bool {
    greenctx::with_identity(|job| job.is_some_and(greenctx::Identity::is_cancelled))
}

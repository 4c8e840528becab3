//! The two fences of a push and a look (*fork-push-fence* and *fork-look-fence* in the module above).

use std::sync::atomic::compiler_fence;

use greenstd::atomic::{Ordering, fence};
use greenstd::step;
use greenstd::sync::OnceLock;
use rustix::thread::{MembarrierCommand, membarrier};

/// Whether the process has `membarrier`.
static HAS_MEMBARRIER: OnceLock<bool> = OnceLock::new();

/// Looks, and announces to the system, that heavy fences will come. The first call in a process may take some
/// milliseconds.
pub(super) fn prepare() {
    has_membarrier();
}

/// Whether [`light`] is *fork-push-fence*. If not, it takes a full one.
pub(super) fn is_light_enough() -> bool {
    cfg!(any(green_loom, green_shuttle)) || has_membarrier()
}

/// *fork-push-fence*, for the compiler alone.
#[inline(always)]
pub(super) fn light() {
    if cfg!(any(green_loom, green_shuttle)) {
        step::FORK_PUSH_FENCE.fence();
    } else {
        compiler_fence(Ordering::SeqCst);
    }
}

/// *fork-look-fence*.
pub(super) fn heavy() {
    if cfg!(any(green_loom, green_shuttle)) {
        return step::FORK_LOOK_FENCE.fence();
    }
    // Once registered, the call does not fail. Should a filter of system calls be installed after that, a thief
    // might miss a child, which its parent then runs.
    if !has_membarrier() || membarrier(MembarrierCommand::PrivateExpedited).is_err() {
        fence(Ordering::SeqCst);
    }
}

fn has_membarrier() -> bool {
    // An emulator may say yes and do nothing, but its threads are those of the host.
    *HAS_MEMBARRIER.get_or_init(|| {
        !cfg!(any(green_loom, green_shuttle))
            && membarrier(MembarrierCommand::RegisterPrivateExpedited).is_ok()
    })
}

//! A pair of fences: a light one, which costs nothing, and a heavy one, which makes up for it.
//!
//! Take two threads. Each writes a word, and then reads the word of the other. At least one of them must see what the
//! other wrote. So each fences in between. If one of the two comes by far more often than the other, that one takes the
//! light fence: it keeps the compiler from changing the order, and no more. The rare one takes the heavy fence. That is
//! `membarrier`, by which every thread of the process goes through a full fence. It takes a microsecond or some.
//!
//! The pair is then ordered as two full fences are. The heavy one comes at some moment of the other thread. It is as if
//! that thread had fenced there: before its own light fence, or after it.
//!
//! Where the system has no `membarrier`, the light fence is not enough, and that never changes. A caller may ask first
//! ([`is_light_enough`]), and take two full fences there. Or the rare thread sees that [`heavy`] has failed, and looks
//! again by itself after a while. In a model, both are full fences, and each is a step that can be taken away.
//!
//! The idea is that of
//! [asymmetric fences](https://www.open-std.org/jtc1/sc22/wg21/docs/papers/2022/p1202r5.pdf), here by
//! [`membarrier(2)`](https://man7.org/linux/man-pages/man2/membarrier.2.html).

use rustix::thread::{MembarrierCommand, membarrier};

use crate::atomic::{Ordering, compiler_fence, fence};
use crate::step::Step;
use crate::sync::OnceLock;

/// Whether the process has `membarrier`.
static HAS_MEMBARRIER: OnceLock<bool> = OnceLock::new();

/// Whether [`light`] is enough beside [`heavy`].
///
/// The first call in a process announces to the system that heavy fences will come, which may take some milliseconds.
pub fn is_light_enough() -> bool {
    // An emulator may say yes and do nothing, but its threads are those of the host.
    cfg!(any(green_loom, green_shuttle))
        || *HAS_MEMBARRIER
            .get_or_init(|| membarrier(MembarrierCommand::RegisterPrivateExpedited).is_ok())
}

/// The light fence: for the compiler alone.
#[inline(always)]
pub fn light(step: Step) {
    if cfg!(any(green_loom, green_shuttle)) {
        step.fence();
    } else {
        compiler_fence(Ordering::SeqCst);
    }
}

/// The heavy fence. `false` if it was a full fence of this thread alone, which the light one is no match for.
///
/// Where [`is_light_enough`] says yes, it does not fail, unless a filter of system calls is installed after that.
pub fn heavy(step: Step) -> bool {
    if cfg!(any(green_loom, green_shuttle)) {
        step.fence();
        return true;
    }
    let is_done = is_light_enough() && membarrier(MembarrierCommand::PrivateExpedited).is_ok();
    if !is_done {
        fence(Ordering::SeqCst);
    }
    is_done
}

//! The few system calls that the tests need. The only unsafe code among them.
#![allow(unsafe_code, reason = "setrlimit and wakers of one's own have no safe wrapper")]

use std::mem::ManuallyDrop;
use std::task::{RawWaker, RawWakerVTable, Waker};

use greenstd::sync::Arc;

/// Limits the address space of this process to `bytes`.
pub(crate) fn limit_address_space(bytes: u64) {
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: setrlimit reads the structure that is passed to it, and nothing else.
    let done = unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) };
    assert_eq!(done, 0, "setrlimit: {}", std::io::Error::last_os_error());
}

/// A waker that calls `clone` whenever it is cloned, and does nothing when it wakes.
pub(crate) fn waker_that_is_cloned_by(clone: Box<dyn Fn() + Send + Sync>) -> Waker {
    type Data = Box<dyn Fn() + Send + Sync>;
    static VTABLE: RawWakerVTable = RawWakerVTable::new(
        |data| {
            // SAFETY: as in all of these, the data is a reference count that the waker holds, of this type.
            let data = unsafe { ManuallyDrop::new(Arc::from_raw(data.cast::<Data>())) };
            data();
            RawWaker::new(Arc::into_raw(Arc::clone(&data)).cast(), &VTABLE)
        },
        // SAFETY: as above.
        |data| drop(unsafe { Arc::from_raw(data.cast::<Data>()) }),
        |_| {},
        // SAFETY: as above.
        |data| drop(unsafe { Arc::from_raw(data.cast::<Data>()) }),
    );
    let data = Arc::into_raw(Arc::new(clone)).cast();
    // SAFETY: the functions keep the contract: the data may be used on any thread, and each waker gives back
    // the one count that it holds.
    unsafe { Waker::from_raw(RawWaker::new(data, &VTABLE)) }
}

//! What may be sent and shared.

use std::cell::Cell;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;

use greensync::{
    Barrier, Condvar, Event, LazyLock, Mutex, MutexGuard, OnceCell, OwnedPermit, Permit, RwLock,
    RwLockReadGuard, RwLockWriteGuard, Semaphore, WaitGroup,
};

/// Two ways to be called for what is `Send`, so that the call is ambiguous and does not compile; one
/// for what is not.
trait NotSend<Way> {
    fn holds() {}
}
impl<T: ?Sized> NotSend<()> for T {}
impl<T: ?Sized + Send> NotSend<u8> for T {}

/// The same for `Sync`.
trait NotSync<Way> {
    fn holds() {}
}
impl<T: ?Sized> NotSync<()> for T {}
impl<T: ?Sized + Sync> NotSync<u8> for T {}

fn is_send_and_sync<T: ?Sized + Send + Sync>() {}
fn is_unwind_safe<T: ?Sized + UnwindSafe + RefUnwindSafe>() {}

// That the lines compile is the test.
#[test]
fn what_is_for_all_threads_is_send_and_sync() {
    is_send_and_sync::<Mutex<Cell<u8>>>();
    is_send_and_sync::<RwLock<[u8]>>();
    is_send_and_sync::<Semaphore>();
    is_send_and_sync::<Permit<'_>>();
    is_send_and_sync::<OwnedPermit>();
    is_send_and_sync::<(Condvar, Barrier, Event, WaitGroup)>();
    is_send_and_sync::<OnceCell<u8>>();
    is_send_and_sync::<LazyLock<u8>>();
    is_unwind_safe::<Mutex<Cell<u8>>>();
    is_unwind_safe::<RwLock<Cell<u8>>>();
    is_unwind_safe::<(Semaphore, Condvar, Barrier, Event, WaitGroup)>();
}

#[test]
fn guards_stay_with_their_thread_and_locks_are_no_better_than_their_value() {
    <MutexGuard<'_, u8> as NotSend<_>>::holds();
    <RwLockReadGuard<'_, u8> as NotSend<_>>::holds();
    <RwLockWriteGuard<'_, u8> as NotSend<_>>::holds();
    <MutexGuard<'_, Cell<u8>> as NotSync<_>>::holds();
    <RwLockWriteGuard<'_, Cell<u8>> as NotSync<_>>::holds();
    <Mutex<Rc<u8>> as NotSend<_>>::holds();
    <Mutex<Rc<u8>> as NotSync<_>>::holds();
    <RwLock<Cell<u8>> as NotSync<_>>::holds();
    <RwLock<Rc<u8>> as NotSend<_>>::holds();
    <OnceCell<Cell<u8>> as NotSync<_>>::holds();
    <LazyLock<u8, Rc<u8>> as NotSync<_>>::holds();
}

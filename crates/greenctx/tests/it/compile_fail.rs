//! What the compiler must refuse: each file of `tests/ui` with the error beside it.

use std::rc::Rc;

use greenctx::{Carrier, CarrierHandle, JoinHandle, StackPool, Thread};

#[test]
fn what_would_be_unsound_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

/// Two ways to be called for what is `Send`, so that the call is ambiguous and does not compile; one
/// for what is not.
trait NotSend<Way> {
    fn holds() {}
}
impl<T: ?Sized> NotSend<()> for T {}
impl<T: ?Sized + Send> NotSend<u8> for T {}

#[test]
fn what_belongs_to_one_os_thread_is_not_send_and_what_is_for_all_is() {
    // That these lines compile is the test.
    <Carrier as NotSend<_>>::holds();
    <JoinHandle<Rc<u8>> as NotSend<_>>::holds();

    fn is_send_and_sync<T: Send + Sync>() {}
    is_send_and_sync::<Thread>();
    is_send_and_sync::<CarrierHandle>();
    is_send_and_sync::<StackPool>();
    is_send_and_sync::<JoinHandle<Vec<u8>>>();
}

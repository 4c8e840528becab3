//! Green-locals: what thread-locals are to OS threads.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::mem::ManuallyDrop;
use std::rc::Rc;

use greenstd::panics;

use crate::{context, thread};

/// Declares green-locals: every green thread (and every job that an executor runs on one) has values
/// of its own, made on first use and dropped when the thread or job ends. On a plain OS thread they
/// behave like thread-locals.
///
/// ```
/// use std::cell::Cell;
/// use greenctx::{Carrier, green_local, spawn};
///
/// green_local! {
///     /// How often this green thread has been asked.
///     static ASKED: Cell<u32> = Cell::new(0);
/// }
///
/// fn ask() -> u32 {
///     ASKED.with(|asked| {
///         asked.set(asked.get() + 1);
///         asked.get()
///     })
/// }
///
/// Carrier::new()?.run(|| {
///     assert_eq!((ask(), ask()), (1, 2));
///     assert_eq!(spawn(ask).join().unwrap(), 1);
/// })?;
/// # Ok::<(), greenctx::StackError>(())
/// ```
#[macro_export]
macro_rules! green_local {
    ($($(#[$attr:meta])* $vis:vis static $name:ident: $t:ty = $init:expr);* $(;)?) => {
        $(
            $(#[$attr])*
            $vis static $name: $crate::GreenLocal<$t> = {
                fn init() -> $t {
                    $init
                }
                $crate::GreenLocal::new(init)
            };
        )*
    };
}

/// A value that every green thread has for itself; made by [`green_local!`].
pub struct GreenLocal<T: 'static> {
    init: fn() -> T,
    /// Gives the static an address of its own, whatever the size of the rest.
    _address: u8,
}

/// The green-locals of one green thread, in the order of their making.
///
/// Thin, as a thread has them seldom, and they are exchanged for every job.
#[derive(Default)]
pub(crate) struct Locals {
    #[expect(clippy::box_collection, reason = "to be thin")]
    values: Option<Box<Vec<(Key, Value)>>>,
}

/// The address of the static.
type Key = usize;

type Value = Rc<dyn Any>;

impl<T: 'static> GreenLocal<T> {
    #[doc(hidden)]
    pub const fn new(init: fn() -> T) -> Self {
        GreenLocal { init, _address: 0 }
    }

    /// Calls `access` with the current thread's value, making it first if need be. `access` may
    /// park.
    ///
    /// # Panics
    /// With the panic of the initial value's expression, or of `access`.
    pub fn with<R>(&'static self, access: impl FnOnce(&T) -> R) -> R {
        let key = &raw const *self as Key;
        let value = match with_locals(|locals| locals.get(key)) {
            Some(value) => value,
            None => {
                see_to_the_end_of_the_os_thread();
                // Foreign code: it may use other green-locals, or even this one.
                let value: Value = Rc::new((self.init)());
                with_locals(|locals| locals.insert(key, value))
            }
        };
        let value = value.downcast_ref::<T>().expect("a key belongs to one green-local, of type T");
        access(value)
    }
}

impl<T: 'static> GreenLocal<Cell<T>> {
    /// Sets the current thread's value.
    pub fn set(&'static self, value: T) {
        self.with(|cell| cell.set(value));
    }

    /// The current thread's value.
    pub fn get(&'static self) -> T
    where
        T: Copy,
    {
        self.with(Cell::get)
    }
}

impl Locals {
    fn get(&self, key: Key) -> Option<Value> {
        let mut values = self.values.iter().flat_map(|values| values.iter());
        values.find(|(present, _)| *present == key).map(|(_, value)| value.clone())
    }

    /// Keeps the first value of a key, and returns the one that is kept.
    fn insert(&mut self, key: Key, value: Value) -> Value {
        if let Some(first) = self.get(key) {
            return first;
        }
        self.values.get_or_insert_default().push((key, value.clone()));
        value
    }

    /// The value made last.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<Value> {
        self.values.as_mut()?.pop().map(|(_, value)| value)
    }
}

greenstd::thread_local! {
    /// The values of the OS thread itself. It has no destructor, so it is still there when those of
    /// the values run, which may use it.
    static OS_LOCALS: RefCell<ManuallyDrop<Locals>> =
        const { RefCell::new(ManuallyDrop::new(Locals { values: None })) };

    /// Empties `OS_LOCALS` as the OS thread ends.
    static OS_THREAD_END: OsThreadEnd = const { OsThreadEnd };
}

struct OsThreadEnd;

impl Drop for OsThreadEnd {
    fn drop(&mut self) {
        drop_os_locals();
    }
}

/// Runs the destructors of the OS thread's own values, also of those that they make. Their panics
/// end here.
pub(crate) fn drop_os_locals() {
    // A checker's thread-locals are gone by then, with the thread's others.
    while let Ok(Some(value)) = OS_LOCALS.try_with(|locals| locals.borrow_mut().pop()) {
        panics::dispose(value);
    }
    drop(OS_LOCALS.try_with(RefCell::take).map(ManuallyDrop::into_inner));
}

/// On a plain OS thread: has [`drop_os_locals`] called in the end.
fn see_to_the_end_of_the_os_thread() {
    if context::current().is_none() {
        // Destructors may park. Thread-locals go in the reverse order of their making, so the thread's
        // handle outlives the values.
        thread::make_os_thread();
        // Past that end already, in the destructor of a thread-local: the value is never dropped.
        let _ = OS_THREAD_END.try_with(|_| ());
    }
}

fn with_locals<R>(access: impl FnOnce(&mut Locals) -> R) -> R {
    match context::current() {
        Some(control) => control.role.with(|role| access(&mut role.locals)),
        None => OS_LOCALS.with(|locals| access(&mut locals.borrow_mut())),
    }
}

impl<T> fmt::Debug for GreenLocal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GreenLocal")
    }
}

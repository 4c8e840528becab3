//! Green-locals: what thread-locals are to OS threads.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fmt;
use std::io;
use std::rc::Rc;

use greenstd::lasting::{Lasting, at_end};
use greenstd::panics;

use crate::context;

/// Declares green-locals: values that every green thread has for itself, as every OS thread has its
/// thread-locals. A job that an executor runs on a green thread has values of its own too.
///
/// A value is made on first use, and dropped when the thread or job ends. On a plain OS thread green-locals
/// behave like thread-locals.
///
/// The expression of the initial value may wait, and so may the code that uses the value: no sibling meets
/// it half made. (In a `thread_local!` of `std` neither is so; see the [rules](crate#soundness).) If the
/// expression asks for the value that it is making, the inner one is made, and stays.
///
/// When a thread or job ends, the value made last is dropped first. A destructor may use the other values. It
/// may also make those that were not there, which are then dropped too. A value that is dropped already
/// cannot be used any more, not even by its own destructor.
///
/// ```
/// use std::cell::Cell;
/// use greenctx::{Carrier, JoinError, green_local, spawn};
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
///     assert_eq!(spawn(ask).join()?, 1);
///     Ok::<_, JoinError>(())
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "thread_local")]
#[doc(alias = "task_local")]
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

/// A value that every green thread has for itself; declared by [`green_local!`].
///
/// ```
/// use greenctx::{GreenLocal, green_local};
/// use std::cell::RefCell;
///
/// green_local! {
///     static LOG: RefCell<Vec<String>> = RefCell::default();
/// }
///
/// fn log(line: &str, to: &'static GreenLocal<RefCell<Vec<String>>>) {
///     to.with(|lines| lines.borrow_mut().push(line.to_owned()));
/// }
///
/// log("begun", &LOG);
/// assert_eq!(LOG.with(|lines| lines.borrow().len()), 1);
/// ```
#[doc(alias = "LocalKey")]
pub struct GreenLocal<T: 'static> {
    init: fn() -> T,
    /// Gives the static an address of its own, whatever the size of the rest.
    _address: u8,
}

/// The green-locals of one green thread, in the order in which they were made.
///
/// One pointer, as few threads have any, and the whole is exchanged for every job.
#[derive(Default)]
pub(crate) struct Locals {
    kept: Option<Box<Kept>>,
}

#[derive(Default)]
struct Kept {
    values: Vec<(Key, Value)>,
    /// While the values are being dropped: the keys of those that are gone. They are not made anew, or two
    /// values whose destructors use each other would go on for ever.
    gone: Vec<Key>,
}

/// A green-local was used while its value was dropped, or after that.
///
/// ```
/// use greenctx::{AccessError, green_local};
///
/// struct Connection;
/// green_local! {
///     static CONNECTION: Connection = Connection;
/// }
///
/// /// For destructors, which may run after the connection is gone.
/// fn say_goodbye() -> Result<(), AccessError> {
///     CONNECTION.try_with(|_connection| ())
/// }
/// assert!(say_goodbye().is_ok());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessError {
    _private: (),
}

/// The address of the static.
type Key = usize;

type Value = Rc<dyn Any>;

impl<T: 'static> GreenLocal<T> {
    /// For [`green_local!`](crate::green_local) alone.
    ///
    /// ```
    /// greenctx::green_local! {
    ///     static ANSWER: u32 = 42; // calls it
    /// }
    /// assert_eq!(ANSWER.with(|answer| *answer), 42);
    /// ```
    #[doc(hidden)]
    pub const fn new(init: fn() -> T) -> Self {
        GreenLocal { init, _address: 0 }
    }

    /// Calls `access` with the current thread's value, and makes that first if need be. `access` may park.
    ///
    /// ```
    /// use greenctx::green_local;
    /// use std::cell::RefCell;
    ///
    /// green_local! {
    ///     static PATH: RefCell<Vec<&'static str>> = RefCell::new(vec!["root"]);
    /// }
    /// PATH.with(|path| path.borrow_mut().push("leaf"));
    /// assert_eq!(PATH.with(|path| path.borrow().join("/")), "root/leaf");
    /// ```
    ///
    /// # Panics
    /// With the panic of `access`, or of the expression of the initial value. Also if the value has been dropped,
    /// or is being dropped, because the thread or job ends; [`try_with`](Self::try_with) then returns an error.
    pub fn with<R>(&'static self, access: impl FnOnce(&T) -> R) -> R {
        match self.try_with(access) {
            Ok(result) => result,
            Err(error) => panic!("{error}"),
        }
    }

    /// As [`with`](Self::with), for destructors, in which the value may be gone.
    ///
    /// ```
    /// use greenctx::{green_local, spawn};
    /// use std::sync::atomic::{AtomicBool, Ordering};
    ///
    /// static WAS_GONE: AtomicBool = AtomicBool::new(false);
    ///
    /// struct Last;
    /// impl Drop for Last {
    ///     fn drop(&mut self) {
    ///         WAS_GONE.store(LAST.try_with(|_| ()).is_err(), Ordering::Relaxed);
    ///     }
    /// }
    /// green_local! {
    ///     static LAST: Last = Last;
    /// }
    ///
    /// spawn(|| LAST.with(|_| ())).join()?;
    /// assert!(WAS_GONE.load(Ordering::Relaxed));
    /// # Ok::<(), greenctx::JoinError>(())
    /// ```
    ///
    /// # Errors
    /// If the value has been dropped, or is being dropped, because the thread or job ends.
    ///
    /// # Panics
    /// With the panic of the initial value's expression, or of `access`.
    pub fn try_with<R>(&'static self, access: impl FnOnce(&T) -> R) -> Result<R, AccessError> {
        let key = &raw const *self as Key;
        let value = match with_locals(|locals| locals.get(key))? {
            Some(value) => value,
            None => {
                arm_os_locals_end();
                // Foreign code: it may use other green-locals, or even this one.
                let made: Value = Rc::new((self.init)());
                // If it has made this one too, ours is dropped here, outside of all that is borrowed.
                with_locals(|locals| locals.keep(key, &made))
            }
        };
        let value = value.downcast_ref::<T>().expect("a key belongs to one green-local, of type T");
        Ok(access(value))
    }
}

impl<T: 'static> GreenLocal<Cell<T>> {
    /// Sets the current thread's value.
    ///
    /// ```
    /// use greenctx::green_local;
    /// use std::cell::Cell;
    ///
    /// green_local! {
    ///     static LEVEL: Cell<u8> = Cell::new(0);
    /// }
    /// LEVEL.set(3);
    /// assert_eq!(LEVEL.get(), 3);
    /// ```
    ///
    /// # Panics
    /// As [`with`](Self::with).
    pub fn set(&'static self, value: T) {
        self.with(|cell| cell.set(value));
    }

    /// The current thread's value.
    ///
    /// ```
    /// use greenctx::green_local;
    /// use std::cell::Cell;
    ///
    /// green_local! {
    ///     static LEVEL: Cell<u8> = Cell::new(1);
    /// }
    /// assert_eq!(LEVEL.get(), 1);
    /// ```
    ///
    /// # Panics
    /// As [`with`](Self::with).
    pub fn get(&'static self) -> T
    where
        T: Copy,
    {
        self.with(Cell::get)
    }
}

impl Locals {
    fn get(&self, key: Key) -> Result<Option<Value>, AccessError> {
        let Some(kept) = &self.kept else { return Ok(None) };
        if kept.gone.contains(&key) {
            return Err(AccessError { _private: () });
        }
        let found = kept.values.iter().find(|(present, _)| *present == key);
        Ok(found.map(|(_, value)| value.clone()))
    }

    /// Keeps the first value of a key, and returns the one that is kept.
    fn keep(&mut self, key: Key, made: &Value) -> Value {
        let values = &mut self.kept.get_or_insert_default().values;
        if let Some((_, first)) = values.iter().find(|(present, _)| *present == key) {
            return first.clone();
        }
        values.push((key, made.clone()));
        made.clone()
    }

    /// Takes the value made last, to be dropped. It cannot be used from now on. When no value is left, all is as
    /// at first.
    pub(crate) fn pop(&mut self) -> Option<Value> {
        let kept = self.kept.as_mut()?;
        let Some((key, value)) = kept.values.pop() else {
            self.kept = None;
            return None;
        };
        kept.gone.push(key);
        Some(value)
    }
}

greenstd::thread_local! {
    /// The values of the OS thread itself. Their destructors may use it.
    static OS_LOCALS: Lasting<RefCell<Locals>> =
        const { Lasting::new(RefCell::new(Locals { kept: None })) };
}

at_end! {
    static OS_LOCALS_END = drop_os_locals;
}

/// Runs the destructors of the OS thread's own values, also of those that they make. Their panics
/// end here.
pub(crate) fn drop_os_locals() {
    // A checker's thread-locals are gone by then, with the thread's others.
    while let Ok(Some(value)) = OS_LOCALS.try_with(|locals| locals.borrow_mut().pop()) {
        panics::dispose(value);
    }
}

/// On a plain OS thread: has [`drop_os_locals`] called in the end.
fn arm_os_locals_end() {
    if context::current().is_none() {
        OS_LOCALS_END.arm();
    }
}

fn with_locals<R>(access: impl FnOnce(&mut Locals) -> R) -> R {
    match context::current() {
        Some(control) => control.role.present().with_locals(access),
        None => OS_LOCALS.with(|locals| access(&mut locals.borrow_mut())),
    }
}

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a green-local cannot be used during or after its destruction")
    }
}

impl Error for AccessError {}

impl From<AccessError> for io::Error {
    fn from(error: AccessError) -> Self {
        io::Error::other(error)
    }
}

impl<T> fmt::Debug for GreenLocal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GreenLocal")
    }
}

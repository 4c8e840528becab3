//! An `UnsafeCell` whose accesses the checkers can see.

#[cfg(green_loom)]
pub use loom::cell::UnsafeCell;

#[cfg(not(green_loom))]
pub use plain::UnsafeCell;

#[cfg(not(green_loom))]
mod plain {
    /// [`std::cell::UnsafeCell`] with access only through closures, as loom has it: an access then
    /// has a beginning and an end, and loom reports two that overlap.
    #[derive(Debug, Default)]
    #[repr(transparent)]
    pub struct UnsafeCell<T: ?Sized>(std::cell::UnsafeCell<T>);

    impl<T> UnsafeCell<T> {
        /// Wraps a value.
        pub const fn new(value: T) -> Self {
            Self(std::cell::UnsafeCell::new(value))
        }

        /// Gives the value back.
        pub fn into_inner(self) -> T {
            self.0.into_inner()
        }
    }

    impl<T: ?Sized> UnsafeCell<T> {
        /// Calls `access` with a pointer that it may read through, if the caller's protocol
        /// excludes writers meanwhile.
        #[inline(always)]
        pub fn with<R>(&self, access: impl FnOnce(*const T) -> R) -> R {
            access(self.0.get())
        }

        /// Calls `access` with a pointer that it may write through, if the caller's protocol
        /// excludes everybody else meanwhile.
        #[inline(always)]
        pub fn with_mut<R>(&self, access: impl FnOnce(*mut T) -> R) -> R {
            access(self.0.get())
        }
    }
}

//! The atomics, and the fence.
//!
//! Thin types of our own, so that the lint which bans the ones of `std` elsewhere can tell them
//! apart. In loom models, Dekker-style re-checks want `fence(SeqCst)`: loom treats sequentially
//! consistent accesses as acquire-release.

#[cfg(green_loom)]
use loom::sync::atomic as imp;
#[cfg(green_shuttle)]
use shuttle::sync::atomic as imp;
#[cfg(not(any(green_loom, green_shuttle)))]
use std::sync::atomic as imp;

pub use imp::{Ordering, fence};
/// Between what the interrupted code does and what a signal handler sees of it.
pub use std::sync::atomic::compiler_fence;

/// What every atomic can do; see the methods of the same names.
///
/// ```
/// use greenstd::atomic::{Atomic, AtomicU32, Ordering};
///
/// fn reset<A: Atomic>(atomic: &A) -> A::Value
/// where
///     A::Value: Default,
/// {
///     atomic.swap(A::Value::default(), Ordering::AcqRel)
/// }
///
/// let number = AtomicU32::new(7);
/// assert_eq!(reset(&number), 7);
/// assert_eq!(number.load(Ordering::Relaxed), 0);
/// ```
#[expect(missing_docs, reason = "each method is explained at the types")]
pub trait Atomic {
    type Value: Copy + PartialEq;

    fn load(&self, order: Ordering) -> Self::Value;

    fn store(&self, value: Self::Value, order: Ordering);

    fn swap(&self, value: Self::Value, order: Ordering) -> Self::Value;

    /// # Errors
    /// With the value that was there, if it was another one.
    fn compare_exchange(
        &self,
        current: Self::Value,
        new: Self::Value,
        success: Ordering,
        failure: Ordering,
    ) -> Result<Self::Value, Self::Value>;
}

macro_rules! atomic {
    ($(#[$doc:meta])* $name:ident($inner:path): $t:ty $(, $number:ident)?) => {
        $(#[$doc])*
        #[derive(Default)]
        #[repr(transparent)]
        pub struct $name($inner);

        impl $name {
            #[doc = "Wraps a value."]
            #[cfg(not(green_loom))]
            #[inline(always)]
            pub const fn new(value: $t) -> Self {
                Self(<$inner>::new(value))
            }

            #[doc = "Wraps a value."]
            #[cfg(green_loom)]
            pub fn new(value: $t) -> Self {
                Self(<$inner>::new(value))
            }

            #[doc = "Reads the value."]
            #[inline(always)]
            pub fn load(&self, order: Ordering) -> $t {
                self.0.load(order)
            }

            #[doc = "Writes a value."]
            #[inline(always)]
            pub fn store(&self, value: $t, order: Ordering) {
                self.0.store(value, order);
            }

            #[doc = "Writes a value and returns the one before."]
            #[inline(always)]
            pub fn swap(&self, value: $t, order: Ordering) -> $t {
                self.0.swap(value, order)
            }

            #[doc = "Writes `new` if the value is `current`; returns the value before."]
            #[doc = ""]
            #[doc = "# Errors"]
            #[doc = "With the value that was there, if it was another one."]
            #[inline(always)]
            pub fn compare_exchange(
                &self,
                current: $t,
                new: $t,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$t, $t> {
                self.0.compare_exchange(current, new, success, failure)
            }

            $(atomic! { @$number $t })?
        }

        impl Atomic for $name {
            type Value = $t;

            #[inline(always)]
            fn load(&self, order: Ordering) -> $t {
                self.load(order)
            }

            #[inline(always)]
            fn store(&self, value: $t, order: Ordering) {
                self.store(value, order);
            }

            #[inline(always)]
            fn swap(&self, value: $t, order: Ordering) -> $t {
                self.swap(value, order)
            }

            #[inline(always)]
            fn compare_exchange(
                &self,
                current: $t,
                new: $t,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$t, $t> {
                self.compare_exchange(current, new, success, failure)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
    (@number $t:ty) => {
        #[doc = "Adds, wrapping around; returns the value before."]
        #[inline(always)]
        pub fn fetch_add(&self, value: $t, order: Ordering) -> $t {
            self.0.fetch_add(value, order)
        }

        #[doc = "Subtracts, wrapping around; returns the value before."]
        #[inline(always)]
        pub fn fetch_sub(&self, value: $t, order: Ordering) -> $t {
            self.0.fetch_sub(value, order)
        }

        #[doc = "Sets the bits of `value`; returns the value before."]
        #[inline(always)]
        pub fn fetch_or(&self, value: $t, order: Ordering) -> $t {
            self.0.fetch_or(value, order)
        }

        #[doc = "Keeps the larger of the two; returns the value before."]
        #[inline(always)]
        pub fn fetch_max(&self, value: $t, order: Ordering) -> $t {
            self.0.fetch_max(value, order)
        }

        #[doc = "Keeps the smaller of the two; returns the value before."]
        #[inline(always)]
        pub fn fetch_min(&self, value: $t, order: Ordering) -> $t {
            self.0.fetch_min(value, order)
        }
    };
}

atomic! { #[doc = "A flag."] AtomicBool(imp::AtomicBool): bool }
atomic! { #[doc = "An eight-bit number."] AtomicU8(imp::AtomicU8): u8, number }
atomic! { #[doc = "A 32-bit number."] AtomicU32(imp::AtomicU32): u32, number }
atomic! { #[doc = "A 64-bit number."] AtomicU64(imp::AtomicU64): u64, number }
atomic! { #[doc = "A number of the size of an address."] AtomicUsize(imp::AtomicUsize): usize, number }

/// Counters that no checker watches: for statics such as id generators, which outlive a model's
/// execution and take part in no protocol. All accesses are relaxed.
pub mod unwatched {
    use std::sync::atomic::{AtomicU64, Ordering};

    /// A process-wide number.
    #[derive(Debug, Default)]
    pub struct Counter(AtomicU64);

    impl Counter {
        /// Starts at `value`.
        pub const fn new(value: u64) -> Self {
            Counter(AtomicU64::new(value))
        }

        /// The present value.
        #[inline]
        pub fn get(&self) -> u64 {
            self.0.load(Ordering::Relaxed)
        }

        /// Replaces the value.
        #[inline]
        pub fn set(&self, value: u64) {
            self.0.store(value, Ordering::Relaxed);
        }

        /// Adds, and returns the value before.
        #[inline]
        pub fn add(&self, count: u64) -> u64 {
            self.0.fetch_add(count, Ordering::Relaxed)
        }

        /// Subtracts, and returns the value before.
        #[inline]
        pub fn sub(&self, count: u64) -> u64 {
            self.0.fetch_sub(count, Ordering::Relaxed)
        }
    }
}

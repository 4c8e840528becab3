//! Functions by name, with the types that both sides share.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use crate::engine::Encoding;

/// The name of a function, and the types of its arguments, its value and its error. Submitters and workers share it.
///
/// [`function!`](crate::function!) declares one as a constant. The arguments `A` are a tuple.
///
/// ```
/// use remote::Function;
///
/// const SQUARE: Function<(u64,), u64> = Function::new("square").version(2);
/// assert_eq!(SQUARE.name(), "square.v2");
/// ```
pub struct Function<A, T, E = NoError> {
    name: &'static str,
    version: u32,
    encoding: Encoding,
    types: PhantomData<fn(A) -> Result<T, E>>,
}

/// The error of a function that has none.
///
/// ```
/// use remote::{Function, NoError};
///
/// let square: Function<(u64,), u64, NoError> = Function::new("square");
/// assert_eq!(square.name(), "square");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum NoError {}

impl<A, T, E> Function<A, T, E> {
    /// A function of that name, whose arguments are sent as JSON.
    ///
    /// ```
    /// use remote::Function;
    ///
    /// const RESIZE: Function<(String, u32), String, String> = Function::new("resize");
    /// assert_eq!(RESIZE.name(), "resize");
    /// ```
    pub const fn new(name: &'static str) -> Self {
        Function { name, version: 0, encoding: Encoding::Json, types: PhantomData }
    }

    /// The same name with a version, for other types or another meaning. A worker may know several versions.
    ///
    /// ```
    /// use remote::Function;
    ///
    /// let resize = Function::<(String, u32), String>::new("resize");
    /// assert_eq!(resize.version(2).name(), "resize.v2");
    /// ```
    pub const fn version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }

    /// How arguments and results are written. A worker reads whatever was written.
    ///
    /// ```
    /// use remote::Function;
    /// use remote::engine::Encoding;
    ///
    /// let resize = Function::<(String, u32), String>::new("resize").encoding(Encoding::Postcard);
    /// assert_eq!(resize.name(), "resize");
    /// ```
    pub const fn encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = encoding;
        self
    }

    /// The name by which it is sent: with its version, if it has one.
    ///
    /// ```
    /// use remote::Function;
    ///
    /// assert_eq!(Function::<(), ()>::new("tidy").version(3).name(), "tidy.v3");
    /// ```
    pub fn name(&self) -> Cow<'static, str> {
        match self.version {
            0 => Cow::Borrowed(self.name),
            version => Cow::Owned(format!("{}.v{version}", self.name)),
        }
    }

    pub(crate) fn encoded_as(&self) -> Encoding {
        self.encoding
    }
}

impl<A, T, E> Clone for Function<A, T, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A, T, E> Copy for Function<A, T, E> {}

impl<A, T, E> fmt::Debug for Function<A, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Function").field(&self.name()).finish()
    }
}

impl fmt::Display for NoError {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

impl std::error::Error for NoError {}

/// Declares a [`Function`] as a constant, by the signature that it has.
///
/// After the signature, `version = 2` makes it another function than the one before. `encoding = Encoding::Postcard`
/// sends it smaller. Attributes and `pub` go before the name.
///
/// ```
/// use remote::function;
/// use remote::engine::Encoding;
///
/// function!(
///     /// The address of an image that is `width` pixels wide.
///     pub resize(image: String, width: u32) -> Result<String, String>, version = 2
/// );
/// function!(square(number: u64) -> u64, encoding = Encoding::Postcard);
/// function!(tidy());
///
/// assert_eq!(resize.name(), "resize.v2");
/// assert_eq!(square.name(), "square");
/// assert_eq!(tidy.name(), "tidy");
/// ```
///
/// A constant has a name that no variable in its scope may have. So declare functions in a module of their own.
#[macro_export]
macro_rules! function {
    (
        $(#[$attribute:meta])* $visible:vis
        $name:ident($($argument:ident: $type:ty),* $(,)?) -> Result<$value:ty, $error:ty>
        $(, $option:ident = $set:expr)* $(,)?
    ) => {
        $(#[$attribute])*
        #[allow(non_upper_case_globals, reason = "it stands for a function")]
        $visible const $name: $crate::Function<($($type,)*), $value, $error> =
            $crate::Function::new(stringify!($name))$(.$option($set))*;
    };
    (
        $(#[$attribute:meta])* $visible:vis
        $name:ident($($argument:ident: $type:ty),* $(,)?) -> $value:ty
        $(, $option:ident = $set:expr)* $(,)?
    ) => {
        $(#[$attribute])*
        #[allow(non_upper_case_globals, reason = "it stands for a function")]
        $visible const $name: $crate::Function<($($type,)*), $value> =
            $crate::Function::new(stringify!($name))$(.$option($set))*;
    };
    (
        $(#[$attribute:meta])* $visible:vis
        $name:ident($($argument:ident: $type:ty),* $(,)?)
        $(, $option:ident = $set:expr)* $(,)?
    ) => {
        $(#[$attribute])*
        #[allow(non_upper_case_globals, reason = "it stands for a function")]
        $visible const $name: $crate::Function<($($type,)*), ()> =
            $crate::Function::new(stringify!($name))$(.$option($set))*;
    };
}

//! What a worker can run.

use std::collections::HashMap;
use std::fmt::{self, Display};
use std::marker::PhantomData;

use greenstd::sync::Arc;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::around::{Around, Attempt, Attempted};
use crate::context::JobContext;
use crate::encoding;
use crate::engine::{Encoding, Outcome};
use crate::function::{Function, NoError};

/// The functions that a worker can run, by name.
///
/// Clones are cheap, and what is registered later in one is not in the others.
///
/// ```
/// use remote::{Registry, function};
///
/// function!(divide(number: u32, by: u32) -> Result<u32, String>);
/// function!(square(number: u64) -> u64);
///
/// let mut registry = Registry::new();
/// registry.register(divide, |number: u32, by: u32| number.checked_div(by).ok_or("by zero".to_owned()));
/// registry.register(square, |number: u64| number * number);
/// assert_eq!(registry.names().collect::<Vec<_>>(), ["divide", "square"]);
/// ```
#[derive(Clone, Default)]
pub struct Registry {
    entries: Arc<HashMap<String, Arc<dyn Entry>>>,
    arounds: Vec<Around>,
}

/// What can be called for a function: a closure or `fn` with its arguments. It gives the value, or a `Result` if the
/// function has an error.
///
/// ```
/// use remote::Handler;
///
/// fn call(handler: impl Handler<(u64,), u64, remote::NoError>) -> Option<u64> {
///     handler.call((7,)).ok()
/// }
/// assert_eq!(call(|number: u64| number * number), Some(49));
/// ```
pub trait Handler<A, T, E>: Send + Sync + 'static {
    /// Calls it.
    ///
    /// # Errors
    /// The function's own.
    ///
    /// # Blocking
    /// As the function does.
    fn call(&self, arguments: A) -> Result<T, E>;
}

/// What a handler may return: the value of a function without an error, or a `Result`.
///
/// ```
/// use remote::{IntoAnswer, NoError};
///
/// let plain: Result<u32, NoError> = 42.into_answer();
/// assert_eq!(plain, Ok(42));
/// let fallible: Result<u32, String> = Err::<u32, _>("no".to_owned()).into_answer();
/// assert!(fallible.is_err());
/// ```
pub trait IntoAnswer<T, E> {
    /// It as a `Result`.
    ///
    /// # Errors
    /// Its own.
    fn into_answer(self) -> Result<T, E>;
}

impl<T> IntoAnswer<T, NoError> for T {
    fn into_answer(self) -> Result<T, NoError> {
        Ok(self)
    }
}

impl<T, E> IntoAnswer<T, E> for Result<T, E> {
    fn into_answer(self) -> Result<T, E> {
        self
    }
}

macro_rules! handlers {
    ($($argument:ident)*) => {
        impl<F, R, T, E, $($argument,)*> Handler<($($argument,)*), T, E> for F
        where
            F: Fn($($argument),*) -> R + Send + Sync + 'static,
            R: IntoAnswer<T, E>,
        {
            #[allow(non_snake_case, reason = "one name for a type and its value")]
            fn call(&self, ($($argument,)*): ($($argument,)*)) -> Result<T, E> {
                self($($argument),*).into_answer()
            }
        }
    };
}

handlers!();
handlers!(A1);
handlers!(A1 A2);
handlers!(A1 A2 A3);
handlers!(A1 A2 A3 A4);
handlers!(A1 A2 A3 A4 A5);
handlers!(A1 A2 A3 A4 A5 A6);
handlers!(A1 A2 A3 A4 A5 A6 A7);
handlers!(A1 A2 A3 A4 A5 A6 A7 A8);

impl Registry {
    /// One without functions.
    ///
    /// ```
    /// use remote::Registry;
    ///
    /// assert_eq!(Registry::new().names().count(), 0);
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Has `handler` called for a function. A handler for the same name and version is replaced.
    ///
    /// The handler runs as a job of the worker's executor. It may run more than once for one job: see
    /// [what is promised](crate#at-least-once). [`current_job`](crate::current_job) tells it the job's id.
    ///
    /// ```
    /// use remote::{Function, Registry};
    ///
    /// const SQUARE: Function<(u64,), u64> = Function::new("square");
    /// let mut registry = Registry::new();
    /// registry.register(SQUARE, |number: u64| number * number);
    /// assert!(registry.knows("square"));
    /// ```
    pub fn register<A, T, E>(
        &mut self,
        function: Function<A, T, E>,
        handler: impl Handler<A, T, E>,
    ) -> &mut Self
    where
        A: DeserializeOwned + 'static,
        T: Serialize + 'static,
        E: Serialize + Display + 'static,
    {
        let entry = Registered { handler, types: PhantomData };
        Arc::make_mut(&mut self.entries).insert(function.name().into_owned(), Arc::new(entry));
        self
    }

    /// Has `around` called with each attempt at a job, which it has to run: to take up the context of a trace, to measure,
    /// to set what the functions find.
    ///
    /// It is called in the job, on the worker's executor. There [`current_job`](crate::current_job) is set already. If it
    /// panics, the attempt has panicked. Of several, the one that was given first is the outermost.
    ///
    /// ```
    /// use remote::Registry;
    /// use std::time::Instant;
    ///
    /// let mut registry = Registry::new();
    /// registry.around(|job, attempt| {
    ///     let start = Instant::now();
    ///     let attempted = attempt.run();
    ///     let parent = job.headers.get("traceparent");
    ///     println!("{} of {parent:?} took {:?}", job.function, start.elapsed());
    ///     attempted
    /// });
    /// ```
    pub fn around<F>(&mut self, around: F) -> &mut Self
    where
        F: for<'j> Fn(&JobContext, Attempt<'j>) -> Attempted<'j> + Send + Sync + 'static,
    {
        self.arounds.push(Arc::new(around));
        self
    }

    /// Whether there is a function of this name, with its version.
    ///
    /// ```
    /// use remote::Registry;
    ///
    /// assert!(!Registry::new().knows("square"));
    /// ```
    pub fn knows(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// The names of all functions, sorted.
    ///
    /// ```
    /// use remote::Registry;
    ///
    /// assert_eq!(Registry::new().names().next(), None);
    /// ```
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let mut names: Vec<&str> = self.entries.keys().map(String::as_str).collect();
        names.sort_unstable();
        names.into_iter()
    }

    pub(crate) fn arounds(&self) -> &[Around] {
        &self.arounds
    }

    pub(crate) fn find(&self, name: &str) -> Option<Arc<dyn Entry>> {
        self.entries.get(name).cloned()
    }
}

/// A function without its types.
pub(crate) trait Entry: Send + Sync {
    /// Runs it. Its panic goes on.
    fn run(&self, encoding: Encoding, arguments: &[u8]) -> Outcome;
}

struct Registered<A, T, E, H> {
    handler: H,
    types: PhantomData<fn(A) -> Result<T, E>>,
}

impl<A, T, E, H> Entry for Registered<A, T, E, H>
where
    H: Handler<A, T, E>,
    A: DeserializeOwned,
    T: Serialize,
    E: Serialize + Display,
{
    fn run(&self, encoding: Encoding, arguments: &[u8]) -> Outcome {
        let arguments = match encoding::read(encoding, arguments) {
            Ok(arguments) => arguments,
            Err(why) => return Outcome::Malformed(format!("the arguments: {why}")),
        };
        let written = match self.handler.call(arguments) {
            Ok(value) => encoding::write(encoding, &value).map(Outcome::Succeeded),
            Err(error) => {
                let text = error.to_string();
                encoding::write(encoding, &error).map(|error| Outcome::Failed { error, text })
            }
        };
        written.unwrap_or_else(|why| Outcome::Malformed(format!("the result: {why}")))
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

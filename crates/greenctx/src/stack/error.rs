//! Why there was no stack.

use std::error::Error;
use std::{fmt, io};

use super::size::StackSizeError;

/// Why a green thread got no stack. Nothing is lost: the same request may succeed once another stack is free.
///
/// ```
/// use greenctx::{Carrier, StackError};
///
/// match Carrier::builder().stack_size(1 << 40).build() {
///     Err(StackError::Size(error)) => assert_eq!(error.requested(), 1 << 40),
///     Err(StackError::TooManyMappings { .. }) => println!("raise vm.max_map_count"),
///     Err(error) => println!("try again later: {error}"),
///     Ok(_) => unreachable!("the size is out of range"),
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum StackError {
    /// The size is not one that a pool serves.
    Size(StackSizeError),
    /// The operating system gave no address space or no guard. Under a limit of the address space, for example,
    /// it is `ENOMEM`.
    Os(io::Error),
    /// Guards by `mprotect` need two mappings each, and the process is near the kernel's limit.
    TooManyMappings {
        /// How many guarded stacks there are.
        stacks: usize,
        /// The kernel's limit, `vm.max_map_count`.
        max_map_count: usize,
    },
}

impl fmt::Display for StackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StackError::Size(error) => error.fmt(f),
            StackError::Os(error) => write!(f, "no address space for another stack: {error}"),
            StackError::TooManyMappings { stacks, max_map_count } => write!(
                f,
                "{stacks} stacks guarded by mprotect are as many as vm.max_map_count = \
                 {max_map_count} allows; raise it by sysctl, or use a kernel that has \
                 MADV_GUARD_INSTALL (Linux 6.13 or newer)"
            ),
        }
    }
}

impl Error for StackError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            StackError::Size(error) => Some(error),
            StackError::Os(error) => Some(error),
            StackError::TooManyMappings { .. } => None,
        }
    }
}

impl From<StackSizeError> for StackError {
    fn from(error: StackSizeError) -> Self {
        StackError::Size(error)
    }
}

impl From<StackError> for io::Error {
    fn from(error: StackError) -> Self {
        let kind = match &error {
            StackError::Size(_) => io::ErrorKind::InvalidInput,
            StackError::Os(os) => os.kind(),
            StackError::TooManyMappings { .. } => io::ErrorKind::OutOfMemory,
        };
        io::Error::new(kind, error)
    }
}

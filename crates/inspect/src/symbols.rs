//! What the code at an address is called, and where it was written.
//!
//! The answer comes from the debug information of the program, as in a panic's backtrace. The first question reads
//! that information, which takes from milliseconds to a second. Later ones find it in memory.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A function that was running at some address.
///
/// ```
/// use inspect::{Frame, frames_at};
///
/// fn here() {}
/// let frames: Vec<Frame> = frames_at(here as fn() as usize);
/// let file = frames.last().and_then(|frame| frame.file.as_deref());
/// println!("written in {}", file.unwrap_or("a file that nobody knows"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Frame {
    /// Its path, without the hash that makes it unique. The address itself if there is no name for it.
    pub function: String,
    /// The file, as the compiler was given it. `None` without debug information.
    pub file: Option<String>,
    /// The line that was running, from 1. `None` without debug information.
    pub line: Option<u32>,
}

/// What the code at `address` is. The address that a call returns to may lie behind its function: take one less.
/// Inlined functions come
/// first, and what they were inlined into after them. There is one frame at least.
///
/// ```
/// use inspect::frames_at;
///
/// fn here() {}
/// let frames = frames_at(here as fn() as usize);
/// assert!(frames.iter().any(|frame| frame.function.ends_with("here")));
///
/// // There is no code.
/// assert_eq!(frames_at(1)[0].function, "0x1");
/// ```
///
/// # Blocking
/// May read files. Holds a lock of the crate `backtrace` meanwhile, as backtraces do.
pub fn frames_at(address: usize) -> Vec<Frame> {
    let mut frames = Vec::new();
    // The crate takes what it is given for the address that a call returns to, and looks one byte before.
    let after = address.wrapping_add(1);
    backtrace::resolve(after as *mut _, |symbol| {
        let function = match symbol.name() {
            // Without the hash.
            Some(name) => format!("{name:#}"),
            None => return,
        };
        let file = symbol.filename().map(|file| file.display().to_string());
        frames.push(Frame::new(function, file, symbol.lineno()));
    });
    if frames.is_empty() {
        frames.push(Frame::new(format!("{address:#x}"), None, None));
    }
    frames
}

impl Frame {
    pub(crate) fn new(function: String, file: Option<String>, line: Option<u32>) -> Self {
        Frame { function, file, line }
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.function)?;
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(f, " at {file}:{line}"),
            (Some(file), None) => write!(f, " at {file}"),
            (None, _) => Ok(()),
        }
    }
}

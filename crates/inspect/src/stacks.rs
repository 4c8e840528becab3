//! Unique stacks: each is walked for every thread, and named once.

use std::collections::HashMap;
use std::path::Path;

use crate::symbols::{Frame, frames_at};

/// Crates that make a thread wait, or run it. Their frames say little to a reader.
const OURS: &[&str] = &["greenctx", "greenstd", "greensync", "greenio", "executor", "workqueue"];

/// Crates below and above those.
const BELOW: &[&str] = &["core", "std", "alloc", "corosensei", "__rustc"];

/// Stacks by what they are.
#[derive(Default)]
pub(crate) struct Stacks {
    known: HashMap<Box<[u64]>, usize>,
}

impl Stacks {
    /// The number of the stack with these addresses.
    pub(crate) fn number_of(&mut self, addresses: &[u64]) -> usize {
        if let Some(number) = self.known.get(addresses) {
            return *number;
        }
        let number = self.known.len();
        self.known.insert(addresses.into(), number);
        number
    }

    /// All stacks by their numbers, with names.
    pub(crate) fn resolve(self) -> Vec<Vec<Frame>> {
        let mut names: HashMap<u64, Vec<Frame>> = HashMap::new();
        let mut stacks = vec![Vec::new(); self.known.len()];
        for (addresses, number) in self.known {
            let frames = addresses.iter().flat_map(|address| {
                let named = names.entry(*address).or_insert_with(|| frames_at(*address as usize));
                named.clone()
            });
            stacks[number] = trim(frames.collect());
        }
        stacks
    }
}

/// Where the user's code waits, as its stack says it: the innermost line of code that is not a library's of ours. `said`
/// is what the wait has said itself. That counts if it is in the user's code.
pub(crate) fn place_of_wait(stack: &[Frame], said: Option<&str>) -> Option<String> {
    let mut users = stack.iter().filter(|frame| is_users(frame));
    let said_file = said.and_then(|said| said.rsplit_once(':')).map(|(file, _)| Path::new(file));
    let is_there = |frame: &&Frame| {
        let file = frame.file.as_deref().map(Path::new);
        file.zip(said_file).is_some_and(|(file, said)| file.ends_with(said))
    };
    if users.clone().any(|frame| is_there(&frame)) {
        return None;
    }
    let frame = users.next()?;
    let (file, line) = (Path::new(frame.file.as_deref()?), frame.line?);
    // As the compiler says it: from where the program was built, which is mostly where it runs.
    let here = std::env::current_dir().ok();
    let nearby = here.and_then(|here| file.strip_prefix(here).ok()).unwrap_or(file);
    Some(format!("{}:{line}", nearby.display()))
}

/// The names of the stack of a thread that runs.
pub(crate) fn name_running(addresses: &[u64]) -> Vec<Frame> {
    trim_running(addresses.iter().flat_map(|address| frames_at(*address as usize)).collect())
}

/// As [`trim`], but from the function that the user's code has called: it runs, and may be anything.
fn trim_running(mut frames: Vec<Frame>) -> Vec<Frame> {
    let Some(last) = frames.iter().rposition(is_users) else { return frames };
    frames.truncate(last + 1);
    let first = frames.iter().position(is_users).unwrap_or(0);
    frames.drain(..first.saturating_sub(1));
    frames
}

/// Leaves what a reader wants to see: from the function of ours that was called to wait, out to the first function of the
/// job.
fn trim(mut frames: Vec<Frame>) -> Vec<Frame> {
    let Some(last) = frames.iter().rposition(is_users) else { return frames };
    frames.truncate(last + 1);
    let first = frames.iter().position(is_users).unwrap_or(0);
    let called = frames[..first].iter().rposition(is_ours).unwrap_or(first);
    frames.drain(..called);
    frames
}

fn is_of(frame: &Frame, crates: &[&str]) -> bool {
    crates.contains(&krate(&frame.function))
}

fn is_ours(frame: &Frame) -> bool {
    is_of(frame, OURS)
}

fn is_users(frame: &Frame) -> bool {
    !is_ours(frame) && !is_of(frame, BELOW) && !is_bare(frame)
}

/// The crate that a function is of: in `<a::B as c::D>::e` it is `a`, in `<u64 as c::D>::e` it is `c`.
fn krate(function: &str) -> &str {
    let start = function.trim_start_matches(['<', '&', '*', '(', '[']);
    let start = start.strip_prefix("dyn ").unwrap_or(start);
    let start = start.strip_prefix("mut ").unwrap_or(start);
    let start = start.split("::").next().unwrap_or(start);
    // A type without a path: `u64 as core`.
    start.split_once(" as ").map_or(start, |(_, krate)| krate)
}

/// Whether the name has no path: a trampoline, a function of C, or an address.
fn is_bare(frame: &Frame) -> bool {
    !frame.function.contains("::")
}

#[cfg(test)]
mod tests {
    use super::{Frame, krate, trim};

    fn names(functions: &[&str]) -> Vec<String> {
        let frames = functions.iter().map(|name| Frame::new((*name).to_owned(), None, None));
        trim(frames.collect()).into_iter().map(|frame| frame.function).collect()
    }

    #[test]
    fn a_stack_is_trimmed_to_what_the_job_does() {
        let stack = [
            "greenctx::survey::copy::Copies::copy",
            "core::ops::function::FnOnce::call_once",
            "greenctx::park::park",
            "greensync::mutex::Mutex<T>::lock",
            "shop::buy",
            "core::option::Option<T>::map",
            "shop::main::{{closure}}",
            "executor::task::call",
            "std::panicking::catch_unwind",
            "__rust_try",
            "stack_init_trampoline",
        ];
        let kept = [stack[3], stack[4], stack[5], stack[6]];
        assert_eq!(names(&stack), kept);
    }

    #[test]
    fn a_stack_that_runs_is_trimmed_to_what_the_job_has_called() {
        let stack = [
            "clock_nanosleep",
            "std::sys::thread::sleep",
            "std::thread::sleep",
            "shop::buy",
            "core::option::Option<T>::map",
            "shop::main::{{closure}}",
            "executor::task::call",
            "stack_init_trampoline",
        ];
        let frames = stack.iter().map(|name| Frame::new((*name).to_owned(), None, None));
        let trimmed = super::trim_running(frames.collect());
        let names: Vec<_> = trimmed.into_iter().map(|frame| frame.function).collect();
        assert_eq!(names, stack[2..6]);
    }

    #[test]
    fn a_stack_without_anything_of_the_users_stays() {
        let stack = ["greenctx::park::park", "executor::carrier::work"];
        assert_eq!(names(&stack), stack);
    }

    #[test]
    fn a_method_belongs_to_the_crate_of_its_type() {
        assert_eq!(krate("<shop::Cart as core::ops::Drop>::drop"), "shop");
        assert_eq!(krate("<&mut shop::Cart as x::Y>::z"), "shop");
        assert_eq!(krate("<u64 as core::iter::Sum>::sum"), "core");
        assert_eq!(krate("main"), "main");
    }
}

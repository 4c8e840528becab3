//! Walks through copied stacks: from the registers of a thread to the addresses that its functions return to.
//!
//! The rules by which a frame is left are in the unwind tables of the program and its libraries. Each file is read once
//! an inspection, by the list of what is mapped. That the code still runs meanwhile does not matter: the copies do not
//! change.

mod modules;

use framehop::{CacheNative, UnwindRegsNative, Unwinder, UnwinderNative};
use greenctx::{Registers, StackCopy};

/// More frames are not walked: a recursion has its pattern by then.
const MAX_FRAMES: usize = 128;

type Tables = std::sync::Arc<[u8]>;

/// Knows the rules, and remembers those that it has applied.
pub(crate) struct Walker {
    unwinder: UnwinderNative<Tables, framehop::MayAllocateDuringUnwind>,
    cache: CacheNative<framehop::MayAllocateDuringUnwind>,
}

impl Walker {
    /// Reads what is mapped into the process. A file that cannot be read is left out: walks end where it begins.
    pub(crate) fn new() -> Self {
        let mut unwinder = UnwinderNative::new();
        modules::mapped().into_iter().for_each(|module| unwinder.add_module(module));
        Walker { unwinder, cache: CacheNative::new() }
    }

    /// The addresses of the code on a stack, from the innermost function on. Each lies in the function that it is for.
    pub(crate) fn walk(&mut self, stack: &StackCopy<'_>, addresses: &mut Vec<u64>) {
        addresses.clear();
        let registers = stack.registers();
        let mut read = |address: u64| match stack.read(address as usize) {
            Some(word) => Ok(word as u64),
            None => Err(()),
        };
        let start = native(&registers);
        let pointer = registers.instruction_pointer as u64;
        let mut frames = self.unwinder.iter_frames(pointer, start, &mut self.cache, &mut read);
        while addresses.len() < MAX_FRAMES
            && let Ok(Some(frame)) = frames.next()
        {
            addresses.push(frame.address_for_lookup());
        }
    }
}

#[cfg(target_arch = "x86_64")]
fn native(registers: &Registers) -> UnwindRegsNative {
    UnwindRegsNative::new(
        registers.instruction_pointer as u64,
        registers.stack_pointer as u64,
        registers.frame_pointer as u64,
    )
}

#[cfg(target_arch = "aarch64")]
fn native(registers: &Registers) -> UnwindRegsNative {
    UnwindRegsNative::new(
        registers.link as u64,
        registers.stack_pointer as u64,
        registers.frame_pointer as u64,
    )
}

//! The system calls under the stacks: reserve, guard, trim, unmap.
//!
//! # Invariants
//!
//! A [`Reservation`] owns a private anonymous mapping of exactly `base..base + bytes` and unmaps it
//! when dropped. All addresses that its methods take are checked to lie inside it, so none of them
//! can touch memory that belongs to somebody else. Its methods change pages of a segment only when
//! called by the segment's owner (`arena.rs` sees to that).

use std::io;
use std::os::fd::AsRawFd;
use std::ptr;

use greenstd::atomic::unwatched::Counter;
use greenstd::sync::OnceLock;

use super::error::StackError;

/// The bytes of a guard, on every architecture: a multiple of each of their page sizes.
///
/// Rust probes every page of a large frame. C code probes every page on x86-64 and every 64 KiB on
/// aarch64, if it was compiled to. Much of it was not: functions of glibc have frames of 8 to 19 KB
/// without a probe. These would step over a guard of one page.
pub(crate) const GUARD_BYTES: usize = 64 * 1024;

/// Linux 6.13 and newer; not yet named by the `libc` crate.
const MADV_GUARD_INSTALL: libc::c_int = 102;

/// How the end of a stack is protected.
///
/// ```
/// use greenctx::{Carrier, GuardKind, StackPool};
///
/// // As on a kernel before 6.13.
/// let stacks = StackPool::builder().guard(GuardKind::Protect).build();
/// Carrier::builder().stacks(stacks).build()?.run(|| ())?;
/// # Ok::<(), greenctx::StackError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum GuardKind {
    /// `Install` where it works, else `Protect`. It is tried once, by its effect.
    #[default]
    Auto,
    /// `madvise(MADV_GUARD_INSTALL)`: no mapping of its own (Linux 6.13 and newer). Where it does not
    /// work, it is `Protect`.
    Install,
    /// `mprotect(PROT_NONE)`: works everywhere, and costs two mappings a stack. So a default kernel
    /// (`vm.max_map_count` of 65530) has room for about 29,000 stacks.
    Protect,
}

impl GuardKind {
    /// What is done on this machine.
    pub(super) fn resolve(self) -> GuardKind {
        static PROBED: OnceLock<GuardKind> = OnceLock::new();
        match self {
            GuardKind::Auto | GuardKind::Install => *PROBED.get_or_init(probe),
            GuardKind::Protect => GuardKind::Protect,
        }
    }
}

/// Tries a guard. That the kernel says it has made one is not enough: an emulator of single programs
/// says so to every advice, and does nothing.
fn probe() -> GuardKind {
    let works = || -> io::Result<bool> {
        let trial = Reservation::new(2 * GUARD_BYTES)?;
        trial.advise(trial.base, GUARD_BYTES, MADV_GUARD_INSTALL)?;
        let (last, after) = (trial.base + GUARD_BYTES - 1, trial.base + GUARD_BYTES);
        Ok(!trial.is_readable(trial.base)?
            && !trial.is_readable(last)?
            && trial.is_readable(after)?)
    };
    if works().unwrap_or(false) { GuardKind::Install } else { GuardKind::Protect }
}

/// Guards made by `mprotect` in this process: each costs two mappings.
static PROTECTED: Counter = Counter::new(0);

/// A range of address space; memory appears in it as it is touched.
#[derive(Debug)]
pub(super) struct Reservation {
    base: usize,
    bytes: usize,
    protected: Counter,
    /// Whether memory appears when it is touched, and not before.
    tells_touched: bool,
}

impl Reservation {
    /// Reserves `bytes`, a multiple of the page size.
    pub(super) fn new(bytes: usize) -> io::Result<Self> {
        // SAFETY: a fresh private anonymous mapping at an address of the kernel's choice overlaps
        // nothing that exists.
        let address = unsafe {
            libc::mmap(
                ptr::null_mut(),
                bytes,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | libc::MAP_STACK,
                -1,
                0,
            )
        };
        if address == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let mut reservation = Reservation {
            base: address as usize,
            bytes,
            protected: Counter::new(0),
            tells_touched: true,
        };
        // One touched byte would otherwise bring in 2 MiB. A kernel without huge pages refuses the
        // advice, and needs none.
        let _ = reservation.advise(reservation.base, bytes, libc::MADV_NOHUGEPAGE);
        let last = bytes - page_bytes().min(bytes);
        let there = reservation.resident_pages(reservation.base + last, bytes - last);
        reservation.tells_touched = !there.contains(&true);
        Ok(reservation)
    }

    pub(super) fn base(&self) -> usize {
        self.base
    }

    /// Makes the lowest [`GUARD_BYTES`] from `address` on fault when touched.
    pub(super) fn guard(&self, address: usize, kind: GuardKind) -> Result<(), StackError> {
        if kind != GuardKind::Protect {
            match self.advise(address, GUARD_BYTES, MADV_GUARD_INSTALL) {
                Ok(()) => return Ok(()),
                // Refused for this mapping, as under mlockall: the old way works there too. It leaves
                // the locked pages, which are of no use; if they must stay, they cost memory.
                Err(error) if error.raw_os_error() == Some(libc::EINVAL) => {
                    let _ = self.advise(address, GUARD_BYTES, libc::MADV_DONTNEED_LOCKED);
                }
                Err(error) => return Err(StackError::Os(error)),
            }
        }
        self.protect(address)
    }

    fn protect(&self, address: usize) -> Result<(), StackError> {
        let max_map_count = max_map_count();
        let stacks = PROTECTED.add(1) as usize;
        // Two mappings each, and a tenth of the limit left to the rest of the program.
        if stacks >= max_map_count / 100 * 45 {
            PROTECTED.sub(1);
            return Err(StackError::TooManyMappings { stacks, max_map_count });
        }
        self.assert_inside(address, GUARD_BYTES);
        // SAFETY: the range lies in our own mapping and belongs to a segment that nobody uses yet.
        let done =
            unsafe { libc::mprotect(address as *mut libc::c_void, GUARD_BYTES, libc::PROT_NONE) };
        if done != 0 {
            PROTECTED.sub(1);
            return Err(StackError::Os(io::Error::last_os_error()));
        }
        self.protected.add(1);
        Ok(())
    }

    /// Gives the pages of `address..address + bytes` back to the system; they read as zero after.
    /// The owner of the segment calls it, while nothing of value lies there.
    pub(super) fn discard(&self, address: usize, bytes: usize) {
        // Failing, it leaves the pages as they are, which costs memory and nothing else.
        let _ = self.advise(address, bytes, libc::MADV_DONTNEED);
    }

    /// Which of the pages of `address..address + bytes` are in memory, because somebody has touched
    /// them. None where this cannot be known: under `mlockall`, say, all of them are.
    pub(super) fn resident_pages(&self, address: usize, bytes: usize) -> Vec<bool> {
        self.assert_inside(address, bytes);
        if !self.tells_touched {
            return Vec::new();
        }
        let mut resident = vec![0u8; bytes.div_ceil(page_bytes())];
        // SAFETY: the range lies in our own mapping, and `resident` has a byte for each page.
        let done = unsafe {
            libc::mincore(address as *mut libc::c_void, bytes, resident.as_mut_ptr().cast())
        };
        if done != 0 {
            return Vec::new();
        }
        // The other bits mean nothing yet.
        resident.iter().map(|page| page & 1 != 0).collect()
    }

    /// Whether the byte at `address` can be read. The kernel is asked to copy it: where it is forbidden,
    /// that is an error, while a look of our own would be the end.
    fn is_readable(&self, address: usize) -> io::Result<bool> {
        self.assert_inside(address, 1);
        let (_reader, writer) = io::pipe()?;
        // SAFETY: the byte lies in our own mapping; the kernel answers EFAULT if it may not be read. A
        // pipe that is empty has room for it.
        let written = unsafe { libc::write(writer.as_raw_fd(), address as *const libc::c_void, 1) };
        if written == 1 {
            return Ok(true);
        }
        let error = io::Error::last_os_error();
        if error.raw_os_error() == Some(libc::EFAULT) { Ok(false) } else { Err(error) }
    }

    fn advise(&self, address: usize, bytes: usize, advice: libc::c_int) -> io::Result<()> {
        self.assert_inside(address, bytes);
        // SAFETY: the range lies in our own mapping. The advices used here take away only contents
        // that the caller, as owner of the range, has declared worthless.
        let done = unsafe { libc::madvise(address as *mut libc::c_void, bytes, advice) };
        if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    fn assert_inside(&self, address: usize, bytes: usize) {
        let end = address.checked_add(bytes);
        let inside = address >= self.base && end.is_some_and(|end| end <= self.base + self.bytes);
        assert!(inside, "a range outside the reservation");
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        // The address sanitizer gives false reports on memory that was a stack and is now heap
        // (LLVM issue 53891), so there the range stays.
        if cfg!(feature = "sanitizer") {
            return;
        }
        // SAFETY: the mapping is ours alone, and whoever holds a segment of it keeps it alive: no
        // segment is left.
        unsafe { libc::munmap(self.base as *mut libc::c_void, self.bytes) };
        PROTECTED.sub(self.protected.get());
    }
}

fn max_map_count() -> usize {
    static LIMIT: OnceLock<usize> = OnceLock::new();
    *LIMIT.get_or_init(|| {
        let text = std::fs::read_to_string("/proc/sys/vm/max_map_count");
        text.ok().and_then(|text| text.trim().parse().ok()).unwrap_or(65_530)
    })
}

/// The page size of the machine.
pub(super) fn page_bytes() -> usize {
    // SAFETY: sysconf reads a constant of the system.
    let bytes = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(bytes).unwrap_or(4096)
}

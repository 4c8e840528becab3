//! What the tests need of the operating system and `std` does not offer.

use std::ptr;

/// The number of the calling OS thread.
pub(crate) fn thread_number() -> u64 {
    let path = std::fs::read_link("/proc/thread-self").expect("/proc is mounted");
    let number = path.file_name().and_then(|name| name.to_str()?.parse().ok());
    number.expect("the link ends in the number of the thread")
}

/// The address space in use, in bytes.
pub(crate) fn address_space_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").expect("/proc is mounted");
    let pages: u64 = text.split(' ').next().and_then(|word| word.parse().ok()).expect("a number");
    pages * page_bytes() as u64
}

/// Lets the process have `more` bytes of address space beyond what it has.
pub(crate) fn limit_address_space(more: u64) {
    let bytes = address_space_bytes() + more;
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: the structure is valid and only read.
    let done = unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) };
    assert_eq!(done, 0, "the limit is refused");
}

/// Takes the limit away.
pub(crate) fn unlimit_address_space() {
    let limit = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: the structure is valid and only read.
    let done = unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) };
    assert_eq!(done, 0, "the limit cannot be lifted");
}

/// From now on all memory is locked as soon as it is mapped; whether the process may do that.
pub(crate) fn lock_future_memory() -> bool {
    // SAFETY: changes how mappings are made, and no mapping.
    unsafe { libc::mlockall(libc::MCL_FUTURE) == 0 }
}

/// Gives the rights of the administrator up, if the process has them: limits hold then.
pub(crate) fn become_nobody() {
    // SAFETY: takes rights away from all threads of the process, and nothing else.
    let _ = unsafe { libc::setuid(65_534) };
}

/// The memory of the process, in bytes.
pub(crate) fn resident_bytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").expect("/proc is mounted");
    let pages: u64 = text.split(' ').nth(1).and_then(|word| word.parse().ok()).expect("a number");
    // SAFETY: sysconf reads a constant of the system.
    pages * unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as u64
}

/// Runs `body` on a thread that C started: it has none of what `std` gives its threads.
pub(crate) fn on_c_thread(body: fn()) {
    extern "C" fn start(body: *mut libc::c_void) -> *mut libc::c_void {
        // SAFETY: the pointer is the `fn()` that was passed below.
        let body: fn() = unsafe { std::mem::transmute(body) };
        body();
        ptr::null_mut()
    }
    let mut thread = 0;
    let argument = body as *mut libc::c_void;
    // SAFETY: `start` takes the function pointer that is passed as its argument.
    let done = unsafe { libc::pthread_create(&raw mut thread, ptr::null(), start, argument) };
    assert_eq!(done, 0, "no thread to be had");
    // SAFETY: the thread was started above and is joined once.
    unsafe { libc::pthread_join(thread, ptr::null_mut()) };
}

/// Writes one byte `bytes` below the caller's frame: what a C function with so large a frame does that
/// was compiled without stack probes.
#[inline(never)]
pub(crate) fn touch_below(bytes: usize) {
    let here = 0u8;
    let below = (&raw const here as usize - bytes) as *mut u8;
    // SAFETY: not sound, as the C function is not. The caller sees to it that the address lies in the
    // guard of the running stack; the fault that follows is what the test is about.
    unsafe { below.write_volatile(1) };
}

/// Gives the calling OS thread the smallest stack for its signal handlers that the kernel takes, for ever.
pub(crate) fn take_the_smallest_alternate_stack() {
    // SAFETY: reads what the kernel has told at the start.
    let told = unsafe { libc::getauxval(libc::AT_MINSIGSTKSZ) } as usize;
    let bytes = told.max(libc::MINSIGSTKSZ);
    let page = page_bytes();
    let mapped = bytes.next_multiple_of(page) + page;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    let access = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a fresh private anonymous mapping overlaps nothing that exists.
    let memory = unsafe { libc::mmap(ptr::null_mut(), mapped, access, flags, -1, 0) };
    assert_ne!(memory, libc::MAP_FAILED);
    // SAFETY: the lowest page of our own mapping, which nobody uses.
    let guarded = unsafe { libc::mprotect(memory, page, libc::PROT_NONE) };
    assert_eq!(guarded, 0, "{}", std::io::Error::last_os_error());
    let lowest = memory.wrapping_byte_add(page);
    let stack = libc::stack_t { ss_sp: lowest, ss_flags: 0, ss_size: bytes };
    // SAFETY: the mapping is never given back.
    let taken = unsafe { libc::sigaltstack(&raw const stack, ptr::null_mut()) };
    assert_eq!(taken, 0, "{}", std::io::Error::last_os_error());
}

/// Where the stack for the signal handlers of the calling OS thread is, and its size.
pub(crate) fn alternate_stack() -> (usize, usize) {
    let mut present = libc::stack_t { ss_sp: ptr::null_mut(), ss_flags: 0, ss_size: 0 };
    // SAFETY: a null new stack only asks, and the answer has its place.
    unsafe { libc::sigaltstack(ptr::null(), &raw mut present) };
    (present.ss_sp as usize, present.ss_size)
}

/// The size of a page, which differs between kernels.
pub(crate) fn page_bytes() -> usize {
    // SAFETY: reads a constant of the system.
    let bytes = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(bytes).expect("a page has a size")
}

/// Reads a page that must not be read, which is nobody's stack.
pub(crate) fn touch_forbidden_page() {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: a fresh private anonymous mapping overlaps nothing that exists.
    let page = unsafe { libc::mmap(ptr::null_mut(), 4096, libc::PROT_NONE, flags, -1, 0) };
    assert_ne!(page, libc::MAP_FAILED);
    // SAFETY: the address is mapped; the fault that follows is what the test is about.
    unsafe { page.cast::<u8>().read_volatile() };
}

/// From now on `MADV_GUARD_INSTALL` answers success and does nothing, as it does where an emulator of
/// single programs stands between them and the kernel.
pub(crate) fn claim_to_guard() {
    const MADV_GUARD_INSTALL: u32 = 102;
    let statement = |code: u32, k: u32| libc::sock_filter { code: code as u16, jt: 0, jf: 0, k };
    let load = |offset: u32| statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, offset);
    let skip_unless = |value: u32, statements: u8| libc::sock_filter {
        jf: statements,
        ..statement(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, value)
    };
    let answer = |action: u32| statement(libc::BPF_RET | libc::BPF_K, action);
    let mut filter = [
        // The number of the call is the first word of what a filter sees.
        load(0),
        skip_unless(libc::SYS_madvise as u32, 3),
        // The arguments begin at byte 16; the advice is the third.
        load(16 + 2 * 8),
        skip_unless(MADV_GUARD_INSTALL, 1),
        // Error number 0: the call is not made, and has succeeded.
        answer(libc::SECCOMP_RET_ERRNO),
        answer(libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_mut_ptr() };
    // SAFETY: takes numbers alone, and changes what this process may do from now on.
    let gave_up = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    assert_eq!(gave_up, 0, "{}", std::io::Error::last_os_error());
    // SAFETY: the kernel copies the program, which lives until then.
    let filtered =
        unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program) };
    assert_eq!(filtered, 0, "{}", std::io::Error::last_os_error());
}

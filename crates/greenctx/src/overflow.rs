//! Reporting a stack overflow: one line on standard error, then abort.
//!
//! # Invariants
//!
//! * The handler runs on the faulting OS thread's alternate stack, wherever the fault was. It reads the
//!   current green thread's `Control`, whose thread is executing at this moment, so the reference is valid. It
//!   allocates nothing, locks nothing, and formats into a buffer of its own.
//! * A fault whose address lies in the guard of the current green thread's stack is an overflow: we report
//!   and abort. Every other fault goes to the handler that was there before ours, or to the default action.
//!   We never return into the overflown stack, so nothing is "recovered".
//! * `si_code` does not matter: guards by `madvise` and by `mprotect` fault with different ones.
//! * The previous actions are read before our handler is installed, so the handler finds them.

use std::fmt::Write;
use std::{mem, ptr};

use greenstd::sync::OnceLock;

use crate::carrier::Local;
use crate::context::{self, Control};

const SIGNALS: [libc::c_int; 2] = [libc::SIGSEGV, libc::SIGBUS];

static PREVIOUS: OnceLock<[libc::sigaction; 2]> = OnceLock::new();

/// Installs the handler. One call a process is enough; more do no harm.
pub(crate) fn install_handler() {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        PREVIOUS.get_or_init(|| SIGNALS.map(present_action));
        for signal in SIGNALS {
            install(signal);
        }
    });
}

fn install(signal: libc::c_int) {
    let mut action = no_action();
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
    action.sa_sigaction = green_stack_overflow as *const () as libc::sighandler_t;
    // The handler has the signature that SA_SIGINFO asks for.
    set_action(signal, &action);
}

/// The default action, with an empty mask.
fn no_action() -> libc::sigaction {
    // SAFETY: all-zero is a valid `sigaction`: SIG_DFL, no flags, no signals masked.
    unsafe { mem::zeroed() }
}

fn present_action(signal: libc::c_int) -> libc::sigaction {
    let mut action = no_action();
    // SAFETY: a null new action only asks, and the answer has its place.
    unsafe { libc::sigaction(signal, ptr::null(), &raw mut action) };
    action
}

fn set_action(signal: libc::c_int, action: &libc::sigaction) {
    // SAFETY: our callers pass the default action, or the handler of this file, which obeys the
    // rules for signal handlers (see the invariants).
    unsafe { libc::sigaction(signal, action, ptr::null_mut()) };
}

/// The handler. Its name is what a debugger shows.
extern "C" fn green_stack_overflow(
    signal: libc::c_int,
    info: *mut libc::siginfo_t,
    context: *mut libc::c_void,
) {
    // SAFETY: the kernel passes a valid `siginfo_t` to a handler installed with SA_SIGINFO.
    let fault = unsafe { &*info };
    // SAFETY: for the signals that it is installed for, the information holds an address.
    let address = unsafe { fault.si_addr() } as usize;
    if let Some(control) = context::current()
        && control.bounds.guard.contains(&address)
    {
        report(control);
        // SAFETY: abort is allowed in a signal handler.
        unsafe { libc::abort() };
    }
    forward(signal, info, context);
}

fn report(control: &Control) {
    let mut line = Line { bytes: [0; 512], len: 0 };
    // A line that does not fit is cut, which is no error worth dying differently for.
    let _ = describe(&mut line, control);
    let _ = line.write_str("\n");
    // SAFETY: the buffer is ours and `len` bytes of it are written.
    unsafe { libc::write(libc::STDERR_FILENO, line.bytes.as_ptr().cast(), line.len) };
}

fn describe(line: &mut Line, control: &Control) -> std::fmt::Result {
    line.write_str("greenpool: green thread '")?;
    let id = match control.role.present().identity() {
        Some(identity) => identity.write_name(line).map(|()| identity.id()),
        None => line
            .write_str(control.thread.name().unwrap_or("unnamed"))
            .map(|()| control.thread.id().as_u64()),
    }?;
    write!(line, "' (id {id}) on carrier '")?;
    Local::with(|local| line.write_str(local.shared().name()))?;
    write!(line, "' has overflowed its stack of {} bytes", control.bounds.bytes)
}

fn forward(signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let index = usize::from(signal != SIGNALS[0]);
    let previous = PREVIOUS.get().map(|actions| actions[index]);
    match previous {
        Some(action) if !is_default(&action) => call(&action, signal, info, context),
        // Back to the default: the faulting instruction is run again and the process ends by it.
        _ => set_action(signal, &no_action()),
    }
}

fn is_default(action: &libc::sigaction) -> bool {
    // A fault cannot be ignored: the kernel treats it as the default.
    action.sa_sigaction == libc::SIG_DFL || action.sa_sigaction == libc::SIG_IGN
}

fn call(
    action: &libc::sigaction,
    signal: libc::c_int,
    info: *mut libc::siginfo_t,
    context: *mut libc::c_void,
) {
    type WithInfo = extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void);
    type Plain = extern "C" fn(libc::c_int);
    if action.sa_flags & libc::SA_SIGINFO != 0 {
        // SAFETY: whoever installed the action with SA_SIGINFO gave a function of this signature.
        let handler: WithInfo = unsafe { mem::transmute(action.sa_sigaction) };
        handler(signal, info, context);
    } else {
        // SAFETY: whoever installed the action without SA_SIGINFO gave one of this signature.
        let handler: Plain = unsafe { mem::transmute(action.sa_sigaction) };
        handler(signal);
    }
}

/// A line of text in a buffer on the stack.
struct Line {
    bytes: [u8; 512],
    len: usize,
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let room = self.bytes.len() - self.len;
        let fits = text.len().min(room);
        self.bytes[self.len..self.len + fits].copy_from_slice(&text.as_bytes()[..fits]);
        self.len += fits;
        if fits == text.len() { Ok(()) } else { Err(std::fmt::Error) }
    }
}

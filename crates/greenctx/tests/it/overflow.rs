//! Stack overflow: one line that names the green thread, then abort. Each in a child process.

use std::fmt;
use std::hint::black_box;
use std::os::unix::process::ExitStatusExt;
use std::process::Output;

use greenctx::{Builder, Carrier, GuardKind, Identity, StackPool, assume, current, spawn};

use crate::depth::at_the_end_of_the_stack;
use crate::os::{
    alternate_stack, claim_to_guard, on_c_thread, take_the_smallest_alternate_stack, touch_below,
    touch_forbidden_page,
};
use crate::{on, on_carrier};
use testkit::child;

const THIS: &str = "overflow::a_child_process_overflows";
const STACK_BYTES: usize = 64 * 1024;

/// Frames of glibc 2.36 that are entered without a probe, and what a guard is for at most.
const UNPROBED_FRAMES: [usize; 5] = [8_216, 8_496, 10_456, 18_600, 60 * 1024];

/// A recursion deeper than any stack.
#[inline(never)]
fn overflow() {
    fn frame(depth: u64) -> u64 {
        let frame_words = black_box([depth; 32]);
        if depth == u64::MAX { 0 } else { frame(depth + 1) + frame_words[(depth % 32) as usize] }
    }
    black_box(frame(0));
}

/// One frame that is larger than the stack and its guard together. Never inlined: its caller has
/// something to say before.
#[inline(never)]
fn one_large_frame() {
    let bytes = black_box([1u8; 4 * STACK_BYTES]);
    black_box(bytes[black_box(0)]);
}

struct Job;

impl Identity for Job {
    fn id(&self) -> u64 {
        4711
    }

    fn write_name(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        out.write_str("job of ")?;
        out.write_str("somebody")
    }

    fn is_cancelled(&self) -> bool {
        false
    }
}

/// Runs `body` in a green thread called `deep`, and says its id before.
fn on_green_thread(guard: GuardKind, body: impl FnOnce() + Send + 'static) {
    let pool = StackPool::builder().guard(guard).build();
    on(Carrier::builder().name("test-0").stacks(pool).stack_size(STACK_BYTES), || {
        let thread = Builder::new().name("deep").spawn(|| {
            println!("id={}", current().id().as_u64());
            body();
        });
        thread.unwrap().join().unwrap();
    });
}

/// Not a test of its own: what the children of the others do.
#[test]
fn a_child_process_overflows() {
    let Some(case) = child::case() else { return };
    if let Some(bytes) = case.strip_prefix("unprobed frame of ") {
        let bytes = bytes.parse().unwrap();
        on_green_thread(GuardKind::Auto, move || at_the_end_of_the_stack(&|| touch_below(bytes)));
    }
    match case.as_str() {
        "install" => on_green_thread(GuardKind::Install, overflow),
        "protect" => on_green_thread(GuardKind::Protect, overflow),
        "claimed guards" => {
            claim_to_guard();
            on_green_thread(GuardKind::Auto, overflow);
        }
        "claimed guards, forced" => {
            claim_to_guard();
            on_green_thread(GuardKind::Install, overflow);
        }
        "large frame" => on_green_thread(GuardKind::Auto, one_large_frame),
        "identity" => on_green_thread(GuardKind::Auto, || assume(&Job, overflow)),
        "unnamed" => on_carrier(|| drop(spawn(overflow).join())),
        "c thread" => on_c_thread(|| on_green_thread(GuardKind::Auto, overflow)),
        "small alternate stack" => on_c_thread(|| {
            take_the_smallest_alternate_stack();
            on_green_thread(GuardKind::Auto, overflow);
        }),
        "plain thread" => {
            on_carrier(|| ());
            drop(greenstd::thread::spawn(overflow).join());
        }
        "foreign fault" => on_green_thread(GuardKind::Auto, touch_forbidden_page),
        "foreign fault on a plain thread" => {
            on_carrier(|| ());
            touch_forbidden_page();
        }
        other => panic!("no such case: {other}"),
    }
    unreachable!("the case {case} has returned");
}

/// The lines on stderr of a child that ended by `signal`.
#[track_caller]
fn dies_by(signal: i32, output: &Output) -> Vec<String> {
    assert_eq!(output.status.signal(), Some(signal), "{}", child::describe(output));
    String::from_utf8_lossy(&output.stderr).lines().map(String::from).collect()
}

#[track_caller]
fn id_in(output: &Output) -> String {
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let (_, after) = stdout.split_once("id=").expect("the child says its id");
    after.chars().take_while(char::is_ascii_digit).collect()
}

#[track_caller]
fn is_reported(case: &str) {
    let output = child::run(THIS, case);
    let lines = dies_by(libc::SIGABRT, &output);
    let id = id_in(&output);
    let expected = format!(
        "greenpool: green thread 'deep' (id {id}) on carrier 'test-0' has overflowed its stack of \
         {STACK_BYTES} bytes"
    );
    assert_eq!(lines, [expected]);
}

#[test]
fn an_overflow_into_a_guard_by_madvise_is_reported_in_one_line() {
    is_reported("install");
}

#[test]
fn an_overflow_into_a_guard_by_mprotect_is_reported_in_one_line() {
    is_reported("protect");
}

#[test]
fn an_overflow_is_reported_where_the_kernel_only_claims_to_make_guards() {
    is_reported("claimed guards");
    is_reported("claimed guards, forced");
}

#[test]
#[cfg_attr(feature = "sanitizer", ignore = "the instrumented frame is touched in the middle first")]
fn a_frame_larger_than_the_guard_does_not_step_over_it() {
    is_reported("large frame");
}

#[test]
fn c_code_without_stack_probes_does_not_step_over_the_guard() {
    for bytes in UNPROBED_FRAMES {
        is_reported(&format!("unprobed frame of {bytes}"));
    }
}

#[test]
fn an_overflow_on_a_thread_that_c_started_is_reported() {
    is_reported("c thread");
}

#[test]
fn an_overflow_is_reported_where_signal_handlers_had_too_small_a_stack() {
    is_reported("small alternate stack");
}

#[test]
fn the_stack_that_signal_handlers_had_is_put_back() {
    on_c_thread(|| {
        take_the_smallest_alternate_stack();
        let before = alternate_stack();
        let during = on_carrier(alternate_stack);
        assert!(during.1 > before.1, "{during:?} {before:?}");
        assert_eq!(alternate_stack(), before);
    });
}

#[test]
fn an_overflow_under_an_identity_is_reported_by_its_name() {
    let lines = dies_by(libc::SIGABRT, &child::run(THIS, "identity"));
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("green thread 'job of somebody' (id 4711)"), "{lines:?}");
}

#[test]
fn an_overflow_of_a_thread_without_a_name_is_reported() {
    let lines = dies_by(libc::SIGABRT, &child::run(THIS, "unnamed"));
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("green thread 'unnamed' (id "), "{lines:?}");
    assert!(lines[0].contains("has overflowed its stack of 131072 bytes"), "{lines:?}");
}

#[test]
#[cfg_attr(feature = "sanitizer", ignore = "the sanitizer reports it")]
fn an_overflow_of_a_plain_thread_is_still_the_standard_librarys_to_report() {
    let lines = dies_by(libc::SIGABRT, &child::run(THIS, "plain thread")).join("\n");
    assert!(lines.contains("has overflowed its stack"), "{lines}");
    assert!(!lines.contains("greenpool"), "{lines}");
}

#[test]
#[cfg_attr(feature = "sanitizer", ignore = "the sanitizer reports it")]
fn a_fault_elsewhere_ends_the_process_as_it_always_did() {
    for case in ["foreign fault", "foreign fault on a plain thread"] {
        let lines = dies_by(libc::SIGSEGV, &child::run(THIS, case));
        assert!(lines.is_empty(), "{lines:?}");
    }
}

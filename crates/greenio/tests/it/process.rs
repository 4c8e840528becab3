//! Child processes: how they end, their streams, and many at once.

use std::io::{self, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::sync::mpsc;
use std::time::Duration;

use greenctx::{deadline, spawn};
use greenio::process::{ChildStdout, Command, Stdio};

use crate::{on_carrier, on_plain_thread};

/// On a green thread and on a plain one.
fn anywhere(test: fn()) {
    on_carrier(test);
    on_plain_thread(test);
}

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]).stdin(Stdio::null());
    command
}

#[test]
fn the_exit_status_comes_back() {
    anywhere(|| {
        assert!(shell("exit 0").status().unwrap().success());
        let mut child = shell("exit 7").spawn().unwrap();
        assert!(child.id() > 0);
        assert_eq!(child.wait().unwrap().code(), Some(7));
        assert_eq!(child.wait().unwrap().code(), Some(7), "it is kept");
        assert_eq!(child.try_wait().unwrap().unwrap().code(), Some(7));
        assert_eq!(shell("kill -TERM $$").status().unwrap().signal(), Some(15));
    });
}

#[test]
fn a_killed_child_ends_by_the_signal() {
    anywhere(|| {
        let mut child = shell("exec sleep 1000").spawn().unwrap();
        assert!(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(9));
        child.kill().unwrap();
    });
}

#[test]
fn a_program_that_is_not_there_is_an_error() {
    anywhere(|| {
        let error = Command::new("/no/such/program").spawn().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    });
}

#[test]
fn output_is_captured_and_input_is_none() {
    anywhere(|| {
        let mut command = Command::new("sh");
        command.args(["-c", "cat; echo out $VARIABLE; echo err >&2; pwd; exit 3"]);
        command.env_clear().env("VARIABLE", "set").current_dir("/");
        for _ in 0..2 {
            let output = command.output().unwrap();
            assert_eq!(output.status.code(), Some(3));
            assert_eq!(output.stdout, b"out set\n/\n");
            assert_eq!(output.stderr, b"err\n");
        }
        let output = shell("echo kept >&2").stderr(Stdio::null()).output().unwrap();
        assert!(output.stdout.is_empty() && output.stderr.is_empty());
    });
}

#[test]
fn much_output_on_both_pipes_does_not_deadlock() {
    anywhere(|| {
        // Far more than a pipe holds, the second stream first.
        let script = "head -c 3000000 /dev/zero >&2; head -c 2000000 /dev/zero; \
                      head -c 1000000 /dev/zero >&2";
        let output = shell(script).output().unwrap();
        assert!(output.status.success());
        assert_eq!((output.stdout.len(), output.stderr.len()), (2_000_000, 4_000_000));
    });
}

#[test]
fn a_green_thread_feeds_the_input_while_another_reads_the_output() {
    on_carrier(|| {
        let mut command = Command::new("cat");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let bytes: Vec<u8> = (0..1_000_000_u32).map(|n| (n % 253) as u8).collect();
        let feeder = spawn({
            let bytes = bytes.clone();
            move || stdin.write_all(&bytes).unwrap()
        });
        let output = child.wait_with_output().unwrap();
        feeder.join().unwrap();
        assert!(output.stdout == bytes);
    });
}

#[test]
fn waiting_closes_the_input() {
    anywhere(|| {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        assert!(child.wait().unwrap().success());
    });
}

#[test]
fn the_output_of_one_child_is_the_input_of_another() {
    anywhere(|| {
        let mut first = shell("echo b; echo a").stdout(Stdio::piped()).spawn().unwrap();
        let stream: ChildStdout = first.stdout.take().unwrap();
        let output = Command::new("sort").stdin(stream).output().unwrap();
        assert_eq!(output.stdout, b"a\nb\n");
        assert!(first.wait().unwrap().success());
    });
}

#[test]
fn a_wait_is_interrupted_and_taken_up_again() {
    anywhere(|| {
        let mut command = Command::new("cat");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let stdin = child.stdin.take();
        let mut stdout = child.stdout.take().unwrap();
        let limit = Duration::from_millis(2);
        let error = deadline(limit, || child.wait()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let error = deadline(limit, || stdout.read(&mut [0])).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        drop(stdin);
        assert!(child.wait().unwrap().success());
    });
}

#[test]
fn reading_the_output_is_interrupted() {
    anywhere(|| {
        let mut command = shell("exec sleep 1000");
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let pid = rustix::process::Pid::from_raw(child.id() as i32).unwrap();
        let error = deadline(Duration::from_millis(2), || child.wait_with_output()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        let options = rustix::process::WaitOptions::empty();
        rustix::process::waitpid(Some(pid), options).unwrap();
    });
}

#[test]
fn two_hundred_children_are_waited_for_at_once() {
    on_carrier(|| {
        // None ends before all have been started: each reads until its input is closed.
        let (started, all) = mpsc::channel();
        let waiters: Vec<_> = (0..200)
            .map(|n| {
                let started = started.clone();
                spawn(move || {
                    let mut command = Command::new("sh");
                    command.args(["-c", &format!("read line; exit {}", n % 100)]);
                    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
                    started.send(child.stdin.take().unwrap()).unwrap();
                    assert_eq!(child.wait().unwrap().code(), Some(n % 100));
                })
            })
            .collect();
        let mut inputs = Vec::new();
        while inputs.len() < 200 {
            inputs.extend(all.try_recv());
            greenctx::yield_now();
        }
        drop(inputs);
        waiters.into_iter().for_each(|waiter| waiter.join().unwrap());
    });
}

#[test]
fn siblings_go_on_while_one_waits_for_a_child() {
    on_carrier(|| {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let stdin = child.stdin.take();
        let waiter = spawn(move || child.wait().unwrap());
        // Were the carrier blocked, nobody would close the pipe.
        spawn(move || drop(stdin)).join().unwrap();
        assert!(waiter.join().unwrap().success());
    });
}

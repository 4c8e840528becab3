//! Child processes: how they end, their streams, and many at once.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::process::ExitStatusExt;
use std::sync::mpsc;
use std::time::Duration;

use greenctx::{spawn, with_timeout};
use greenio::Offload;
use greenio::process::{ChildStdout, Command, Stdio};
use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, WaitId, WaitIdOptions, getrlimit, setrlimit, waitid};

use crate::{on_carrier, on_plain_thread};
use testkit::child;

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
        let error = with_timeout(limit, || child.wait()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let error = with_timeout(limit, || stdout.read(&mut [0])).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        drop(stdin);
        assert!(child.wait().unwrap().success());
    });
}

#[test]
fn reading_the_output_is_interrupted() {
    anywhere(|| {
        let mut command = shell("exec sleep 1000");
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let child = command.spawn().unwrap();
        let error =
            with_timeout(Duration::from_millis(2), || child.wait_with_output()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    });
}

/// Waits until the process has no children, ended ones neither, and takes none of them from the system.
fn until_childless() {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    while waitid(WaitId::All, options).err() != Some(Errno::CHILD) {
        greenctx::sleep(Duration::from_millis(1)).unwrap();
    }
}

/// Runs `test` anywhere in a process that has no other children; `name` is its full name.
#[track_caller]
fn without_other_children(name: &str, test: fn()) {
    match child::case() {
        None => child::succeeds(name, "alone"),
        Some(_) => anywhere(test),
    }
}

#[test]
fn what_nobody_has_a_handle_to_is_killed_and_reaped_when_it_is_not_waited_for() {
    let name =
        "process::what_nobody_has_a_handle_to_is_killed_and_reaped_when_it_is_not_waited_for";
    without_other_children(name, || {
        let limit = Duration::from_millis(2);
        for script in ["exec sleep 1000", "trap '' TERM INT HUP; echo x; exec sleep 1000"] {
            let error = with_timeout(limit, || shell(script).status()).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::TimedOut);
            let error = with_timeout(limit, || shell(script).output()).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        }
        until_childless();
    });
}

#[test]
fn a_cancelled_thread_takes_the_child_that_it_waits_for_along() {
    let name = "process::a_cancelled_thread_takes_the_child_that_it_waits_for_along";
    if child::case().is_none() {
        return child::succeeds(name, "alone");
    }
    on_carrier(|| {
        for run in [
            || shell("exec sleep 1000").status().map(drop),
            || shell("exec sleep 1000").output().map(drop),
        ] {
            let waiter = spawn(move || run().unwrap_err());
            greenctx::yield_now();
            waiter.thread().cancel();
            waiter.join().unwrap();
        }
        until_childless();
    });
}

#[test]
fn a_dropped_child_goes_on_and_is_reaped_at_its_end() {
    let name = "process::a_dropped_child_goes_on_and_is_reaped_at_its_end";
    without_other_children(name, || {
        let mut ends = Vec::new();
        for _ in 0..30 {
            let mut command = Command::new("cat");
            let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
            ends.push((child.stdin.take().unwrap(), child.stdout.take().unwrap()));
        }
        for (mut stdin, mut stdout) in ends {
            stdin.write_all(b"still here").unwrap();
            let mut bytes = [0; 10];
            stdout.read_exact(&mut bytes).unwrap();
            assert_eq!(&bytes, b"still here");
        }
        until_childless();
        // And again, when the first ones have been seen off.
        drop(shell("exit 1").spawn().unwrap());
        until_childless();
    });
}

#[test]
fn a_child_that_is_to_be_killed_is_gone_after_its_drop() {
    let name = "process::a_child_that_is_to_be_killed_is_gone_after_its_drop";
    without_other_children(name, || {
        drop(shell("exec sleep 1000").kill_on_drop(true).spawn().unwrap());
        let mut child = shell("exec sleep 1000").spawn().unwrap();
        child.kill_on_drop(true);
        drop(child);
        until_childless();
        // Asked to, and then not; nor is one that was taken out.
        let mut child = shell("read line; exit 9").stdin(Stdio::piped()).kill_on_drop(true).spawn();
        let child = child.as_mut().unwrap();
        child.kill_on_drop(false);
        assert_eq!(child.wait().unwrap().code(), Some(9));
        let mut command = shell("read line; exit 8");
        let child = command.stdin(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        assert_eq!(child.into_std().wait().unwrap().code(), Some(8));
        until_childless();
    });
}

#[test]
fn without_a_descriptor_for_it_a_dropped_child_is_reaped_all_the_same() {
    let name = "process::without_a_descriptor_for_it_a_dropped_child_is_reaped_all_the_same";
    if child::case().is_none() {
        return child::succeeds(name, "exhausted");
    }
    on_plain_thread(|| {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let stdin = child.stdin.take().unwrap();
        let next = stdin.as_fd().try_clone_to_owned().unwrap().as_raw_fd();
        let former = getrlimit(Resource::Nofile);
        let none_left = Rlimit { current: u64::try_from(next).ok(), ..former };
        setrlimit(Resource::Nofile, none_left).unwrap();
        drop(child);
        drop(stdin);
        until_childless();
        setrlimit(Resource::Nofile, former).unwrap();
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

#[test]
fn without_a_descriptor_for_the_child_a_thread_of_the_pool_waits() {
    let test = "process::without_a_descriptor_for_the_child_a_thread_of_the_pool_waits";
    if child::case().is_none() {
        return child::succeeds(test, "exhausted");
    }
    on_carrier(|| {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let stdin = child.stdin.take().unwrap();
        let next = stdin.as_fd().try_clone_to_owned().unwrap().as_raw_fd();
        let former = getrlimit(Resource::Nofile);
        let none_left = Rlimit { current: u64::try_from(next).ok(), ..former };
        setrlimit(Resource::Nofile, none_left).unwrap();
        let waiter = spawn(move || child.wait().unwrap());
        while Offload::default_pool().gauge().running == 0 {
            greenctx::yield_now();
        }
        drop(stdin);
        assert!(waiter.join().unwrap().success());
        setrlimit(Resource::Nofile, former).unwrap();
    });
}

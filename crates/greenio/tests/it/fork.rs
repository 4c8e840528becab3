//! A forked child, which shares the epoll instances of its parent, and has none of its threads.

use std::io::{ErrorKind, Read, Write};
use std::time::Duration;

use greenio::net::UnixStream;
use greenio::{Offload, OffloadErrorKind};

use crate::on_plain_thread;

/// Forks; the child exits with what `in_child` says, which is returned to the parent.
fn exit_code_of_fork(in_child: impl FnOnce() -> i32) -> i32 {
    // SAFETY: the child waits for sockets, for which it needs memory, and the C library sees to it that a
    // child of a process with several threads may allocate. Then it ends.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "no process to be had");
    if child == 0 {
        let code = in_child();
        // SAFETY: ends the process, without running anything of the parent's.
        unsafe { libc::_exit(code) };
    }
    let mut status = 0;
    // SAFETY: waits for our own child, and the status has its place.
    let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
    assert_eq!(waited, child);
    assert!(libc::WIFEXITED(status), "the child ended with status {status}");
    libc::WEXITSTATUS(status)
}

#[test]
fn a_forked_child_waits_by_itself_and_leaves_its_parents_sockets_alone() {
    on_plain_thread(|| {
        let (mut one, mut other) = UnixStream::pair().unwrap();
        let limit = Some(Duration::from_millis(1));
        one.set_read_timeout(limit).unwrap();
        // Registered before the fork.
        assert_eq!(one.read(&mut [0]).unwrap_err().kind(), ErrorKind::TimedOut);
        let mut ends = Some((one, other));
        let code = exit_code_of_fork(|| {
            let Some((mut one, mut other)) = ends.take() else { return 1 };
            let empty = one.read(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::TimedOut);
            let _ = other.write_all(b"c");
            let mut byte = [0];
            let _ = one.set_read_timeout(None);
            let arrived = one.read(&mut byte).is_ok_and(|count| count == 1) && byte == *b"c";
            drop((one, other));
            if empty && arrived { 0 } else { 2 }
        });
        assert_eq!(code, 0);
        (one, other) = ends.unwrap();
        assert_eq!(one.read(&mut [0]).unwrap_err().kind(), ErrorKind::TimedOut);
        one.set_read_timeout(None).unwrap();
        let writing = greenstd::thread::spawn(move || {
            greenstd::thread::sleep(Duration::from_millis(5));
            other.write_all(b"p").unwrap();
        });
        let mut byte = [0];
        one.read_exact(&mut byte).unwrap();
        assert_eq!(byte, *b"p");
        writing.join().unwrap();
    });
}

#[test]
fn an_offload_pool_is_refused_in_a_forked_child_and_files_are_there_all_the_same() {
    on_plain_thread(|| {
        let offload = Offload::builder().threads(1).build().unwrap();
        assert_eq!(offload.run(|| 1).unwrap(), 1);
        let in_child = offload.clone();
        let code = exit_code_of_fork(move || {
            let refused = in_child.run(|| 2).unwrap_err();
            let is_forked = refused.kind() == OffloadErrorKind::Forked;
            let is_back = refused.into_inner().is_some_and(|closure| closure() == 2);
            let is_file_there = greenio::fs::metadata("/").is_ok_and(|root| root.is_dir());
            if is_forked && is_back && is_file_there && in_child.shutdown().is_err() {
                0
            } else {
                1
            }
        });
        assert_eq!(code, 0);
        assert_eq!(offload.run(|| 3).unwrap(), 3);
    });
}

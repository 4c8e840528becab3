//! Kernels that are old, and containers that answer a call they do not know with an error: `epoll_pwait2` is
//! refused by a filter of system calls, in a child process.

use std::io::{Error, ErrorKind, Read, Write};
use std::time::Duration;

use greenctx::{sleep, spawn, with_timeout};
use greenio::net::{TcpListener, TcpStream, UnixStream};
use greenstd::time;

use crate::{on_another_carrier, on_carrier, on_plain_thread};
use testkit::child;

/// Lets the kernel answer `epoll_pwait2` by `errno`, on this thread and on those that it starts.
fn refuse_exact_waits(errno: i32) {
    let statement = |code: u32, k: u32| libc::sock_filter { code: code as u16, jt: 0, jf: 0, k };
    let number = libc::SYS_epoll_pwait2 as u32;
    let mut filter = [
        // The number of the call is the first word of what a filter sees.
        statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0),
        libc::sock_filter {
            jf: 1,
            ..statement(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, number)
        },
        statement(libc::BPF_RET | libc::BPF_K, libc::SECCOMP_RET_ERRNO | errno as u32),
        statement(libc::BPF_RET | libc::BPF_K, libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_mut_ptr() };
    // SAFETY: takes numbers alone, and changes what this process may do from now on.
    let gave_up = unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    assert_eq!(gave_up, 0, "{}", Error::last_os_error());
    // SAFETY: the kernel copies the program, which lives until then.
    let filtered =
        unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program) };
    assert_eq!(filtered, 0, "{}", Error::last_os_error());
    // SAFETY: a descriptor that is none; the buffer has no length.
    let answer = unsafe { libc::syscall(libc::SYS_epoll_pwait2, -1, 0, 0, 0, 0, 0) };
    assert_eq!((answer, Error::last_os_error().raw_os_error()), (-1, Some(errno)));
}

/// What waits for descriptors, or for the time beside them.
fn use_sockets() {
    let (mut one, mut other) = UnixStream::pair().unwrap();
    // A fraction of a millisecond: what is waited for is not over before its time.
    let limit = Duration::from_micros(2_300);
    let before = time::now();
    one.set_read_timeout(Some(limit)).unwrap();
    assert_eq!(one.read(&mut [0]).unwrap_err().kind(), ErrorKind::TimedOut);
    assert!(time::since(before) >= limit);
    assert_eq!(with_timeout(limit, || one.read(&mut [0])).unwrap_err().kind(), ErrorKind::TimedOut);
    sleep(limit).unwrap();
    one.set_read_timeout(Some(Duration::from_secs(1 << 40))).unwrap();
    let writing = on_another_carrier(move || {
        sleep(limit).unwrap();
        other.write_all(b"late").unwrap();
    });
    let mut bytes = [0; 4];
    one.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"late");
    writing.join().unwrap();
}

fn serve_many() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // More at once than are taken from the kernel at a time.
    const CLIENTS: usize = 400;
    spawn(move || {
        for stream in listener.incoming().take(CLIENTS) {
            let mut stream = stream.unwrap();
            spawn(move || {
                let mut bytes = [0; 5];
                stream.read_exact(&mut bytes).unwrap();
                stream.write_all(&bytes).unwrap();
            });
        }
    });
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            spawn(move || {
                let mut stream = TcpStream::connect(address).unwrap();
                stream.write_all(b"hello").unwrap();
                let mut bytes = Vec::new();
                stream.read_to_end(&mut bytes).unwrap();
                assert_eq!(bytes, b"hello");
            })
        })
        .collect();
    clients.into_iter().for_each(|client| client.join().unwrap());
}

fn with_answer(test: &str, errno: i32) {
    if child::case().is_none() {
        return child::succeeds(test, "filtered");
    }
    on_carrier(move || {
        // One reactor that knew better, and others that never did.
        use_sockets();
        refuse_exact_waits(errno);
        use_sockets();
        serve_many();
        on_another_carrier(use_sockets).join().unwrap();
        let plain = greenio::unblock(|| on_plain_thread(use_sockets));
        plain.unwrap();
    });
}

#[test]
fn where_exact_waits_are_forbidden_sockets_wait_for_milliseconds() {
    with_answer(
        "old_kernels::where_exact_waits_are_forbidden_sockets_wait_for_milliseconds",
        libc::EPERM,
    );
}

#[test]
fn where_exact_waits_are_unknown_sockets_wait_for_milliseconds() {
    with_answer(
        "old_kernels::where_exact_waits_are_unknown_sockets_wait_for_milliseconds",
        libc::ENOSYS,
    );
}

//! Reads of one byte from a socket that always has some: what a read costs beside the system call.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use greenio::net::UnixStream as GreenStream;

use super::{Workload, peers};
use crate::measure::{Measured, Params};

/// Written at once; it fits into the socket's buffer.
const FILLED: usize = 10_000;

pub const WORKLOAD: Workload = Workload {
    name: "ready_read",
    about: "reads of a byte from a socket that has some; ns a read",
    n: 1_000_000,
    warm_up: true,
    runners: &[("green", green), ("tokio", tokio), ("threads", threads)],
};

fn green(params: &Params) -> Measured {
    let pool = peers::green(params);
    let n = params.n;
    Measured::time(n, || {
        let reading = move || {
            let (writer, reader) = UnixStream::pair().expect("there are descriptors");
            let reader = GreenStream::from_std(reader).expect("it is a socket");
            read_all(n, writer, reader)
        };
        pool.submit(reading).expect("nothing is refused").result().expect("none fails");
    })
}

fn threads(params: &Params) -> Measured {
    Measured::time(params.n, || {
        let (writer, reader) = UnixStream::pair().expect("there are descriptors");
        read_all(params.n, writer, reader);
    })
}

fn tokio(params: &Params) -> Measured {
    use tokio::io::AsyncReadExt;

    let runtime = peers::tokio_with_sockets(params);
    let n = params.n;
    Measured::time(n, || {
        let reading = async move {
            let (mut writer, reader) = UnixStream::pair().expect("there are descriptors");
            reader.set_nonblocking(true).expect("it is a socket");
            let mut reader = tokio::net::UnixStream::from_std(reader).expect("it is a socket");
            let mut byte = [0];
            for i in 0..n {
                fill(i, &mut writer);
                assert_eq!(reader.read(&mut byte).await.expect("it was written"), 1);
            }
        };
        runtime.block_on(runtime.spawn(reading)).expect("no task fails");
    })
}

fn read_all(n: u64, mut writer: UnixStream, mut reader: impl Read) {
    let mut byte = [0];
    for i in 0..n {
        fill(i, &mut writer);
        // Not `read_exact`, whose loop in `std` would be half of what is counted.
        assert_eq!(reader.read(&mut byte).expect("it was written"), 1);
    }
}

// Always inlined: a call, which the compiler makes of it or not, would be a fifth of what is counted.
#[inline(always)]
fn fill(i: u64, writer: &mut UnixStream) {
    if i.is_multiple_of(FILLED as u64) {
        write_all(writer);
    }
}

#[cold]
#[inline(never)]
fn write_all(writer: &mut UnixStream) {
    writer.write_all(&[7; FILLED]).expect("the buffer is empty");
}

//! From a reader to a writer, and both ways.

use std::io::{self, Read, Write};

use greenctx::{Builder, JoinError, shield};
use greenstd::sync::Arc;

use crate::net::Duplex;

/// As large as what a socket usually holds.
const BUFFER_BYTES: usize = 64 * 1024;

/// Copies what `reader` has, up to its end, into `writer`; returns how many bytes it was.
///
/// [`std::io::copy`] works with our types as well; this has a larger buffer, on the heap and not on the stack.
///
/// ```
/// let mut copied = Vec::new();
/// assert_eq!(greenio::copy(&mut &b"hello"[..], &mut copied)?, 5);
/// assert_eq!(copied, b"hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of reading and writing. What was read then may be lost.
///
/// # Blocking
/// As reading and writing.
pub fn copy<R, W>(reader: &mut R, writer: &mut W) -> io::Result<u64>
where
    R: Read + ?Sized,
    W: Write + ?Sized,
{
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut copied = 0;
    loop {
        let count = match reader.read(&mut buffer) {
            Ok(0) => return Ok(copied),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        writer.write_all(&buffer[..count])?;
        copied += count as u64;
    }
}

/// Copies both ways between two streams until both have ended; returns how many bytes went from `one` to
/// `other`, and how many came back. When a stream ends, the writing direction of the other one is ended too.
///
/// The second direction runs on a thread of its own: a green thread of the same carrier, or an OS thread if
/// the caller is one.
///
/// ```
/// use greenio::net::UnixStream;
/// use greenio::{Carrier, copy_bidirectional, spawn};
/// use std::io::{Read, Write};
/// use std::net::Shutdown;
///
/// Carrier::new()?.run(|| -> Result<(), Box<dyn std::error::Error>> {
///     let (mut client, front) = UnixStream::pair()?;
///     let (back, mut server) = UnixStream::pair()?;
///     let proxy = spawn(move || copy_bidirectional(front, back));
///     client.write_all(b"ping")?;
///     client.shutdown(Shutdown::Write)?; // the server reads the end
///     let mut request = String::new();
///     server.read_to_string(&mut request)?;
///     server.write_all(b"pong!")?;
///     drop(server);
///     assert_eq!(proxy.join()??, (4, 5));
///     Ok(())
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The first error of either direction, after which both streams are closed; if there is no thread to be had.
///
/// # Panics
/// If reading or writing panics.
///
/// # Blocking
/// Parks the green thread, or blocks the OS thread.
#[doc(alias = "proxy")]
#[doc(alias = "splice")]
pub fn copy_bidirectional<A, B>(one: A, other: B) -> io::Result<(u64, u64)>
where
    A: Duplex + 'static,
    B: Duplex + 'static,
    for<'a> &'a A: Read + Write,
    for<'a> &'a B: Read + Write,
{
    let streams = Arc::new((one, other));
    let back = Builder::new()
        .name("copy back")
        .spawn({
            let streams = streams.clone();
            move || {
                let (one, other) = &*streams;
                copy_one_way(other, one, &streams)
            }
        })
        .map_err(io::Error::other)?;
    let (one, other) = &*streams;
    let there = copy_one_way(one, other, &streams);
    // It ends: either the streams do, or they were closed by now. If the caller is cancelled while it waits
    // here, it closes them.
    let back = match shield_if(there.is_err(), || back.join()) {
        Ok(back) => back,
        Err(JoinError::Panicked(panic)) => std::panic::resume_unwind(panic.into_inner()),
        Err(JoinError::Interrupted(interrupted)) => {
            close(&streams);
            Err(interrupted.into())
        }
    };
    Ok((there?, back?))
}

fn shield_if<R>(shielded: bool, run: impl FnOnce() -> R) -> R {
    match shielded {
        true => shield(run),
        false => run(),
    }
}

/// On an error, the other direction is not to wait for ever.
fn copy_one_way<A: Duplex, B: Duplex, X, Y>(from: &X, to: &Y, streams: &(A, B)) -> io::Result<u64>
where
    for<'a> &'a X: Read,
    for<'a> &'a Y: Write,
    Y: Duplex,
{
    let copied = copy(&mut &*from, &mut &*to);
    match copied {
        Ok(copied) => {
            // The peer may have gone already; whoever reads from it will see.
            let _ = to.end_writing();
            Ok(copied)
        }
        Err(error) => {
            close(streams);
            Err(error)
        }
    }
}

fn close<A: Duplex, B: Duplex>(streams: &(A, B)) {
    streams.0.close();
    streams.1.close();
}

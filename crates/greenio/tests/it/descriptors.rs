//! Descriptors other than sockets, and numbers of descriptors that are used again.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Command, Stdio};
use std::time::Duration;

use greenctx::{spawn, with_timeout, yield_now};
use greenio::net::UnixStream;
use greenio::{Closed, Io};
use greenstd::sync::Arc;
use greenstd::time;
use rustix::event::{EventfdFlags, eventfd};
use rustix::fs::{OFlags, fcntl_getfl};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};

use crate::{on_another_carrier, on_carrier, on_plain_thread};

fn is_nonblocking(fd: impl AsFd) -> bool {
    fcntl_getfl(fd).unwrap().contains(OFlags::NONBLOCK)
}

#[test]
fn a_pipe_is_read_and_written() {
    let test = || {
        let (reader, writer) = std::io::pipe().unwrap();
        let (reader, mut writer) = (Io::new(reader).unwrap(), Io::new(writer).unwrap());
        let writing = on_another_carrier(move || writer.write_all(&[5; 1 << 20]).unwrap());
        let mut bytes = Vec::new();
        (&reader).read_to_end(&mut bytes).unwrap();
        assert!(bytes == [5; 1 << 20]);
        writing.join().unwrap();
    };
    on_carrier(test);
    on_plain_thread(test);
}

#[test]
fn a_pipe_without_readers_refuses_a_writer_that_waits() {
    on_carrier(|| {
        let (reader, writer) = std::io::pipe().unwrap();
        let mut writer = Io::new(writer).unwrap();
        let writing = spawn(move || writer.write_all(&[5; 1 << 20]).unwrap_err().kind());
        yield_now();
        drop(reader);
        assert_eq!(writing.join().unwrap(), ErrorKind::BrokenPipe);
    });
}

#[test]
fn a_timer_and_a_counter_are_waited_for() {
    let test = || {
        let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::CLOEXEC).unwrap();
        let after = Timespec { tv_sec: 0, tv_nsec: 3_000_000 };
        let never = Timespec { tv_sec: 0, tv_nsec: 0 };
        let before = time::now();
        let once = Itimerspec { it_interval: never, it_value: after };
        timerfd_settime(&timer, TimerfdTimerFlags::empty(), &once).unwrap();
        let timer = Io::new(timer).unwrap();
        timer.readable().unwrap();
        assert!(time::since(before) >= Duration::from_millis(3));
        let mut ticks = [0; 8];
        assert_eq!((&timer).read(&mut ticks).unwrap(), 8);
        assert_eq!(u64::from_ne_bytes(ticks), 1);

        let counter = Arc::new(Io::new(eventfd(0, EventfdFlags::CLOEXEC).unwrap()).unwrap());
        counter.writable().unwrap();
        let counting = on_another_carrier({
            let counter = counter.clone();
            move || (&*counter).write(&3_u64.to_ne_bytes()).unwrap()
        });
        let mut count = [0; 8];
        (&*counter).read_exact(&mut count).unwrap();
        assert_eq!(u64::from_ne_bytes(count), 3);
        counting.join().unwrap();
    };
    on_carrier(test);
    on_plain_thread(test);
}

#[test]
fn the_output_of_a_child_process_is_waited_for() {
    on_carrier(|| {
        let mut child = Command::new("cat")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("there is a cat");
        let mut input = Io::new(child.stdin.take().unwrap()).unwrap();
        let mut output = Io::new(child.stdout.take().unwrap()).unwrap();
        let writing = spawn(move || input.write_all(&[b'x'; 300_000]).unwrap());
        let mut bytes = Vec::new();
        output.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes.len(), 300_000);
        writing.join().unwrap();
        assert!(child.wait().unwrap().success());
    });
}

#[test]
fn other_operations_wait_by_the_same_means() {
    on_carrier(|| {
        let (one, other) = std::os::unix::net::UnixDatagram::pair().unwrap();
        let one = Io::new(one).unwrap();
        let sending = spawn(move || other.send(b"datagram").unwrap());
        let mut bytes = [0; 16];
        // The operation may itself wait.
        let received = one.with_read(|socket| {
            let received = socket.recv(&mut bytes);
            yield_now();
            received
        });
        assert_eq!(received.unwrap(), 8);
        sending.join().unwrap();
    });
}

#[test]
fn what_arrives_while_an_operation_waits_by_itself_is_not_forgotten() {
    let test = || {
        let (one, other) = std::os::unix::net::UnixDatagram::pair().unwrap();
        let one = Io::new(one).unwrap();
        let first = spawn_or_thread({
            let other = other.try_clone().unwrap();
            move || other.send(b"first").unwrap()
        });
        // It has waited, and all that is known now is that there was something.
        one.with_read(|socket| socket.recv(&mut [0; 16])).unwrap();
        first();
        let mut is_first_attempt = true;
        let received = one.with_read(|socket| {
            let received = socket.recv(&mut [0; 16]);
            if std::mem::take(&mut is_first_attempt) {
                assert_eq!(received.as_ref().unwrap_err().kind(), ErrorKind::WouldBlock);
                other.send(b"second").unwrap();
                // The event of the second one comes, and is delivered, while this waits.
                let (quiet, _peer) = UnixStream::pair().unwrap();
                quiet.set_read_timeout(Some(Duration::from_millis(2))).unwrap();
                (&quiet).read(&mut [0]).unwrap_err();
            }
            received
        });
        assert_eq!(received.unwrap(), 6);
    };
    on_carrier(test);
    on_plain_thread(test);
}

#[test]
fn regular_files_are_refused_with_a_hint() {
    let error = Io::new(File::open("/proc/self/exe").unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("fs"), "{error}");
}

#[test]
fn the_former_mode_comes_back() {
    on_carrier(|| {
        let (reader, writer) = std::io::pipe().unwrap();
        let reader = Io::new(reader).unwrap();
        assert!(is_nonblocking(reader.get_ref()));
        let reader = reader.into_inner();
        assert!(!is_nonblocking(&reader));
        drop(Io::new(&reader).unwrap());
        assert!(!is_nonblocking(&reader));
        let nonblocking = OwnedFd::from(writer);
        rustix::io::ioctl_fionbio(&nonblocking, true).unwrap();
        assert!(is_nonblocking(Io::new(nonblocking).unwrap().into_inner()));
    });
}

#[test]
fn a_wait_for_a_descriptor_ends_by_deadline_and_by_closing() {
    on_carrier(|| {
        let (reader, _writer) = std::io::pipe().unwrap();
        let reader = Arc::new(Io::new(reader).unwrap());
        let error = with_timeout(Duration::from_millis(2), || reader.readable()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        let waiting = spawn({
            let reader = reader.clone();
            move || reader.readable().unwrap_err()
        });
        yield_now();
        reader.close();
        assert!(Closed::is_in(&waiting.join().unwrap()));
    });
}

#[test]
fn a_descriptor_number_that_is_used_again_meets_no_old_events() {
    let test = || {
        // The kernel hands out the lowest free number, and so do the entries of the reactor.
        for round in 0..2000_u32 {
            let (mut one, mut other) = UnixStream::pair().unwrap();
            one.set_read_timeout(Some(Duration::from_micros(50))).unwrap();
            if round % 3 == 0 {
                // What the last socket of that number had to read is not ours.
                assert_eq!(one.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::TimedOut);
            }
            one.set_read_timeout(None).unwrap();
            let writing = spawn_or_thread(move || {
                other.write_all(&round.to_be_bytes()).unwrap();
                other
            });
            let mut bytes = [0; 4];
            one.read_exact(&mut bytes).unwrap();
            assert_eq!(u32::from_be_bytes(bytes), round);
            let mut other = writing();
            if round % 2 == 0 {
                // Leave an event behind.
                other.write_all(b"unread").unwrap();
            }
            drop(one);
        }
    };
    on_carrier(test);
    on_plain_thread(test);
}

/// Runs beside the caller, on a green thread if it is one; returns how to wait for the result.
fn spawn_or_thread<T: Send + 'static>(
    run: impl FnOnce() -> T + Send + 'static,
) -> Box<dyn FnOnce() -> T> {
    if greenctx::current().is_green() {
        let thread = spawn(run);
        Box::new(move || thread.join().unwrap())
    } else {
        let thread = greenstd::thread::spawn(run);
        Box::new(move || thread.join().unwrap())
    }
}

//! The server: it lets clients in, and ends in order.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use executor::io::net::{AcceptBackoff, TcpListener, TcpStream};
use executor::sync::{Event, Semaphore};
use executor::{ExecutorHandle, GreenThreadPoolExecutor, Shutdown};
use socket2::{SockRef, TcpKeepalive};

use crate::arguments::Arguments;
use crate::connection;
use crate::error::Error;
use crate::memory;
use crate::room::Room;
use crate::say;
use programs::interrupt;

/// How long clients are given to say good-bye.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a silent connection stays before the kernel looks whether the other end is still there.
const KEEPALIVE: Duration = Duration::from_secs(60);
const REFUSAL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// Serves until ctrl-c.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Error> {
    let before = memory::resident_bytes();
    let executor = build(arguments)?;
    let room = Arc::new(Room::default());
    let listener =
        TcpListener::bind(arguments.addr).map_err(|error| Error::Listen(arguments.addr, error))?;
    let address = listener.local_addr().unwrap_or(arguments.addr);
    let door = Door {
        room: room.clone(),
        executor: executor.handle(),
        places: Arc::new(Semaphore::new(arguments.max_clients)),
    };
    let accepting = executor.submit(move || door.open(&listener));
    let accepting = accepting.expect("a new executor takes a job").handle();
    say(format_args!("chat: ws://{address}, up to {} clients", arguments.max_clients));
    let _page = arguments.inspecting.start("chat", &executor.handle()).map_err(Error::Inspect)?;

    let plain = "a plain thread is not interrupted";
    let interrupted = Arc::new(Event::new());
    let by_ctrl_c = interrupted.clone();
    interrupt::on_ctrl_c(move || by_ctrl_c.set());
    interrupted.wait().expect(plain);
    accepting.cancel();
    room.close().expect(plain);
    if executor.shutdown(Shutdown::wait().timeout(PATIENCE)).is_err() {
        room.cut_all().expect(plain);
        executor.shutdown(Shutdown::wait()).expect("this thread is none of the executor's");
    }
    report(&room, before);
    say(format_args!("\n{:#}", executor.statistics()));
    Ok(())
}

/// Two workers a client, one that accepts.
fn build(arguments: &Arguments) -> Result<GreenThreadPoolExecutor, Error> {
    let max_workers = arguments.max_clients.saturating_mul(2).saturating_add(1);
    let mut builder = GreenThreadPoolExecutor::builder().name("chat").max_workers(max_workers);
    if let Some(carriers) = arguments.carriers {
        builder = builder.carriers(carriers);
    }
    builder.build().map_err(Error::Build)
}

/// Where clients come in.
struct Door {
    room: Arc<Room>,
    executor: ExecutorHandle,
    places: Arc<Semaphore>,
}

impl Door {
    /// Accepts connections, a job each, until it is cancelled or cannot go on.
    fn open(&self, listener: &TcpListener) -> io::Result<()> {
        let mut backoff = AcceptBackoff::new();
        let mut number = 0;
        loop {
            match listener.accept() {
                Ok((stream, _)) => {
                    backoff.succeeded();
                    number += 1;
                    self.let_in(number, stream);
                }
                Err(error) => {
                    if !executor::is_cancelled() {
                        say(format_args!("chat: cannot accept: {error}"));
                    }
                    backoff.failed(error)?;
                }
            }
        }
    }

    fn let_in(&self, number: u64, stream: TcpStream) {
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            // Whether it hears why it is not let in is up to it.
            let _ = (&stream).write_all(REFUSAL);
            return;
        };
        let keepalive = TcpKeepalive::new().with_time(KEEPALIVE);
        // Without it, the connection lasts until somebody speaks.
        let _ = SockRef::from(&stream).set_tcp_keepalive(&keepalive);
        let (room, executor) = (self.room.clone(), self.executor.clone());
        // A refusal means that the executor is being shut down, and the connection ends with the
        // closure.
        let _ = self.executor.try_submit(move || {
            let ended = connection::serve(number, stream, &room, &executor);
            drop(place);
            ended
        });
    }
}

fn report(room: &Room, before: u64) {
    let counts = room.counts().expect("a plain thread is not interrupted");
    let resident = memory::most_resident_bytes();
    let each = resident.saturating_sub(before) / counts.most.max(1) as u64;
    say(format_args!(
        "\nchat: {} clients came, at most {} at once; {} messages, {} deliveries, {} cut off",
        counts.joined, counts.most, counts.messages, counts.deliveries, counts.cut
    ));
    say(format_args!(
        "chat: at most {} KiB resident, {each} bytes a connection above the start",
        resident / 1024
    ));
}

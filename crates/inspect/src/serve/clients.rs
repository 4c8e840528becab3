//! The clients that are being served: an OS thread each, and not too many.

use std::collections::HashMap;
use std::io;
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use greenstd::sync::{Arc, Mutex};
use greenstd::thread;

use super::refused::Refused;
use super::request::Request;
use super::response::Response;
use super::routes::Routes;
use super::timed::Timed;

/// So many are served at once.
const MOST: usize = 16;

/// A request has to arrive in this time.
const TO_ASK: Duration = Duration::from_secs(10);

/// An answer has to leave in this time, from when it is there.
const TO_ANSWER: Duration = Duration::from_secs(30);

/// What a client may still send after an answer that came early.
const REST_BYTES: usize = 64 << 10;

pub(super) struct Clients {
    routes: Routes,
    /// The sockets of those that are served, by a number.
    open: Mutex<HashMap<u64, TcpStream>>,
}

impl Clients {
    pub(super) fn new(routes: Routes) -> Self {
        Clients { routes, open: Mutex::new(HashMap::new()) }
    }

    pub(super) fn routes(&self) -> &Routes {
        &self.routes
    }

    /// Begins to serve a client, or refuses that.
    pub(super) fn serve(clients: &Arc<Self>, stream: TcpStream) {
        let Some(served) = Served::enter(clients, &stream) else {
            // A few bytes go into the socket's buffer at once.
            let _ = answer(&stream, &Refused::Full.into());
            return;
        };
        let thread = thread::Builder::new().name("inspect-client".to_owned());
        // Without a thread there is no answer.
        let _ = thread.spawn(move || {
            // Whatever fails here, the client has gone.
            let _ = served.clients.converse(&stream);
        });
    }

    fn converse(&self, stream: &TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut asking = Timed::new(stream, TO_ASK);
        let response = match Request::read(&mut asking)? {
            Ok(request) => self.routes.answer(&request, stream),
            Err(refused) => Some(refused.into()),
        };
        match response {
            Some(response) => answer(stream, &response),
            None => Ok(()),
        }
    }

    /// Cuts off all clients.
    pub(super) fn stop(&self) {
        for stream in self.open.lock().values() {
            // One that has gone is no matter.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// Writes it, and waits until the client has it or has gone: a close with bytes unread would take it away again.
fn answer(stream: &TcpStream, response: &Response) -> io::Result<()> {
    let mut timed = Timed::new(stream, TO_ANSWER);
    response.write(&mut timed)?;
    stream.shutdown(Shutdown::Write)?;
    timed.discard(REST_BYTES)
}

/// A client among those that are served, until it is dropped.
struct Served {
    clients: Arc<Clients>,
    number: u64,
}

impl Served {
    fn enter(clients: &Arc<Clients>, stream: &TcpStream) -> Option<Self> {
        let copy = stream.try_clone().ok()?;
        let mut open = clients.open.lock();
        if open.len() >= MOST {
            return None;
        }
        let number = (0..).find(|number| !open.contains_key(number))?;
        open.insert(number, copy);
        Some(Served { clients: clients.clone(), number })
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.clients.open.lock().remove(&self.number);
    }
}

//! A client, in plain blocking style: a websocket of `tungstenite` over a green socket.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use executor::io::net::TcpStream;
use executor::sync::Semaphore;
use executor::with_timeout;
use socket2::{Domain, Protocol, Socket, Type};
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Message, WebSocket};

/// How long the server may take to let a client in.
const PATIENCE: Duration = Duration::from_secs(30);
const BUFFER_BYTES: usize = 2 * 1024;
/// The speaker's name.
const SPEAKER: &str = "speaker";
/// An address has about 28,000 ports for connections to one server. All of 127.0.0.0/8 is this machine,
/// so clients of a local server come from several of its addresses.
const LOCAL_ADDRESSES: u32 = 8;

/// Why a client was not served.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Somebody in the room.
pub(crate) struct Client {
    socket: WebSocket<TcpStream>,
}

impl Client {
    /// Comes in as number `number`, and waits to be welcomed.
    ///
    /// # Blocking
    /// Parks the green thread.
    pub(crate) fn enter(server: SocketAddr, number: u32) -> Result<Self, Failure> {
        with_timeout(PATIENCE, || {
            let stream = connect(server, number)?;
            let config =
                WebSocketConfig::default().read_buffer_size(BUFFER_BYTES).write_buffer_size(0);
            let url = format!("ws://{server}/");
            let greeted = tungstenite::client::client_with_config(url, stream, Some(config));
            let (socket, _) = greeted.map_err(|error| error.to_string())?;
            let mut client = Client { socket };
            client.next()?;
            Ok(client)
        })
    }

    /// Asks the server something.
    pub(crate) fn ask(&mut self, question: &str) -> Result<String, Failure> {
        self.socket.send(Message::text(question))?;
        self.next()
    }

    /// Says something `messages` times, each time when the last was heard by all `others`, and leaves.
    pub(crate) fn speak(
        mut self,
        messages: usize,
        bytes: usize,
        others: u32,
        heard: &Semaphore,
    ) -> Result<(), Failure> {
        self.ask(&format!("/name {SPEAKER}"))?;
        for number in 0..messages {
            let text = format!("{number:0bytes$}");
            let echo = self.ask(&text)?;
            if echo != format!("{SPEAKER}: {text}") {
                return Err(format!("not what was said: {echo}").into());
            }
            heard.acquire_many(others as usize)?.forget();
        }
        self.leave()
    }

    /// Hears the speaker say `messages` things, in their order, and leaves. Each adds a permit to
    /// `heard`.
    pub(crate) fn hear(mut self, messages: usize, heard: &Semaphore) -> Result<usize, Failure> {
        let mut count = 0;
        while count < messages {
            let text = self.next()?;
            let Some(said) = text.strip_prefix(SPEAKER).and_then(|text| text.strip_prefix(": "))
            else {
                // Somebody else is in the room.
                continue;
            };
            if said.parse() != Ok(count) {
                return Err(format!("number {said} came where {count} was due").into());
            }
            heard.add_permits(1);
            count += 1;
        }
        self.leave()?;
        Ok(count)
    }

    fn next(&mut self) -> Result<String, Failure> {
        loop {
            if let Message::Text(text) = self.socket.read()? {
                return Ok(text.to_string());
            }
        }
    }

    /// Says good-bye, and waits for the server to do so.
    fn leave(mut self) -> Result<(), Failure> {
        self.socket.close(None)?;
        loop {
            match self.socket.read() {
                // What was still on its way.
                Ok(_) => {}
                Err(tungstenite::Error::ConnectionClosed) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn connect(server: SocketAddr, number: u32) -> std::io::Result<TcpStream> {
    if !matches!(server, SocketAddr::V4(server) if server.ip().is_loopback()) {
        return TcpStream::connect(server);
    }
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
    let local = Ipv4Addr::from(u32::from(Ipv4Addr::LOCALHOST) + number % LOCAL_ADDRESSES);
    socket.bind(&SocketAddr::from((local, 0)).into())?;
    socket.set_nonblocking(true)?;
    match socket.connect(&server.into()) {
        // It goes on while the first write waits until it can be done.
        Err(error) if error.raw_os_error() == Some(libc::EINPROGRESS) => {}
        connected => connected?,
    }
    TcpStream::from_std(socket.into())
}

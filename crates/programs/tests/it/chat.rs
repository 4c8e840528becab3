//! The chat room, with clients that are no friends of it.

use std::net::TcpStream;
use std::time::Duration;

use tungstenite::{Message, WebSocket};

use crate::running::Server;

const FRAMES: usize = 1000;
/// Nothing that is waited for takes so long; without it, a failure would be a hang.
const PATIENCE: Duration = Duration::from_secs(60);

type Client = WebSocket<TcpStream>;

fn enter(server: &Server) -> Client {
    let stream = TcpStream::connect(&server.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let url = format!("ws://{}/", server.address);
    let (mut client, _) = tungstenite::client(url, stream).unwrap();
    assert!(hear(&mut client).starts_with("welcome"));
    client
}

fn hear(client: &mut Client) -> String {
    loop {
        if let Message::Text(text) = client.read().unwrap() {
            return text.to_string();
        }
    }
}

#[test]
fn many_frames_in_one_packet_throw_nobody_out() {
    let server = Server::start(env!("CARGO_BIN_EXE_chat"), &["--carriers", "2"]);
    let mut readers: Vec<Client> = (0..8).map(|_| enter(&server)).collect();
    let mut speaker = enter(&server);

    // What is written is kept until it is flushed, and leaves as one piece then.
    for number in 0..FRAMES {
        speaker.write(Message::text(number.to_string())).unwrap();
    }
    speaker.flush().unwrap();

    for reader in readers.iter_mut().chain([&mut speaker]) {
        for number in 0..FRAMES {
            let text = hear(reader);
            assert_eq!(text.rsplit(' ').next(), Some(number.to_string().as_str()), "{text}");
        }
    }
}

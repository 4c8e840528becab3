//! Websockets by the crate `tungstenite`.

use std::net::SocketAddr;

use executor::io::net::TcpStream;
use executor::sync::Barrier;
use tungstenite::{Error, Message, WebSocket};

use super::exchange;

#[test]
fn tungstenite_has_five_hundred_websockets_open_at_once_on_two_carriers() {
    exchange(serve, ask);
}

fn serve(stream: TcpStream, all_have_asked: &Barrier) {
    let mut socket = tungstenite::accept(stream).unwrap();
    let question = socket.read().unwrap();
    all_have_asked.wait().unwrap();
    socket.send(question).unwrap();
    until_closed(&mut socket);
}

fn ask(address: SocketAddr, number: usize) {
    let stream = TcpStream::connect(address).unwrap();
    let (mut socket, _) = tungstenite::client(format!("ws://{address}/"), stream).unwrap();
    let question = Message::text(number.to_string());
    socket.send(question.clone()).unwrap();
    assert_eq!(socket.read().unwrap(), question);
    socket.close(None).unwrap();
    until_closed(&mut socket);
}

/// Either end closes in the order that the protocol demands.
fn until_closed(socket: &mut WebSocket<TcpStream>) {
    loop {
        match socket.read() {
            Ok(Message::Close(_)) => {}
            Err(Error::ConnectionClosed) => return,
            other => panic!("not the end: {other:?}"),
        }
    }
}

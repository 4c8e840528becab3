//! Frames as they go over the wire. What the server sends is not masked, so one frame serves everybody,
//! and is made once.

use tungstenite::Bytes;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};

/// A message.
pub(crate) fn text(text: String) -> Bytes {
    encode(Frame::message(text, OpCode::Data(Data::Text), true))
}

/// The end.
pub(crate) fn close(reason: &'static str) -> Bytes {
    encode(Frame::close(Some(CloseFrame { code: CloseCode::Away, reason: reason.into() })))
}

fn encode(frame: Frame) -> Bytes {
    let mut bytes = Vec::with_capacity(frame.len());
    frame.format(&mut bytes).expect("a vector takes what is written to it");
    bytes.into()
}

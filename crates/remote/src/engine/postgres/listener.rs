//! The OS thread that hears the server's notices.

use std::time::Duration;

use greenstd::sync::{Arc, Weak};
use greenstd::thread;
use postgres::fallible_iterator::FallibleIterator;
use postgres::{Client, Error};

use super::board::Board;
use super::connections::Connect;
use crate::engine::EngineError;

/// How often it looks whether the engine is still there.
const LOOK: Duration = Duration::from_millis(500);

/// Before the next try to connect.
const PAUSE: Duration = Duration::from_millis(200);

/// Starts it. It ends a moment after the board is gone.
pub(super) fn start(board: &Arc<Board>, connect: Arc<Connect>) -> Result<(), EngineError> {
    let board = Arc::downgrade(board);
    let listen = move || {
        while board.strong_count() > 0 {
            // An error is one of the connection, so the next one may do better.
            let _ = connect().and_then(|client| listen(client, &board));
            thread::sleep(PAUSE);
        }
    };
    let thread = thread::Builder::new().name("remote-postgres".to_owned());
    thread.spawn(listen).map_err(EngineError::unreachable)?;
    Ok(())
}

/// Until the connection is lost, or the board is gone.
fn listen(mut client: Client, board: &Weak<Board>) -> Result<(), Error> {
    client.batch_execute("listen greenpool")?;
    let Some(present) = board.upgrade() else { return Ok(()) };
    present.look_anew();
    drop(present);
    while !client.is_closed() {
        let notice = client.notifications().timeout_iter(LOOK).next()?;
        let Some(present) = board.upgrade() else { return Ok(()) };
        if let Some(notice) = notice {
            present.note(notice.payload());
        }
    }
    Ok(())
}

//! The loop: documents, keys and signals come as messages, and after each the screen is drawn.
//!
//! ```text
//!  thread "keys"     waits for keys     ──► Key, Redraw ──┐
//!  thread "signals"  waits for signals  ──► End ──────────┤──► the loop, on the main thread: model, view
//!  thread "asking"   asks the program   ──► Answer ───────┘          │
//!        ▲─────────────────────────────── with groups or without ◄───┘
//! ```
//!
//! So a program that does not answer for seconds holds up no key. There is one request at a time. If one of the threads
//! ends, by a panic for instance, the loop ends too, and the terminal is given back.

use std::io;
use std::time::Duration;

use executor::io::signal::{Signal, Signals};
use executor::sync::{Receiver, RecvTimeoutError, Sender, unbounded};
use greenstd::thread;
use greenstd::time::{self, Instant};
use inspect::page::Page;
use programs::terminal::Screen;
use ratatui::crossterm::event::{self, Event, KeyEvent};

use crate::keys::{Then, press};
use crate::model::Model;
use crate::source::{Source, Trouble};
use crate::view;

enum Message {
    Key(KeyEvent),
    /// The window has another size.
    Redraw,
    Answer(Result<Page, Trouble>),
    End(End),
}

/// Why the loop ends, if by no key.
enum End {
    /// Somebody wants the program to end.
    Signal,
    /// The keys cannot be read.
    Keys(io::Error),
    /// A thread is gone. If it has panicked, the panic has said so.
    Thread,
}

/// Shows what the program does until somebody quits. The first document is there already.
pub(crate) fn run(source: Source, first: Page, interval: Duration) -> io::Result<()> {
    let mut model = Model::new(source.address(), interval, first);
    // Ctrl-c is a key here; `kill` and a closed window are not. They are caught before there is something to give back.
    let signals = Signals::new([Signal::INTERRUPT, Signal::TERMINATE, Signal::HANGUP])?;
    let mut screen = Screen::open()?;
    let (tell, messages) = unbounded();
    let (ask, asked) = unbounded();
    start("keys", &tell, read_keys)?;
    start("signals", &tell, |tell| wait_for_end(signals, tell))?;
    start("asking", &tell, move |tell| answer(&source, &asked, tell))?;
    let mut asking = Asking { ask, is_under_way: false, next: time::now() + interval };
    loop {
        screen.draw(|frame| view::draw(frame, &mut model))?;
        match next(&messages, &mut asking, &mut model) {
            Message::Key(key) if press(&mut model, key) == Then::Quit => return Ok(()),
            Message::Key(_) | Message::Redraw => {}
            Message::Answer(answer) => {
                asking.is_under_way = false;
                asking.next = time::now() + interval;
                model.answered(answer.map_err(|trouble| trouble.to_string()));
            }
            Message::End(End::Signal) => return Ok(()),
            Message::End(End::Keys(error)) => return Err(error),
            Message::End(End::Thread) => return Err(io::Error::other("a thread has ended")),
        }
    }
}

/// When the next document is asked for.
struct Asking {
    ask: Sender<bool>,
    is_under_way: bool,
    next: Instant,
}

/// The next message. Asks for a document when it is time for it.
fn next(messages: &Receiver<Message>, asking: &mut Asking, model: &mut Model) -> Message {
    let gone = Message::End(End::Thread);
    if asking.is_under_way || model.is_paused {
        return messages.recv().unwrap_or(gone);
    }
    if !model.takes_need() {
        match messages.recv_deadline(asking.next) {
            Ok(message) => return message,
            Err(RecvTimeoutError::Timeout) => {}
            Err(_) => return gone,
        }
    }
    asking.is_under_way = true;
    if asking.ask.send(model.view.wants_groups()).is_err() {
        return gone;
    }
    messages.recv().unwrap_or(gone)
}

/// Starts a thread that tells the loop something. Its end is told too, however it comes.
fn start(
    name: &str,
    tell: &Sender<Message>,
    run: impl FnOnce(&Sender<Message>) + Send + 'static,
) -> io::Result<()> {
    struct EndIsTold(Sender<Message>);
    impl Drop for EndIsTold {
        fn drop(&mut self) {
            // Without the loop there is nobody to be told.
            let _ = self.0.send(Message::End(End::Thread));
        }
    }
    let tell = EndIsTold(tell.clone());
    thread::Builder::new().name(name.to_owned()).spawn(move || run(&tell.0)).map(drop)
}

fn read_keys(tell: &Sender<Message>) {
    loop {
        let message = match event::read() {
            Ok(Event::Key(key)) => Message::Key(key),
            Ok(_) => Message::Redraw,
            Err(error) => Message::End(End::Keys(error)),
        };
        let is_end = matches!(message, Message::End(_));
        if tell.send(message).is_err() || is_end {
            return;
        }
    }
}

fn wait_for_end(mut signals: Signals, tell: &Sender<Message>) {
    if signals.wait().is_ok() {
        let _ = tell.send(Message::End(End::Signal));
    }
}

fn answer(source: &Source, asked: &Receiver<bool>, tell: &Sender<Message>) {
    while let Ok(with_groups) = asked.recv() {
        if tell.send(Message::Answer(source.page(with_groups))).is_err() {
            return;
        }
    }
}

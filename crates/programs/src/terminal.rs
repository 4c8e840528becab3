//! The terminal while a program draws on the whole of it, and how it is given back.
//!
//! A terminal that is left as it was taken shows no prompt and echoes nothing. So it is given back however the program
//! ends: by the drop of [`Screen`], and by a panic of any thread before its message is printed. A signal that ends the
//! program is for the program to catch; it then drops the screen.
//!
//! Used by the program `greenpool-top`.

use std::io::{self, IsTerminal, Stdout, Write};
use std::panic;

use greenstd::atomic::{AtomicBool, Ordering};
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::Show;
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::{Frame, Terminal};

/// Whether the terminal is ours, so that it is given back once.
static IS_TAKEN: AtomicBool = AtomicBool::new(false);

/// The whole screen of the terminal, until this is dropped. There is one at a time.
#[derive(Debug)]
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
}

impl Screen {
    /// Takes the terminal that is the standard output. Keys come singly from now on, and are not echoed; ctrl-c is a key.
    ///
    /// # Errors
    /// If standard output is no terminal, or it fails.
    pub fn open() -> io::Result<Self> {
        if !io::stdout().is_terminal() {
            return Err(io::Error::other("the standard output is no terminal"));
        }
        give_back_on_panic();
        let terminal = Terminal::new(CrosstermBackend::new(io::stdout()))?;
        // Before the first change: what has failed half way is given back too.
        IS_TAKEN.store(true, Ordering::Relaxed);
        let screen = Screen { terminal };
        enable_raw_mode()?;
        execute!(io::stdout(), EnterAlternateScreen)?;
        Ok(screen)
    }

    /// Shows what `draw` draws.
    ///
    /// # Errors
    /// If the terminal fails, or a panic has given it back already.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        if !IS_TAKEN.load(Ordering::Relaxed) {
            return Err(io::Error::other("the terminal was given back"));
        }
        self.terminal.draw(draw).map(drop)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// Before a panic says why, so that its message is on the ordinary screen, and stays there.
fn give_back_on_panic() {
    let say_why = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        give_back();
        say_why(panic);
    }));
}

/// Whether any of it fails, nobody can be told: the terminal is where one would tell it.
fn give_back() {
    if IS_TAKEN.swap(false, Ordering::Relaxed) {
        let _ = disable_raw_mode();
        let _ = execute!(io::stdout(), LeaveAlternateScreen, Show);
        let _ = io::stdout().flush();
    }
}

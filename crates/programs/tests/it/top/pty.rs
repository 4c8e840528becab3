//! A program on a pseudo-terminal, whose other end is a screen in memory.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::time::Duration;

use executor::sync::{Receiver, RecvTimeoutError, bounded, unbounded};
use greenstd::{thread, time};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, SlavePty, native_pty_system};

/// Nothing that is waited for takes that long.
const LIMIT: Duration = Duration::from_secs(60);

const ROWS: NonZeroU16 = NonZeroU16::new(40).unwrap();
const COLUMNS: NonZeroU16 = NonZeroU16::new(120).unwrap();

pub(super) struct OnTerminal {
    child: Box<dyn Child + Send + Sync>,
    screen: vt100::Parser,
    /// All that came so far.
    written: Vec<u8>,
    pieces: Receiver<Vec<u8>>,
    keys: Box<dyn Write + Send>,
    master: Box<dyn MasterPty + Send>,
    /// Until the program has ended, so that what it leaves can be looked at.
    slave: Option<Box<dyn SlavePty + Send>>,
    modes_before: Modes,
}

impl OnTerminal {
    pub(super) fn start(program: &str, arguments: &[&str]) -> Self {
        Self::start_with(program, arguments, &[])
    }

    pub(super) fn start_with(
        program: &str,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let size =
            PtySize { rows: ROWS.get(), cols: COLUMNS.get(), pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let modes_before = modes(&*pair.master);
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env("TERM", "xterm-256color");
        // The kernel puts a terminal in order when the leader of its session ends. Here the program has to.
        command.set_controlling_tty(false);
        for (name, value) in variables {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        let pieces = read(pair.master.try_clone_reader().unwrap());
        let keys = pair.master.take_writer().unwrap();
        OnTerminal {
            child,
            screen: vt100::Parser::new(ROWS, COLUMNS, 0),
            written: Vec::new(),
            pieces,
            keys,
            master: pair.master,
            slave: Some(pair.slave),
            modes_before,
        }
    }

    /// Types these characters.
    pub(super) fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Waits until the text is on the screen.
    pub(super) fn wait_for(&mut self, text: &str) {
        self.wait_until(text, true);
    }

    pub(super) fn wait_until_gone(&mut self, text: &str) {
        self.wait_until(text, false);
    }

    fn wait_until(&mut self, text: &str, is_there: bool) {
        let deadline = time::after(LIMIT).unwrap();
        while self.shows(text) != is_there {
            let Ok(piece) = self.pieces.recv_deadline(deadline) else {
                let verb = if is_there { "came" } else { "went" };
                panic!("{text:?} never {verb}; on the screen is\n{}", self.contents());
            };
            self.take(&piece);
        }
    }

    /// Whether the text is on the screen, as far as that has been read.
    pub(super) fn shows(&self, text: &str) -> bool {
        self.contents().contains(text)
    }

    fn contents(&self) -> String {
        self.screen.screen().contents()
    }

    fn take(&mut self, piece: &[u8]) {
        self.screen.process(piece);
        self.written.extend_from_slice(piece);
    }

    /// All that the program has written.
    pub(super) fn written(&self) -> String {
        String::from_utf8_lossy(&self.written).into_owned()
    }

    /// Asks the program to end.
    pub(super) fn terminate(&self) {
        let id = i32::try_from(self.child.process_id().unwrap()).unwrap();
        let id = rustix::process::Pid::from_raw(id).unwrap();
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    }

    /// Waits for the end of the program, and reads all that it has written. Its exit code.
    pub(super) fn end(&mut self) -> u32 {
        let (is_over, over) = bounded::<()>(1);
        let mut killer = self.child.clone_killer();
        let watchdog = thread::spawn(move || {
            if over.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout) {
                killer.kill().unwrap();
            }
        });
        let status = self.child.wait().unwrap();
        drop(is_over);
        watchdog.join().unwrap();
        // Nobody has the terminal but this test. So what is written ends with this.
        self.slave = None;
        while let Ok(piece) = self.pieces.recv() {
            self.take(&piece);
        }
        status.exit_code()
    }

    pub(super) fn ends_well(&mut self) {
        let code = self.end();
        assert_eq!(code, 0, "{}", self.written());
    }

    pub(super) fn is_taken(&self) -> bool {
        self.screen.screen().alternate_screen() && modes(&*self.master) != self.modes_before
    }

    /// Checks that the terminal is as it was before.
    pub(super) fn is_given_back(&self) {
        let screen = self.screen.screen();
        assert!(!screen.alternate_screen(), "the ordinary screen is not seen");
        assert!(!screen.hide_cursor(), "there is no cursor");
        assert_eq!(modes(&*self.master), self.modes_before);
    }
}

/// How the terminal treats keys: whether it echoes them, and gives them in lines.
type Modes = String;

fn modes(master: &dyn MasterPty) -> Modes {
    format!("{:?}", master.get_termios().unwrap())
}

/// Reads on a thread of its own, as a read cannot be told to end.
fn read(mut from: Box<dyn Read + Send>) -> Receiver<Vec<u8>> {
    let (tell, pieces) = unbounded();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        // It fails when the last one who has the terminal has closed it.
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            if tell.send(buffer[..count].to_vec()).is_err() {
                return;
            }
        }
    });
    pieces
}

impl Drop for OnTerminal {
    fn drop(&mut self) {
        // If the test has failed, the program may run on.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

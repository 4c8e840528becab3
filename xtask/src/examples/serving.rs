//! A server that runs while it is asked things.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use greenstd::{thread, time};

use crate::error::{Context, Error, Result};
use crate::examples::program::Program;
use crate::workspace;

/// Nothing that is waited for here takes that long.
const LIMIT: Duration = Duration::from_secs(30);
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// The line by which a server tells that it is ready, up to the address.
const LISTENING: &str = ": listening on ";

/// A server of ours, which is killed when this is dropped.
pub(super) struct Serving {
    child: Child,
    address: SocketAddr,
    stdout: PathBuf,
    stderr: PathBuf,
}

/// What a server that has ended leaves.
pub(super) struct Served {
    pub(super) status: ExitStatus,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Serving {
    /// Starts an example on a free port, and waits until it listens.
    pub(super) fn start(name: &str, arguments: &[&str]) -> Result<Self> {
        Self::spawn(name, &mut Self::program(name, arguments).command())
    }

    /// As [`start`](Self::start), with no more than `files` descriptors.
    pub(super) fn start_with_files(name: &str, arguments: &[&str], files: u32) -> Result<Self> {
        let program = Self::program(name, arguments).command();
        let mut command = Command::new("bash");
        command.args(["-c", &format!("ulimit -n {files} && exec \"$0\" \"$@\"")]);
        command.arg(program.get_program()).args(program.get_args());
        Self::spawn(name, &mut command)
    }

    fn program(name: &str, arguments: &[&str]) -> Program {
        Program::new(name).args(["--addr", "127.0.0.1:0"]).args(arguments.iter().copied())
    }

    fn spawn(name: &str, command: &mut Command) -> Result<Self> {
        let directory = workspace::scratch().join("logs");
        let cannot = || format!("cannot start {name}");
        fs::create_dir_all(&directory).context(cannot)?;
        let [stdout, stderr] =
            ["stdout", "stderr"].map(|stream| directory.join(format!("serving-{name}.{stream}")));
        command.stdin(Stdio::null());
        command.stdout(File::create(&stdout).context(cannot)?);
        command.stderr(File::create(&stderr).context(cannot)?);
        let child = command.spawn().context(cannot)?;
        // The address is known as soon as it is listened on.
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut serving = Serving { child, address: nowhere, stdout, stderr };
        let said = serving.wait_to_say(LISTENING)?;
        let address = said.split(LISTENING).nth(1).and_then(|rest| rest.lines().next());
        serving.address = address.unwrap_or_default().parse().context(|| said.clone())?;
        Ok(serving)
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Connects to it.
    pub(super) fn connect(&self) -> Result<Client> {
        Client::connect(self.address).context(|| "cannot connect".into())
    }

    /// Sends `request`, says that this is all, and returns everything that is answered.
    pub(super) fn ask(&self, request: impl AsRef<[u8]>) -> Result<String> {
        let mut client = self.connect()?;
        // A server that has refused the first part need not read the rest.
        let _ = client.stream.write_all(request.as_ref());
        let _ = client.stream.shutdown(Shutdown::Write);
        client.rest()
    }

    /// Sends it ctrl-c.
    pub(super) fn interrupt(&self) -> Result<()> {
        let pid = self.child.id();
        let status = Command::new("bash").args(["-c", &format!("kill -INT {pid}")]).status();
        match status.context(|| "cannot run bash".into())?.success() {
            true => Ok(()),
            false => Err(Error::new("cannot send it ctrl-c")),
        }
    }

    /// Waits until its stderr has `text`, and returns all of it.
    pub(super) fn wait_to_say(&mut self, text: &str) -> Result<String> {
        let start = time::now();
        loop {
            let said = fs::read_to_string(&self.stderr).context(|| "cannot read stderr".into())?;
            if said.contains(text) {
                return Ok(said);
            }
            let ended = self.child.try_wait().context(|| "cannot wait for it".into())?;
            if ended.is_some() || time::since(start) > LIMIT {
                return Err(Error::new(format!("did not say {text:?}, but:\n{said}")));
            }
            thread::sleep(POLL_INTERVAL);
        }
    }

    /// Waits until it ends by itself.
    pub(super) fn wait(mut self) -> Result<Served> {
        let start = time::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().context(|| "cannot wait for it".into())? {
                break status;
            }
            if time::since(start) > LIMIT {
                return Err(Error::new("did not end"));
            }
            thread::sleep(POLL_INTERVAL);
        };
        let read = |path: &PathBuf| fs::read_to_string(path).context(|| format!("{path:?}"));
        Ok(Served { status, stdout: read(&self.stdout)?, stderr: read(&self.stderr)? })
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A connection to a server.
pub(super) struct Client {
    stream: TcpStream,
}

impl Client {
    fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(LIMIT))?;
        stream.set_write_timeout(Some(LIMIT))?;
        Ok(Client { stream })
    }

    /// Sends some bytes.
    pub(super) fn send(&mut self, bytes: impl AsRef<[u8]>) -> Result<()> {
        self.stream.write_all(bytes.as_ref()).context(|| "cannot send".into())
    }

    /// What comes until it ends so.
    pub(super) fn until(&mut self, end: &str) -> Result<String> {
        let mut bytes = Vec::new();
        while !bytes.ends_with(end.as_bytes()) {
            let mut byte = [0];
            match self.stream.read(&mut byte).context(|| "cannot receive".into())? {
                0 => return Err(Error::new(format!("ended with {:?}", text(&bytes)))),
                _ => bytes.push(byte[0]),
            }
        }
        Ok(text(&bytes))
    }

    /// What comes until the connection ends, in whatever way.
    pub(super) fn rest(&mut self) -> Result<String> {
        let mut bytes = Vec::new();
        match self.stream.read_to_end(&mut bytes) {
            Err(error) if error.kind() != io::ErrorKind::ConnectionReset => {
                Err(Error::new(format!("{error}, after {:?}", text(&bytes))))
            }
            _ => Ok(text(&bytes)),
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// An error that names what was done, unless `holds`.
pub(super) fn demand(holds: bool, what: &str, came: &str) -> Result<()> {
    if holds {
        return Ok(());
    }
    // A body may be long.
    let came: String = came.chars().take(2000).collect();
    Err(Error::new(format!("{what}: got\n{came}")))
}

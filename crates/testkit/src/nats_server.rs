//! A NATS server with JetStream, on a port and a directory of its own, which go when the test ends.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use greenstd::atomic::{AtomicU32, Ordering};
use greenstd::{thread, time};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// Where Debian puts it, which is not in every user's path.
const OF_DEBIAN: &str = "/usr/sbin/nats-server";

/// Far beyond what a start takes.
const LIMIT: Duration = Duration::from_secs(60);

/// Between two looks at a server that starts.
const PAUSE: Duration = Duration::from_millis(10);

/// Below those that the kernel gives to whoever connects, or listens on any port. Of these, one that was free a moment ago
/// may be in use when the server starts, or comes back.
const PORTS: Range<u16> = 10_000..32_000;

/// A server of a test's own. It ends as the value is dropped.
#[derive(Debug)]
pub struct NatsServer {
    /// `None` while it is down.
    process: Option<Child>,
    program: PathBuf,
    address: SocketAddr,
    /// Beside its address and where it stores.
    arguments: Vec<OsString>,
    /// What it has stored. Removed after the process has ended.
    directory: TempDir,
}

impl NatsServer {
    /// Starts one. `None`, and a word about it, where the server is not installed.
    ///
    /// # Panics
    /// If it is installed and does not answer.
    pub fn start() -> Option<Self> {
        Self::start_with([])
    }

    /// As [`start`](Self::start), with more arguments: for certificates or passwords, say.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    pub fn start_with<const N: usize>(arguments: [OsString; N]) -> Option<Self> {
        let mut server = Self::new(free_address(), arguments.into())?;
        server.start_again();
        Some(server)
    }

    /// Starts several that form a cluster. `None`, and a word about it, where the server is not installed.
    ///
    /// They answer, but may have no leader yet.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    pub fn start_cluster(size: usize) -> Option<Vec<Self>> {
        let links: Vec<_> = (0..size).map(|_| format!("nats://{}", free_address())).collect();
        let member = |(number, link): (usize, &String)| {
            let name = format!("member-{number}");
            let routes = links.join(",");
            let own = ["-n", &name, "--cluster_name", "members", "--cluster", link];
            let arguments = own.into_iter().chain(["--routes", &routes]);
            Self::new(free_address(), arguments.map(OsString::from).collect())
        };
        let mut members: Vec<_> = links.iter().enumerate().map(member).collect::<Option<_>>()?;
        members.iter_mut().for_each(Self::start_again);
        Some(members)
    }

    fn new(address: SocketAddr, arguments: Vec<OsString>) -> Option<Self> {
        let Some(program) = find_program() else {
            eprintln!(
                "skipped: nats-server is not installed here; on Debian: apt-get install nats-server"
            );
            return None;
        };
        let directory = TempDir::new().expect("there is room for a directory");
        Some(NatsServer { process: None, program, address, arguments, directory })
    }

    /// Where it listens: the same address for as long as the value lives.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What a client connects to.
    pub fn url(&self) -> String {
        format!("nats://{}", self.address)
    }

    /// Asks it to end, and waits for that. What it has stored is kept.
    pub fn stop(&mut self) {
        let Some(mut process) = self.process.take() else { return };
        let _ = kill_process(Pid::from_child(&process), Signal::TERM);
        let _ = process.wait();
    }

    /// Ends it at once, as a loss of its process would.
    pub fn kill(&mut self) {
        let Some(mut process) = self.process.take() else { return };
        let _ = process.kill();
        let _ = process.wait();
    }

    /// Starts it on the same address and directory, and waits until it answers.
    ///
    /// # Panics
    /// If it runs already, or does not answer.
    pub fn start_again(&mut self) {
        assert!(self.process.is_none(), "it runs already");
        let root = self.directory.path();
        let log = File::options().create(true).append(true).open(root.join("log"));
        let mut command = Command::new(&self.program);
        command.arg("-js").args(["-a", "127.0.0.1", "-p"]).arg(self.address.port().to_string());
        command
            .arg("-sd")
            .arg(root.join("store"))
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command.stderr(log.expect("the log can be written"));
        self.process = Some(command.spawn().expect("the server can be started"));
        self.wait_until_it_answers();
    }

    fn wait_until_it_answers(&mut self) {
        let give_up = time::now() + LIMIT;
        while !answers(self.address) {
            let process = self.process.as_mut().expect("it was started");
            let ended = process.try_wait().expect("it is our child");
            assert!(ended.is_none(), "the server has ended: {ended:?}\n{}", self.log());
            assert!(time::now() < give_up, "the server does not answer\n{}", self.log());
            thread::sleep(PAUSE);
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.kill();
    }
}

fn find_program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&path).map(|directory| directory.join("nats-server"));
    in_path.chain([Path::new(OF_DEBIAN).to_owned()]).find(|program| program.is_file())
}

/// One that nobody listens on just now. Should another process be faster, the server says so and ends.
fn free_address() -> SocketAddr {
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    // Processes begin far from one another.
    let first = std::process::id().wrapping_mul(101);
    let next = || {
        let number = first.wrapping_add(TAKEN.fetch_add(1, Ordering::Relaxed));
        let port = u32::from(PORTS.start) + number % PORTS.len() as u32;
        SocketAddr::from((Ipv4Addr::LOCALHOST, port as u16))
    };
    let is_free = |address: &SocketAddr| TcpListener::bind(address).is_ok();
    std::iter::repeat_with(next).take(PORTS.len()).find(is_free).expect("there is a port")
}

/// Whether a server with JetStream greets whoever connects.
fn answers(address: SocketAddr) -> bool {
    let Ok(stream) = TcpStream::connect(address) else { return false };
    let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
    let mut greeting = String::new();
    let read = BufReader::new(stream).read_line(&mut greeting);
    read.is_ok() && greeting.starts_with("INFO ") && greeting.contains("\"jetstream\":true")
}

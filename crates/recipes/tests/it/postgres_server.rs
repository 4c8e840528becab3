//! A server of PostgreSQL on a directory of its own, which goes when the test ends.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use postgres::{Client, NoTls};
use rustix::process::{Pid, Signal, geteuid, kill_process};
use tempfile::TempDir;

pub(crate) struct PostgresServer {
    process: Child,
    address: String,
    /// Removed after the process has ended.
    _directory: TempDir,
}

impl PostgresServer {
    /// `None`, and a word about it, where the server is not installed.
    pub(crate) fn start() -> Option<Self> {
        let Some(programs) = find_programs() else {
            eprintln!(
                "skipped: PostgreSQL is not installed here; on Debian: apt-get install postgresql"
            );
            return None;
        };
        let directory = TempDir::new().unwrap();
        let root = directory.path();
        fs::set_permissions(root, fs::Permissions::from_mode(0o700)).unwrap();
        let user = unprivileged();
        if let Some((uid, gid)) = user {
            chown(root, Some(uid), Some(gid)).unwrap();
        }
        let data = root.join("data");
        let mut initdb = command(&programs.join("initdb"), root, user);
        initdb.args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C"]);
        let made = initdb.arg("--no-sync").arg("-D").arg(&data).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));

        let mut server = command(&programs.join("postgres"), root, user);
        // A socket in the directory: no port that somebody else might have.
        server.arg("-D").arg(&data).arg("-k").arg(root).args(["-h", "", "-N", "30", "-F"]);
        let log = fs::File::create(root.join("log")).unwrap();
        let process = server.stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let address = format!("host={} user=postgres dbname=postgres", root.display());
        let mut server = PostgresServer { process, address, _directory: directory };
        server.wait_until_it_answers();
        Some(server)
    }

    /// What a driver connects to.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    fn wait_until_it_answers(&mut self) {
        let give_up = Instant::now() + Duration::from_secs(120);
        while let Err(error) = Client::connect(&self.address, NoTls) {
            if let Some(status) = self.process.try_wait().unwrap() {
                panic!("PostgreSQL has ended: {status}");
            }
            assert!(Instant::now() < give_up, "PostgreSQL does not answer: {error}");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        // Asks it to end at once.
        let pid = i32::try_from(self.process.id()).ok().and_then(Pid::from_raw);
        let _ = pid.map(|pid| kill_process(pid, Signal::INT));
        let _ = self.process.wait();
    }
}

/// Where `initdb` and `postgres` are: in the newest version that Debian has installed, or in the path.
fn find_programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut of_debian: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    of_debian.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&path).collect::<Vec<_>>();
    let has_both = |bin: &Path| bin.join("initdb").exists() && bin.join("postgres").exists();
    of_debian.into_iter().rev().chain(in_path).find(|bin| has_both(bin))
}

/// The server refuses to run as root: then the user of Debian's package, or nobody.
fn unprivileged() -> Option<(u32, u32)> {
    if !geteuid().is_root() {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let ids = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    Some(ids("postgres").or_else(|| ids("nobody")).expect("there is a user that is not root"))
}

fn command(program: &Path, directory: &Path, user: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program);
    // Not in a directory that the user may not see.
    command.current_dir(directory).env_remove("PGDATA").env("LC_ALL", "C").stdin(Stdio::null());
    if let Some((uid, gid)) = user {
        command.uid(uid).gid(gid);
    }
    command
}

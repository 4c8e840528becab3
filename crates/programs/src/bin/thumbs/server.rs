//! A nats-server of this program's own, if it is installed.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use greenstd::{thread, time};
use remote::Remote;
use tempfile::TempDir;

use crate::Result;

/// Where Debian puts it, which is not in every user's path.
const OF_DEBIAN: &str = "/usr/sbin/nats-server";

/// How long its start may take.
const LIMIT: Duration = Duration::from_secs(30);

/// It ends with the value, and forgets what it has stored.
pub(crate) struct Server {
    process: Child,
    url: String,
    _directory: TempDir,
}

impl Server {
    /// Starts one on a free port of this machine.
    pub(crate) fn start() -> Result<Self> {
        let program =
            find().ok_or("nats-server is not installed; on Debian: apt-get install nats-server")?;
        let directory = TempDir::new()?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut command = Command::new(program);
        command.args(["-js", "-a", "127.0.0.1", "-p"]).arg(port.to_string());
        command.arg("-sd").arg(directory.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let url = format!("nats://127.0.0.1:{port}");
        let mut server = Server { process: command.spawn()?, url, _directory: directory };
        server.wait_until_it_answers()?;
        Ok(server)
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    fn wait_until_it_answers(&mut self) -> Result<()> {
        let give_up = time::now() + LIMIT;
        loop {
            let Err(error) = Remote::connect(&self.url) else { return Ok(()) };
            if let Some(status) = self.process.try_wait()? {
                return Err(format!("nats-server has ended: {status}").into());
            }
            if time::now() >= give_up {
                return Err(error.into());
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&path).map(|directory| directory.join("nats-server"));
    in_path.chain([Path::new(OF_DEBIAN).to_owned()]).find(|program| program.is_file())
}

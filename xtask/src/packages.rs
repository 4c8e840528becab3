//! Debian's packages that some tests need: installed by name if they are missing, and if we may.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::error::{Context, Error, Result};
use crate::program::is_in_path;

/// A package, and whether it is there already, whoever installed it.
struct Package {
    name: &'static str,
    is_there: fn() -> bool,
}

const PACKAGES: &[Package] = &[
    Package { name: "chromium", is_there: || is_in_path("chromium") },
    Package { name: "chromium-driver", is_there: || is_in_path("chromedriver") },
    Package { name: "nats-server", is_there: is_nats_server_there },
    Package { name: "postgresql", is_there: is_postgres_there },
    Package { name: "python3-prometheus-client", is_there: is_prometheus_client_there },
    Package { name: "valgrind", is_there: || is_in_path("valgrind") },
];

/// The step of `cargo xtask ci`: without the packages, what needs them is skipped, and says so.
pub(crate) fn install() -> Result<String> {
    let missing: Vec<_> = PACKAGES.iter().filter(|package| !(package.is_there)()).collect();
    let names: Vec<_> = missing.iter().map(|package| package.name).collect();
    if names.is_empty() {
        return Ok("nothing is missing".into());
    }
    if !is_root() || !is_in_path("apt-get") {
        return Ok(format!("missing: {}; what needs it is skipped", names.join(", ")));
    }
    apt_get(&["update"])?;
    let install = ["install", "--yes", "--no-install-recommends"];
    apt_get(&[&install[..], &names].concat())?;
    match missing.iter().find(|package| !(package.is_there)()) {
        Some(package) => {
            Err(Error::new(format!("{} was installed, and is not there", package.name)))
        }
        None => Ok(format!("installed: {}", names.join(", "))),
    }
}

fn is_postgres_there() -> bool {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut bins = versions.map(|version| version.path().join("bin"));
    bins.any(|bin| bin.join("initdb").exists()) || is_in_path("initdb")
}

fn is_nats_server_there() -> bool {
    is_in_path("nats-server") || Path::new("/usr/sbin/nats-server").exists()
}

fn is_prometheus_client_there() -> bool {
    // Debian's own interpreter has it; another one may be first in the path.
    let mut check = Command::new("/usr/bin/python3");
    check.args(["-c", "import prometheus_client.openmetrics.parser"]).stderr(Stdio::null());
    check.status().is_ok_and(|status| status.success())
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    // Our own entry belongs to the user that we act as.
    fs::metadata(Path::new("/proc/self")).is_ok_and(|entry| entry.uid() == 0)
}

fn apt_get(words: &[&str]) -> Result<()> {
    let line = format!("apt-get {}", words.join(" "));
    println!("+ {line}");
    let mut command = Command::new("apt-get");
    command.args(words).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
    let status = command.status().context(|| format!("cannot start {line}"))?;
    if status.success() { Ok(()) } else { Err(Error::new(format!("{line}: {status}"))) }
}

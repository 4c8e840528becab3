//! `crawl` when something is wrong with the arguments, or the user has seen enough.

use std::fs;
use std::time::Duration;

use crate::error::{Context, Result};
use crate::examples::crawl::demand;
use crate::examples::crawl_site::Site;
use crate::examples::program::Program;
use crate::workspace;

/// What takes longer has failed.
const LIMIT: Duration = Duration::from_secs(60);

pub(super) fn check(site: &Site) -> Result<()> {
    wrong_arguments()?;
    directory()?;
    interrupted(site)
}

/// Arguments, and a part of the message.
const WRONG: &[(&[&str], &str)] = &[
    (&["nowhere"], "crawl: nowhere: No such file"),
    (&["README.md"], "crawl: README.md: not a directory"),
    (&["gopher://127.0.0.1/"], "cannot fetch by gopher"),
    (&["http://"], "empty host"),
    (&["--max-workers", "0"], "max_workers is 0"),
    (&["--carriers", "0"], "carriers is 0"),
    (&["--per-host", "0"], "at least 1"),
    (&["--timeout", "never"], "not a number"),
    (&["--no-such-option"], "--no-such-option"),
];

fn wrong_arguments() -> Result<()> {
    for (arguments, message) in WRONG {
        let ended = Program::new("crawl").args(arguments.iter().copied()).run()?;
        let is_clear = ended.stderr.contains(message) && ended.stdout.is_empty();
        demand(ended.code() == Some(2) && is_clear, &arguments.join(" "), &ended)?;
    }
    let help = Program::new("crawl").args(["--help"]).run()?;
    demand(help.success() && help.output().contains("--external"), "--help", &help)?;
    println!("crawl      refuses wrong arguments");
    Ok(())
}

/// Files that link to each other, wrongly too.
const FILES: &[(&str, &str)] = &[
    (
        "README.md",
        "# One\n\n## `Two` & three!\n\n## One\n\n[a](#two--three) [b](#one-1) [c](#one-2)\n",
    ),
    ("a b.md", "[up](README.md#one) [out](../../etc/passwd) [sub](sub) [sub](sub/#deep)\n"),
    ("sub/README.md", "# Deep\n\n[good](../a%20b.md) [bad](b.md) [link](../link.md)\n"),
    ("page.html", "<a href='sub/'>s</a> <a href='README.md#gone'>g</a>"),
];

/// The broken ones among them.
const BROKEN: &str = "\
page            link              reason
/               #one-2            no anchor #one-2 on the page
/README.md      #one-2            no anchor #one-2 on the page
/a%20b.md       ../../etc/passwd  404 Not Found
/page.html      README.md#gone    no anchor #gone on the page
/sub/           b.md              404 Not Found
/sub/           ../link.md        404 Not Found
/sub/README.md  b.md              404 Not Found
/sub/README.md  ../link.md        404 Not Found
";

fn directory() -> Result<()> {
    let base = workspace::scratch().join("crawl");
    let cannot = || format!("cannot write below {}", base.display());
    if base.exists() {
        fs::remove_dir_all(&base).context(cannot)?;
    }
    fs::create_dir_all(base.join("sub")).context(cannot)?;
    for (name, text) in FILES {
        fs::write(base.join(name), text).context(cannot)?;
    }
    // A way out of the directory that must not be one.
    std::os::unix::fs::symlink(workspace::root().join("README.md"), base.join("link.md"))
        .context(cannot)?;
    let ended = Program::new("crawl").args([base.to_string_lossy().as_ref()]).run()?;
    let is_right = ended.stdout.starts_with(BROKEN.as_bytes()) && ended.code() == Some(1);
    demand(is_right, "of a directory", &ended)?;
    println!("crawl      finds what is broken between files, and serves none outside of them");
    Ok(())
}

/// A page that does not come, and a ctrl-c.
fn interrupted(site: &Site) -> Result<()> {
    while site.asked_for_slow.try_recv().is_ok() {}
    let slow = format!("{}slow", site.address);
    let running = Program::new("crawl").args([slow.as_str(), "--timeout", "1000"]).start()?;
    site.asked_for_slow.recv_timeout(LIMIT).context(|| "it does not ask for the page".into())?;
    running.interrupt()?;
    let ended = running.end(LIMIT)?;
    let stdout = String::from_utf8_lossy(&ended.stdout).into_owned();
    let is_right = ended.code() == Some(1)
        && stdout.contains("interrupted")
        && ended.stderr.contains("queue wait");
    demand(is_right, "that is interrupted", &ended)?;
    println!("crawl      ends in order when it is interrupted");
    Ok(())
}

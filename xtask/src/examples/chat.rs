//! `chat`: thousands of clients in one room, and one of them that does not listen.

use std::fs;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::examples::chat_slow;
use crate::examples::program::Program;
use crate::watch::{Running, Watched};

const CLIENTS: usize = 10_000;
const MESSAGES: usize = 10;
/// Files that a process has open besides its connections.
const OTHER_FILES: usize = 100;
/// What takes longer has failed.
const LIMIT: Duration = Duration::from_secs(300);

pub(super) fn check() -> Result<()> {
    wrong_arguments()?;
    many_clients()?;
    chat_slow::check()
}

/// A server at a port that was free, and its address.
pub(super) fn start(arguments: &[&str]) -> Result<(Running, String)> {
    let fixed = ["--addr", "127.0.0.1:0", "--carriers", "2"];
    let arguments = fixed.iter().chain(arguments).copied();
    let mut server = Program::new("chat").args(arguments).start()?;
    let line = server.says("chat: ws://", LIMIT)?;
    let address = line.split(',').next().unwrap_or_default().to_owned();
    Ok((server, address))
}

/// Runs so many clients of the server.
pub(super) fn clients(address: &str, clients: usize, more: &[&str]) -> Result<Watched> {
    let clients = clients.to_string();
    let fixed = ["--addr", address, "--carriers", "2", "--clients", clients.as_str()];
    Program::new("chat").args(fixed.iter().chain(more).copied()).run()
}

/// Ends the server, which must do that in order.
pub(super) fn stop(server: Running) -> Result<Watched> {
    server.interrupt()?;
    let ended = server.end(LIMIT)?;
    let is_right = ended.success() && ended.stderr.contains("queue wait");
    demand(is_right, "that is interrupted", &ended)?;
    Ok(ended)
}

fn many_clients() -> Result<()> {
    let count = CLIENTS.min(open_files().saturating_sub(OTHER_FILES));
    if count < CLIENTS {
        println!("chat       may open files for {count} clients only, not for {CLIENTS}");
    }
    let (server, address) = start(&[])?;
    let messages = MESSAGES.to_string();
    let ended = clients(&address, count, &["--messages", &messages])?;
    let stdout = String::from_utf8_lossy(&ended.stdout).into_owned();
    let all = format!("{} deliveries to {count} clients", count * MESSAGES);
    let is_right = ended.success() && stdout.contains(&all);
    demand(is_right, &format!("--clients {count}"), &ended)?;
    for line in stdout.lines() {
        println!("chat       {line}");
    }
    let ended = stop(server)?;
    let at_once = format!("at most {} at once", count + 1);
    let is_right = ended.stderr.contains(&at_once) && ended.stderr.contains(" 0 cut off");
    demand(is_right, "(the server)", &ended)?;
    println!("chat       ends in order when it is interrupted");
    Ok(())
}

/// How many files a process may have open, at most.
fn open_files() -> usize {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let hard = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    hard.unwrap_or(usize::MAX)
}

/// Arguments, the exit code, and a part of the message.
const WRONG: &[(&[&str], i32, &str)] = &[
    (&["--addr", "nowhere"], 2, "--addr"),
    (&["--addr", "192.0.2.1:1"], 1, "chat: cannot listen at 192.0.2.1:1"),
    (&["--carriers", "0"], 1, "carriers is 0"),
    (&["--clients", "0"], 2, "--clients"),
    (&["--clients", "2", "--addr", "127.0.0.1:1"], 1, "chat: 2 clients failed"),
];

fn wrong_arguments() -> Result<()> {
    for (arguments, code, message) in WRONG {
        let ended = Program::new("chat").args(arguments.iter().copied()).run()?;
        let is_clear = ended.stderr.contains(message);
        demand(ended.code() == Some(*code) && is_clear, &arguments.join(" "), &ended)?;
    }
    let help = Program::new("chat").args(["--help"]).run()?;
    demand(help.success() && help.output().contains("--max-clients"), "--help", &help)?;
    println!("chat       refuses wrong arguments");
    Ok(())
}

pub(super) fn demand(holds: bool, call: &str, ended: &Watched) -> Result<()> {
    if holds {
        return Ok(());
    }
    Err(Error::new(format!("chat {call}: ended with {}:\n{}", ended.ending(), ended.output())))
}

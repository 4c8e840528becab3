//! The connection and the server themselves: what clients ask for when they start, and what people ask.

use std::process;

use super::COMMANDS;
use crate::call::{Answer, Call};
use crate::failure::Failure;
use crate::glob;
use programs::server::Server;

/// Clients go by it to know what they may ask for.
const VERSION: &str = "7.0.0";

/// What `CONFIG GET` tells: nothing is written to disk.
const SETTINGS: &[(&str, &str)] = &[("save", ""), ("appendonly", "no"), ("databases", "1")];

pub(super) fn ping(call: &mut Call<'_>) -> Result<(), Failure> {
    match (call.arguments.get(1), call.arguments.len()) {
        (None, _) => call.answer.text("PONG"),
        (Some(text), 2) => call.answer.bytes(text),
        (Some(_), _) => return Err(Failure::WrongNumberOfArguments("ping")),
    }
    Ok(())
}

pub(super) fn echo(call: &mut Call<'_>) -> Result<(), Failure> {
    let text = call.argument(1)?;
    call.answer.bytes(text);
    Ok(())
}

pub(super) fn select(call: &mut Call<'_>) -> Result<(), Failure> {
    if call.integer(1)? != 0 {
        return Err(Failure::NoSuchDatabase);
    }
    call.answer.ok();
    Ok(())
}

pub(super) fn quit(call: &mut Call<'_>) -> Result<(), Failure> {
    call.answer.ok();
    call.closes = true;
    Ok(())
}

/// Agrees on the protocol's version, if that is 2.
pub(super) fn hello(call: &mut Call<'_>) -> Result<(), Failure> {
    if call.arguments.len() > 1 && call.integer(1).ok() != Some(2) {
        return Err(Failure::Protocol);
    }
    let mut options = call.arguments.starting_at(2);
    while let Some(option) = options.next() {
        if option.eq_ignore_ascii_case(b"auth") {
            return Err(Failure::NoPassword);
        }
        if !option.eq_ignore_ascii_case(b"setname") || options.next().is_none() {
            return Err(Failure::Syntax);
        }
    }
    let facts = [("server", "redis_like"), ("version", VERSION), ("mode", "standalone")];
    call.answer.array(2 * (facts.len() + 1));
    pairs(&mut call.answer, &facts);
    call.answer.bytes(b"proto");
    call.answer.integer(2);
    Ok(())
}

/// What a client says about itself is heard, and forgotten.
pub(super) fn client(call: &mut Call<'_>) -> Result<(), Failure> {
    let subcommand = call.argument(1)?;
    match subcommand.to_ascii_lowercase().as_slice() {
        b"setname" | b"setinfo" => call.answer.ok(),
        b"getname" => call.answer.nothing(),
        _ => return Err(Failure::unknown_subcommand(subcommand)),
    }
    Ok(())
}

pub(super) fn config(call: &mut Call<'_>) -> Result<(), Failure> {
    let subcommand = call.argument(1)?;
    if !subcommand.eq_ignore_ascii_case(b"get") {
        return Err(Failure::unknown_subcommand(subcommand));
    }
    if call.arguments.len() < 3 {
        return Err(Failure::WrongNumberOfArguments("config get"));
    }
    let is_asked_for = |(name, _): &&(&str, &str)| {
        let mut patterns = call.arguments.starting_at(2);
        patterns.any(|pattern| glob::matches(&pattern.to_ascii_lowercase(), name.as_bytes()))
    };
    let settings: Vec<_> = SETTINGS.iter().filter(is_asked_for).copied().collect();
    call.answer.array(2 * settings.len());
    pairs(&mut call.answer, &settings);
    Ok(())
}

/// The commands there are, or how many. There is no text about them.
pub(super) fn commands(call: &mut Call<'_>) -> Result<(), Failure> {
    let subcommand = call.arguments.get(1).map(<[u8]>::to_ascii_lowercase);
    match subcommand.as_deref() {
        None => {
            call.answer.array(COMMANDS.len());
            for command in COMMANDS {
                call.answer.array(6);
                call.answer.bytes(command.name.as_bytes());
                call.answer.integer(command.arity.into());
                // No flags, and no keys that a cluster would have to know.
                call.answer.array(0);
                for _ in 0..3 {
                    call.answer.integer(0);
                }
            }
        }
        Some(b"count") => call.answer.integer(COMMANDS.len() as i64),
        Some(b"docs") => call.answer.array(0),
        Some(_) => return Err(Failure::unknown_subcommand(call.argument(1)?)),
    }
    Ok(())
}

pub(super) fn info(call: &mut Call<'_>) -> Result<(), Failure> {
    let statistics = call.database.pool.statistics();
    let (keys, expires) = call.database.store.count()?;
    let own_jobs = Server::OWN_JOBS as u64;
    let text = format!(
        "# Server\r\nredis_version:{VERSION}\r\nredis_mode:standalone\r\nprocess_id:{}\r\n\
         uptime_in_seconds:{}\r\n\r\n\
         # Clients\r\nconnected_clients:{}\r\nmaxclients:{}\r\n\r\n\
         # Stats\r\ntotal_connections_received:{}\r\nrejected_connections:{}\r\n\r\n\
         # Keyspace\r\ndb0:keys={keys},expires={expires},avg_ttl=0\r\n",
        process::id(),
        statistics.uptime().as_secs(),
        statistics.running().saturating_sub(own_jobs),
        call.database.pool.max_workers() - Server::OWN_JOBS,
        statistics.submitted().saturating_sub(own_jobs),
        statistics.rejected(),
    );
    call.answer.bytes(text.as_bytes());
    Ok(())
}

fn pairs(answer: &mut Answer<'_>, pairs: &[(&str, &str)]) {
    for (name, value) in pairs {
        answer.bytes(name.as_bytes());
        answer.bytes(value.as_bytes());
    }
}

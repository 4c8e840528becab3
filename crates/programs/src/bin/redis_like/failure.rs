//! Why a command was not carried out, as the client is told it.

use std::fmt;

use executor::Interrupted;

use crate::call::MAX_ANSWER_BYTES;

/// An error of one command. The connection goes on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    UnknownCommand(String),
    UnknownSubcommand(String),
    WrongNumberOfArguments(&'static str),
    Syntax,
    NotAnInteger,
    Overflow,
    InvalidExpiry(&'static str),
    TooLong,
    /// The answer would be longer than any client gets.
    AnswerTooLong,
    InvalidCursor,
    NoSuchDatabase,
    /// Only version 2 of the protocol is spoken.
    Protocol,
    /// Passwords are not asked for.
    NoPassword,
    /// The command had to wait, and must not any longer.
    Interrupted(Interrupted),
}

impl Failure {
    /// How much of a name is repeated.
    const MAX_NAME: usize = 64;

    /// For a command of this name, of which only what can be shown is kept: a line's end in it would end
    /// the answer.
    pub(crate) fn unknown_command(name: &[u8]) -> Self {
        Failure::UnknownCommand(Self::shown(name))
    }

    /// For a subcommand of this name.
    pub(crate) fn unknown_subcommand(name: &[u8]) -> Self {
        Failure::UnknownSubcommand(Self::shown(name))
    }

    fn shown(name: &[u8]) -> String {
        name[..name.len().min(Self::MAX_NAME)].escape_ascii().to_string()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::UnknownCommand(name) => write!(f, "ERR unknown command '{name}'"),
            Failure::UnknownSubcommand(name) => write!(f, "ERR unknown subcommand '{name}'"),
            Failure::WrongNumberOfArguments(command) => {
                write!(f, "ERR wrong number of arguments for '{command}'")
            }
            Failure::Syntax => f.write_str("ERR syntax error"),
            Failure::NotAnInteger => f.write_str("ERR not an integer, or out of range"),
            Failure::Overflow => f.write_str("ERR the result would be out of range"),
            Failure::InvalidExpiry(command) => write!(f, "ERR invalid expire time in '{command}'"),
            Failure::TooLong => f.write_str("ERR the value would be too long"),
            Failure::AnswerTooLong => write!(
                f,
                "ERR the answer would be longer than {} MiB; ask for less at once",
                MAX_ANSWER_BYTES / 1024 / 1024
            ),
            Failure::InvalidCursor => f.write_str("ERR invalid cursor"),
            Failure::NoSuchDatabase => f.write_str("ERR there is no database but 0"),
            Failure::Protocol => f.write_str("NOPROTO only version 2 of the protocol is spoken"),
            Failure::Interrupted(reason) => write!(f, "ERR {reason}"),
            Failure::NoPassword => f.write_str("ERR no password is set, so none is accepted"),
        }
    }
}

impl From<Interrupted> for Failure {
    fn from(interrupted: Interrupted) -> Self {
        Failure::Interrupted(interrupted)
    }
}

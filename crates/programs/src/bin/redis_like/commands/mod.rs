//! The commands: a table, and the modules that hold what they do.

mod expiry;
mod keys;
mod numbers;
mod server;
mod set;
mod strings;

use crate::call::Call;
use crate::failure::Failure;

/// What carries out a command.
type Run = fn(&mut Call<'_>) -> Result<(), Failure>;

/// A command.
#[derive(Debug)]
struct Command {
    name: &'static str,
    /// How many arguments it takes, its name included; if negative, at least as many.
    arity: i8,
    run: Run,
}

const fn command(name: &'static str, arity: i8, run: Run) -> Command {
    Command { name, arity, run }
}

/// The most usual ones first: they are searched for in this order.
const COMMANDS: &[Command] = &[
    command("get", 2, strings::get),
    command("set", -3, set::set),
    command("incr", 2, numbers::incr),
    command("ping", -1, server::ping),
    command("del", -2, keys::del),
    command("exists", -2, keys::exists),
    command("mget", -2, strings::mget),
    command("mset", -3, strings::mset),
    command("expire", 3, expiry::expire),
    command("pexpire", 3, expiry::pexpire),
    command("ttl", 2, expiry::ttl),
    command("pttl", 2, expiry::pttl),
    command("persist", 2, expiry::persist),
    command("incrby", 3, numbers::incrby),
    command("decr", 2, numbers::decr),
    command("decrby", 3, numbers::decrby),
    command("append", 3, strings::append),
    command("strlen", 2, strings::strlen),
    command("type", 2, keys::kind),
    command("keys", 2, keys::keys),
    command("scan", -2, keys::scan),
    command("dbsize", 1, keys::dbsize),
    command("flushdb", -1, keys::flush),
    command("flushall", -1, keys::flush),
    command("echo", 2, server::echo),
    command("select", 2, server::select),
    command("hello", -1, server::hello),
    command("client", -2, server::client),
    command("config", -2, server::config),
    command("command", -1, server::commands),
    command("info", -1, server::info),
    command("quit", -1, server::quit),
];

impl Command {
    fn takes(&self, arguments: usize) -> bool {
        let wanted = usize::from(self.arity.unsigned_abs());
        if self.arity < 0 { arguments >= wanted } else { arguments == wanted }
    }
}

/// Carries out a call.
pub(crate) fn run(call: &mut Call<'_>) -> Result<(), Failure> {
    let name = call.argument(0)?;
    let is_named = |command: &&Command| name.eq_ignore_ascii_case(command.name.as_bytes());
    let command = COMMANDS.iter().find(is_named).ok_or_else(|| Failure::unknown_command(name))?;
    if !command.takes(call.arguments.len()) {
        return Err(Failure::WrongNumberOfArguments(command.name));
    }
    (command.run)(call)
}

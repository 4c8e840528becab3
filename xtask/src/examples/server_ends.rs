//! What holds of every server: wrong arguments, and ctrl-c.

use std::net::TcpStream;

use crate::error::Result;
use crate::examples::program::Program;
use crate::examples::serving::{Serving, demand};

/// What the checks have to know of a server.
pub(super) struct Kind {
    pub(super) name: &'static str,
    /// A request, and how its answer ends.
    pub(super) request: &'static str,
    pub(super) answer_ends: &'static str,
}

/// All of it.
pub(super) fn check(kind: &Kind) -> Result<()> {
    let Kind { name, .. } = kind;
    wrong_arguments(kind)?;
    println!("{name:<10} refuses wrong arguments");
    full(kind)?;
    println!("{name:<10} waits when it has no descriptor free, says so, and recovers");
    interrupted_once(kind)?;
    println!("{name:<10} ends in order at ctrl-c, and prints the statistics");
    interrupted_twice(kind)?;
    println!("{name:<10} ends at once at the second ctrl-c");
    out_of_grace(kind)?;
    println!("{name:<10} cuts off what does not end after ctrl-c");
    Ok(())
}

fn wrong_arguments(kind: &Kind) -> Result<()> {
    let serving = Serving::start(kind.name, &[])?;
    let taken = serving.address().to_string();
    let wrong: &[(&[&str], i32, &str)] = &[
        (&["--addr", &taken], 1, "it is in use; give another by --addr"),
        (&["--addr", "nowhere"], 2, "--addr"),
        (&["--carriers", "0"], 1, "carriers is 0"),
        (&["--idle-timeout", "0"], 2, "--idle-timeout"),
        (&["--no-such-option"], 2, "--no-such-option"),
    ];
    for (arguments, code, message) in wrong {
        let ended = Program::new(kind.name).args(arguments.iter().copied()).run()?;
        let clear = ended.stderr.contains(message) && ended.stdout.is_empty();
        demand(ended.code() == Some(*code) && clear, &arguments.join(" "), &ended.output())?;
    }
    let help = Program::new(kind.name).args(["--help"]).run()?;
    demand(help.success() && help.output().contains("--carriers"), "--help", &help.output())
}

/// More connections than descriptors.
fn full(kind: &Kind) -> Result<()> {
    let mut serving = Serving::start_with_files(kind.name, &["--carriers", "1"], 40)?;
    let held: Vec<_> = (0..60).flat_map(|_| TcpStream::connect(serving.address())).collect();
    serving.wait_to_say(": cannot accept connections: Too many open files")?;
    drop(held);
    let mut client = serving.connect()?;
    client.send(kind.request)?;
    client.until(kind.answer_ends)?;
    serving.wait_to_say(": accepting connections again")?;
    Ok(())
}

fn interrupted_once(kind: &Kind) -> Result<()> {
    let mut serving = Serving::start(kind.name, &["--carriers", "2"])?;
    let mut idle = serving.connect()?;
    idle.send(kind.request)?;
    idle.until(kind.answer_ends)?;
    let mut fresh = serving.connect()?;
    let mut under_way = serving.connect()?;
    let (first, second) = begin(kind, &mut under_way)?;

    serving.interrupt()?;
    serving.wait_to_say(": finishing what has begun")?;
    demand(idle.rest()?.is_empty(), "an idle connection at ctrl-c", "an answer")?;
    demand(fresh.rest()?.is_empty(), "a fresh connection at ctrl-c", "an answer")?;
    let refused = TcpStream::connect(serving.address()).is_err();
    demand(refused, "connecting after ctrl-c", "a connection")?;
    under_way.send(second)?;
    let answer = under_way.rest()?;
    demand(answer.ends_with(kind.answer_ends), first, &answer)?;

    let served = serving.wait()?;
    let output = format!("{}{}", served.stdout, served.stderr);
    let table = served.stdout.contains("succeeded") && served.stdout.contains("submitted");
    demand(served.status.success() && table, "ending after ctrl-c", &output)
}

fn interrupted_twice(kind: &Kind) -> Result<()> {
    let mut serving = Serving::start(kind.name, &["--carriers", "1"])?;
    let mut under_way = serving.connect()?;
    begin(kind, &mut under_way)?;
    serving.interrupt()?;
    serving.wait_to_say(": finishing what has begun")?;
    serving.interrupt()?;
    let served = serving.wait()?;
    demand(served.status.code() == Some(130), "ending at the second ctrl-c", &served.stderr)
}

fn out_of_grace(kind: &Kind) -> Result<()> {
    let mut serving = Serving::start(kind.name, &["--carriers", "1", "--grace", "0.1"])?;
    let mut under_way = serving.connect()?;
    begin(kind, &mut under_way)?;
    serving.interrupt()?;
    serving.wait_to_say("0.1 s after ctrl-c: 1\n")?;
    let served = serving.wait()?;
    demand(served.status.code() == Some(1), "ending without grace", &served.stderr)
}

/// Sends a request that is answered, so that the server is known to be at it, and half of a second one.
fn begin<'a>(kind: &Kind, client: &mut super::serving::Client) -> Result<(&'a str, &'static str)> {
    let (first, second) = kind.request.split_at(kind.request.len() / 2);
    client.send(format!("{}{first}", kind.request))?;
    client.until(kind.answer_ends)?;
    Ok(("the request under way at ctrl-c", second))
}

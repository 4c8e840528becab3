//! The dead letters of a queue.

use std::io::{self, Write};
use std::process::ExitCode;

use remote::engine::{JobId, Outcome};
use remote::{Queue, Remote};

use crate::arguments::{Dead, Verb};
use crate::{Result, say};

/// How many are looked at.
const MAX: usize = 10_000;

/// Does it, and says how many it were.
pub(crate) fn run(arguments: &Dead) -> Result<ExitCode> {
    let queue = Remote::connect(&arguments.nats)?.queue(&arguments.queue);
    match &arguments.verb {
        Verb::List => list(&queue),
        Verb::Retry { ids } if ids.is_empty() => {
            let letters = queue.dead(MAX)?;
            let ids: Vec<JobId> = letters.into_iter().map(|letter| letter.envelope.id).collect();
            each(&ids, "submitted anew", |id| Ok(queue.retry_dead(id)?))
        }
        Verb::Retry { ids } => each(&named(ids), "submitted anew", |id| Ok(queue.retry_dead(id)?)),
        Verb::Drop { ids } => each(&named(ids), "forgotten", |id| Ok(queue.drop_dead(id)?)),
    }
}

fn list(queue: &Queue) -> Result<ExitCode> {
    for letter in queue.dead(MAX)? {
        let why = match &letter.outcome {
            Outcome::Failed { text, .. } => format!("failed: {text}"),
            Outcome::Panicked(text) => format!("panicked: {text}"),
            Outcome::WorkersDied(count) => format!("{count} workers died with it"),
            other => format!("{other:?}"),
        };
        writeln!(io::stdout(), "{} {} {why}", letter.envelope.id, letter.envelope.function)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn named(ids: &[String]) -> Vec<JobId> {
    ids.iter().map(|id| JobId::from(id.as_str())).collect()
}

fn each(ids: &[JobId], done: &str, act: impl Fn(&JobId) -> Result<bool>) -> Result<ExitCode> {
    let mut missing = 0;
    for id in ids {
        if !act(id)? {
            missing += 1;
            say(format_args!("thumbs: there is no dead letter '{id}'"));
        }
    }
    say(format_args!("{} {done}", ids.len() - missing));
    Ok(if missing == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

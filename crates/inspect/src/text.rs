//! An inspection for a person: threads that wait for the same thing with the same stack are one paragraph.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::path::Path;
use std::time::Duration;

use crate::inspection::{Backlog, CarrierReport, Inspection, ThreadView, WaitsFor};
use crate::symbols::Frame;

/// So many threads of a group are named, and so many details and places are given.
const EXAMPLES: usize = 3;

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_head(f)?;
        self.deadlocks.iter().try_for_each(|found| write!(f, "\n{found}"))?;
        self.write_groups(f)
    }
}

impl Inspection {
    pub(crate) fn write_without_deadlocks(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_head(f)?;
        self.write_groups(f)
    }

    fn write_head(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = if self.is_cut_short { "more than " } else { "" };
        writeln!(
            f,
            "executor '{}': {more}{} on {}",
            self.executor,
            counted(self.threads.len(), "green thread"),
            counted(self.carriers.len(), "carrier"),
        )?;
        write!(f, "{}", self.queued)?;
        self.carriers.iter().try_for_each(|carrier| write!(f, "{carrier}"))?;
        self.hogs.iter().try_for_each(|hog| write!(f, "\n{hog}"))
    }

    fn write_groups(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        groups(&self.threads).iter().try_for_each(|group| self.write_group(f, group))
    }

    fn write_group(&self, f: &mut fmt::Formatter<'_>, group: &[&ThreadView]) -> fmt::Result {
        let first = group[0];
        write!(f, "\n{}", counted(group.len(), if first.is_job { "job" } else { "thread" }))?;
        let wait = if group.len() == 1 { "waits" } else { "wait" };
        match &first.waits_for {
            None => writeln!(f, ", ready to run")?,
            Some(waits) => writeln!(f, " {wait} for {}{}", head(waits), ages(group))?,
        }
        for detail in
            few(group.iter().filter_map(|thread| thread.waits_for.as_ref()?.detail.clone()))
        {
            writeln!(f, "  {detail}")?;
        }
        writeln!(f, "  {}", few(group.iter().map(|thread| thread.name.clone())).join(", "))?;
        let sites = few(group.iter().filter_map(|thread| thread.site.clone()));
        if !sites.is_empty() {
            writeln!(f, "  submitted at {}", sites.join(", "))?;
        }
        self.stack_of(first).iter().try_for_each(|frame| writeln!(f, "    {}", nearby(frame)))
    }
}

/// The frame with its file as seen from the working directory, if it lies below that. Files of the standard library and
/// of other crates lose the folder that all of these have in common.
pub(crate) fn nearby(frame: &Frame) -> Frame {
    let mut frame = frame.clone();
    let Some(file) = &frame.file else { return frame };
    let shorter = std::env::current_dir().ok().and_then(|here| {
        let below = Path::new(file).strip_prefix(here).ok()?;
        Some(below.display().to_string())
    });
    if let Some(shorter) = shorter.or_else(|| foreign(file).map(str::to_owned)) {
        frame.file = Some(shorter);
    }
    frame
}

/// `/rustc/0123/library/core/src/a.rs` and `/home/me/.cargo/registry/src/index/a-1.0.0/src/a.rs`, from the third word
/// on.
fn foreign(file: &str) -> Option<&str> {
    let rest = file.strip_prefix("/rustc/");
    let rest = rest.or_else(|| Some(file.split_once("/registry/src/")?.1));
    rest?.split_once('/').map(|(_, rest)| rest)
}

/// Threads that look alike, the largest group first.
pub(crate) fn groups(threads: &[ThreadView]) -> Vec<Vec<&ThreadView>> {
    let mut groups: HashMap<_, Vec<&ThreadView>> = HashMap::new();
    for thread in threads {
        let waits = thread.waits_for.as_ref().map(|waits| (&waits.kind, &waits.site));
        groups.entry((thread.is_job, waits, thread.stack)).or_default().push(thread);
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    // Those who have waited longest stand first in their groups.
    groups.sort_by_key(|group| {
        (std::cmp::Reverse(group.len()), std::cmp::Reverse(group[0].waited), group[0].id)
    });
    groups
}

/// What all of a group wait for.
pub(crate) fn head(waits: &WaitsFor) -> String {
    match &waits.site {
        Some(site) => format!("{} at {site}", waits.kind),
        None if waits.kind == "park" => "an unpark".to_owned(),
        None => waits.kind.clone(),
    }
}

fn ages(group: &[&ThreadView]) -> String {
    let least = group.iter().map(|thread| thread.waited).min().unwrap_or_default();
    let most = group.iter().map(|thread| thread.waited).max().unwrap_or_default();
    match short(least) == short(most) {
        true => format!(", for {}", short(most)),
        false => format!(", for {} to {}", short(least), short(most)),
    }
}

/// Different texts, a few of them, in order of their first appearance.
pub(crate) fn few(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut texts: Vec<String> = texts.filter(|text| seen.insert(text.clone())).collect();
    if texts.len() > EXAMPLES {
        let others = texts.len() - EXAMPLES;
        texts.truncate(EXAMPLES);
        texts.push(format!("and {others} more"));
    }
    texts
}

impl fmt::Display for Backlog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.count == 0 {
            return Ok(());
        }
        let jobs = if self.count == 1 { "job" } else { "jobs" };
        write!(f, "{} {jobs} queued", self.count)?;
        if let Some(oldest) = self.oldest {
            write!(f, ", the oldest for {}", short(oldest))?;
        }
        match self.first.is_empty() {
            true => writeln!(f),
            false => writeln!(f, "; next: {}", few(self.first.iter().cloned()).join(", ")),
        }
    }
}

impl fmt::Display for CarrierReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.has_answered {
            write!(f, "carrier '{}' does not answer: ", self.name)?;
            match self.running {
                Some(id) => writeln!(f, "job-{id} keeps it busy")?,
                None => writeln!(f, "something keeps it busy")?,
            }
        }
        match self.not_started {
            0 => Ok(()),
            count => {
                let threads = counted(count, "thread");
                writeln!(f, "carrier '{}': {threads} not started", self.name)
            }
        }
    }
}

pub(crate) fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// A duration in one unit, which is as exact as the clock behind it.
pub(crate) fn short(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match duration.as_secs() {
        0 => format!("{} ms", duration.as_millis()),
        1..=99 => format!("{seconds:.1} s"),
        100..=5999 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::{few, foreign, short};
    use std::time::Duration;

    #[test]
    fn durations_are_said_in_one_unit() {
        assert_eq!(short(Duration::from_millis(12)), "12 ms");
        assert_eq!(short(Duration::from_millis(1250)), "1.2 s");
        assert_eq!(short(Duration::from_secs(600)), "10 min");
        assert_eq!(short(Duration::from_secs(9000)), "2.5 h");
    }

    #[test]
    fn files_of_others_lose_what_they_have_in_common() {
        assert_eq!(foreign("/rustc/0123/library/core/src/a.rs"), Some("library/core/src/a.rs"));
        let ours = "/home/me/.cargo/registry/src/index/a-1.0.0/src/a.rs";
        assert_eq!(foreign(ours), Some("a-1.0.0/src/a.rs"));
        assert_eq!(foreign("src/main.rs"), None);
    }

    #[test]
    fn of_many_texts_a_few_are_said_once() {
        let texts = ["a", "b", "a", "c", "d", "e"].map(str::to_owned);
        assert_eq!(few(texts.into_iter()), ["a", "b", "c", "and 2 more"]);
    }
}

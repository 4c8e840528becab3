//! What the executor must reach.

use super::peers::Peer;
use super::record::Record;

/// A target for one workload.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Target {
    /// At most this part of the best peer's figure.
    OfBestPeer(f64),
    /// At most this part of tokio's figure.
    OfTokio(f64),
    /// At most this value.
    AtMost(f64),
    /// At most this part of our own figure for another workload.
    OfOwn(&'static str, f64),
}

/// How a target was met.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Standing {
    /// What it came to: a part, or a value.
    pub(crate) reached: f64,
    /// What it may come to.
    pub(crate) allowed: f64,
}

const TARGETS: &[(&str, Target)] = &[
    ("spawn_join", Target::OfBestPeer(0.20)),
    ("burst", Target::OfBestPeer(0.30)),
    ("nested", Target::OfBestPeer(0.25)),
    ("skynet", Target::OfBestPeer(0.15)),
    ("map", Target::OfBestPeer(0.30)),
    ("fork_join", Target::OfBestPeer(0.85)),
    ("fork_scope", Target::OfBestPeer(1.0)),
    ("submit_reject", Target::OfTokio(1.0)),
    ("yield", Target::OfBestPeer(0.35)),
    ("pingpong", Target::AtMost(2500.0)),
    ("pingpong_beside", Target::OfBestPeer(0.80)),
    ("mutex", Target::OfBestPeer(0.20)),
    ("mpmc", Target::OfBestPeer(0.50)),
    ("parked", Target::AtMost(4700.0)),
    ("sleep", Target::OfBestPeer(0.25)),
    // A delayed job starts as soon after its time as one that sleeps in a worker goes on.
    ("delayed", Target::OfOwn("sleep", 1.0)),
    ("pool", Target::AtMost(1100.0)),
    ("wake", Target::OfBestPeer(0.50)),
    ("idle", Target::AtMost(10.0)),
    ("http", Target::OfTokio(1.0)),
    ("http_1000", Target::OfTokio(1.0)),
];

/// The cost of statistics: our spawn_join against the same without them.
pub(crate) const STATISTICS: (&str, Target) =
    ("spawn_join", Target::OfOwn("spawn_join_no_statistics", 1.10));

/// The target of a workload, if it has one.
pub(crate) fn of(workload: &str) -> Option<Target> {
    TARGETS.iter().find(|(name, _)| *name == workload).map(|(_, target)| *target)
}

/// Where we stand; nothing if what it is measured by was not run.
pub(crate) fn standing(workload: &str, target: Target, records: &[Record]) -> Option<Standing> {
    let ours = figure(records, workload, Peer::Green)?;
    let (reached, allowed) = match target {
        Target::OfBestPeer(part) => (ours / best_peer(records, workload)?.1, part),
        Target::OfTokio(part) => (ours / figure(records, workload, Peer::Tokio)?, part),
        Target::AtMost(value) => (ours, value),
        Target::OfOwn(other, part) => (ours / figure(records, other, Peer::Green)?, part),
    };
    Some(Standing { reached, allowed })
}

/// The best of the others at a workload.
pub(crate) fn best_peer(records: &[Record], workload: &str) -> Option<(Peer, f64)> {
    let others =
        records.iter().filter(|record| record.workload == workload && record.peer != Peer::Green);
    let figures = others.filter_map(|record| Some((record.peer, record.main_figure()?.0.median)));
    figures.min_by(|one, other| one.1.total_cmp(&other.1))
}

fn figure(records: &[Record], workload: &str, peer: Peer) -> Option<f64> {
    let record = records.iter().find(|it| it.workload == workload && it.peer == peer)?;
    Some(record.main_figure()?.0.median)
}

impl Standing {
    pub(crate) fn is_held(&self) -> bool {
        self.reached <= self.allowed
    }
}

/// All targets in one sentence.
pub(crate) fn verdict(records: &[Record]) -> String {
    let all = TARGETS.iter().chain([&STATISTICS]);
    let standings: Vec<(&str, Standing)> =
        all.filter_map(|(name, target)| Some((*name, standing(name, *target, records)?))).collect();
    let missed: Vec<&str> = standings
        .iter()
        .filter(|(_, standing)| !standing.is_held())
        .map(|(name, _)| *name)
        .collect();
    match (standings.len(), missed.len()) {
        (0, _) => "bench: done; nothing that has a target was measured".into(),
        (all, 0) => format!("bench: all {all} targets held"),
        (all, some) => {
            format!("bench: {} of {all} targets held, missed: {}", all - some, missed.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Standing, Target, best_peer, standing};
    use crate::bench::peers::Peer;
    use crate::bench::record::{Record, Sample};

    fn record(peer: Peer, ns: f64) -> Record {
        let sample = Sample::parse(&format!("{{\"n\": 1, \"ns_per_op\": {ns}}}"));
        Record::of("burst", peer, &[sample.expect("it is a line")])
    }

    #[test]
    fn we_are_measured_by_the_best_of_the_others() {
        let records =
            [record(Peer::Green, 100.0), record(Peer::Tokio, 400.0), record(Peer::Go, 250.0)];
        assert_eq!(best_peer(&records, "burst"), Some((Peer::Go, 250.0)));
        let standing = standing("burst", Target::OfBestPeer(0.40), &records);
        assert_eq!(standing, Some(Standing { reached: 0.4, allowed: 0.40 }));
        assert!(standing.is_some_and(|standing| standing.is_held()));
    }

    #[test]
    fn without_a_peer_there_is_nothing_to_be_measured_by() {
        assert_eq!(standing("burst", Target::OfBestPeer(1.0), &[record(Peer::Green, 1.0)]), None);
    }
}

//! A run against one that was kept.

use super::record::{Record, short};
use super::saved::Run;
use crate::table::Table;

/// What has changed, for each workload and peer that both runs have.
pub(crate) fn table(before: &Run, now: &Run) -> String {
    let mut table = Table::new(&["workload", "peer", "before", "now", "change", "noise", ""]);
    for record in &now.records {
        let Some(row) = before.records.iter().find(|old| same(old, record)) else { continue };
        let (Some((old, unit)), Some((new, _))) = (row.main_figure(), record.main_figure()) else {
            continue;
        };
        let change = new.median / old.median - 1.0;
        let noise = old.noise().max(new.noise());
        let verdict = match change {
            // Apart by more than either run is wide: no accident.
            _ if new.max < old.min => "faster",
            _ if new.min > old.max => "SLOWER",
            _ => "",
        };
        table.row([
            record.workload.clone(),
            record.peer.name().into(),
            format!("{} {unit}", short(old.median)),
            format!("{} {unit}", short(new.median)),
            format!("{:+.1} %", 100.0 * change),
            format!("±{:.1} %", 50.0 * noise),
            verdict.into(),
        ]);
    }
    format!(
        "against the run of {} ({}, {}):\n{table}\
         'faster' and 'SLOWER' are said where the ranges of the two runs do not meet\n",
        before.date, before.commit, before.machine
    )
}

fn same(one: &Record, other: &Record) -> bool {
    one.workload == other.workload && one.peer == other.peer
}

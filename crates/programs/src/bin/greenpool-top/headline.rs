//! The lines above each view, in a few words: what this is, and whether all is well.

use inspect::page::{ExecutorPage, Page};

use crate::section::Tone;
use crate::units::{count, counted, rate, time};
use crate::views::deadlocks;

/// What program it is.
pub(crate) fn program(page: &Page, address: &str) -> String {
    let (name, pid) = (&page.program, page.pid);
    let up = page.executors.iter().map(|executor| executor.uptime_seconds).fold(0.0, f64::max);
    format!("{name} ({pid}) at {address}, up {}", time(up))
}

/// How many jobs there are, and how fast they go.
pub(crate) fn jobs(page: &Page) -> String {
    let sum = |number: fn(&ExecutorPage) -> u64| {
        page.executors.iter().map(number).fold(0, u64::saturating_add)
    };
    let running = count(sum(|executor| executor.gauges.running));
    let queued = count(sum(|executor| executor.gauges.queued));
    let parked = count(sum(|executor| executor.gauges.parked));
    let workers = counted(sum(|executor| executor.gauges.workers), "worker");
    let recent = page.executors.iter().filter_map(|executor| executor.recent.as_ref());
    let rates = recent.map(|recent| recent.ended as f64 / recent.seconds.max(1e-3));
    let speed = match page.executors.iter().any(|executor| executor.recent.is_some()) {
        true => format!("; {} jobs/s", rate(rates.sum())),
        false => String::new(),
    };
    format!("{running} running, {queued} queued; {workers}, {parked} parked{speed}")
}

/// Whether something is stuck, as far as this document says.
pub(crate) fn health(page: &Page) -> (String, Tone) {
    let carriers = page.executors.iter().flat_map(|executor| &executor.carriers);
    let all = carriers.clone().count() as u64;
    let silent = carriers.filter(|carrier| !carrier.has_answered).count() as u64;
    let hogs: u64 = page.executors.iter().map(|executor| executor.hogs.len() as u64).sum();
    let deadlocks = deadlocks(page);
    let certain = deadlocks.iter().filter(|found| found.is_certain).count() as u64;
    let possible = deadlocks.len() as u64 - certain;
    let mut words = vec![match silent {
        0 => format!("{}, all answer", counted(all, "carrier")),
        some => format!("{}, of which {} silent", counted(all, "carrier"), count(some)),
    }];
    if hogs > 0 {
        words.push(counted(hogs, "hog"));
    }
    if certain > 0 {
        words.push(counted(certain, "deadlock"));
    }
    if possible > 0 {
        words.push(format!("perhaps {}", counted(possible, "deadlock")));
    }
    if page.is_recording {
        words.push("a trace is being recorded".to_owned());
    }
    let tone = if silent + hogs + certain > 0 { Tone::Bad } else { Tone::Plain };
    (words.join("; "), tone)
}

#[cfg(test)]
mod tests {
    use super::{health, jobs, program};
    use crate::document::read;
    use crate::section::Tone;

    #[test]
    fn three_lines_say_what_it_is_how_much_and_whether_all_is_well() {
        let page = read(
            br#"{"version":1,"program":"shop","pid":47,"executors":[
            {"name":"a","uptime_seconds":12,"gauges":{"running":1000,"parked":7,"workers":1},
             "recent":{"seconds":0.5,"ended":10},
             "carriers":[{"name":"a-0","has_answered":true,"running":null,"not_started":0}]},
            {"name":"b","gauges":{"running":2}}]}"#,
        );
        let page = page.unwrap();
        assert_eq!(program(&page, "localhost:6060"), "shop (47) at localhost:6060, up 12.0 s");
        assert_eq!(jobs(&page), "1,002 running, 0 queued; 1 worker, 7 parked; 20.0 jobs/s");
        assert_eq!(health(&page), ("1 carrier, all answer".to_owned(), Tone::Plain));
    }

    #[test]
    fn a_hog_and_a_deadlock_are_bad() {
        let page = read(
            br#"{"version":1,"is_recording":true,"executors":[{"name":"a","hogs":[{"carrier":"a-0"}],
             "threads":{"deadlocks":[{"is_certain":true,"behind":1},{"is_certain":false}]},
             "carriers":[{"name":"a-0","has_answered":false,"running":7,"not_started":0},
                         {"name":"a-1","has_answered":true,"running":null,"not_started":0}]}]}"#,
        );
        let said = "2 carriers, of which 1 silent; 1 hog; 1 deadlock; perhaps 1 deadlock; \
                    a trace is being recorded";
        assert_eq!(health(&page.unwrap()), (said.to_owned(), Tone::Bad));
    }

    #[test]
    fn a_deadlock_among_executors_is_counted_once() {
        let page = read(
            br#"{"version":1,"executors":[
            {"name":"a","threads":{"deadlocks":[{"is_certain":true,"waits":[{"name":"order"}]}]}},
            {"name":"b","threads":{"deadlocks":[{"is_certain":true,"waits":[{"name":"order"}]}]}}]}"#,
        );
        assert_eq!(health(&page.unwrap()).0, "0 carriers, all answer; 1 deadlock");
    }
}

//! The workloads, a file each; in each, the same work on every peer, in the way that its users would
//! write it for speed.

mod burst;
mod delayed;
mod fork_join;
mod fork_nested;
mod fork_scope;
mod fork_wait;
mod http;
mod idle;
mod map;
mod mpmc;
mod mutex;
mod nested;
mod park;
mod parked;
pub mod peers;
mod pingpong;
mod pool;
mod ready_read;
mod skynet;
mod sleep;
mod spawn_join;
mod submit_reject;
mod timers;
mod wake;
mod yields;

use crate::Runner;

/// Some work, and who can do it.
pub struct Workload {
    /// Its name on the command line and in reports.
    pub name: &'static str,
    /// What it does and what a figure means, in a line.
    pub about: &'static str,
    /// Its usual size.
    pub n: u64,
    /// Whether a smaller run comes first.
    pub warm_up: bool,
    /// By peer.
    pub runners: &'static [(&'static str, Runner)],
}

impl Workload {
    /// The peers that it runs on.
    pub fn peers(&self) -> Vec<&'static str> {
        self.runners.iter().map(|(peer, _)| *peer).collect()
    }
}

/// All of them, in the order of reports.
pub const ALL: &[Workload] = &[
    spawn_join::WORKLOAD,
    spawn_join::STATISTICS_OFF,
    burst::WORKLOAD,
    nested::WORKLOAD,
    skynet::WORKLOAD,
    map::WORKLOAD,
    fork_join::WORKLOAD,
    fork_scope::WORKLOAD,
    fork_nested::WORKLOAD,
    fork_wait::WORKLOAD,
    submit_reject::WORKLOAD,
    yields::WORKLOAD,
    park::WORKLOAD,
    pingpong::WORKLOAD,
    pingpong::BESIDE,
    mutex::WORKLOAD,
    mpmc::WORKLOAD,
    timers::WORKLOAD,
    sleep::WORKLOAD,
    delayed::WORKLOAD,
    pool::WORKLOAD,
    wake::WORKLOAD,
    ready_read::WORKLOAD,
    http::FEW,
    http::MANY,
    http::PIPELINED,
    parked::WORKLOAD,
    idle::WORKLOAD,
];

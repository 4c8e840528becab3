//! A small HTTP server under load: what a request costs it.

use super::Workload;
use crate::Runner;
use crate::load::{self, Plan};

pub const FEW: Workload = Workload {
    name: "http",
    about: "keep-alive requests on 64 connections, for n ms: the server's CPU time a request in µs, \
            latencies (p50, p99), requests per second",
    n: 3_000,
    // The load warms the server up itself: it is a new process each time.
    warm_up: false,
    runners: RUNNERS_FEW,
};

pub const MANY: Workload = Workload {
    name: "http_1000",
    about: "as http, on 1,000 connections",
    n: 3_000,
    warm_up: false,
    runners: RUNNERS_MANY,
};

pub const PIPELINED: Workload = Workload {
    name: "http_pipelined",
    about: "as http, with 16 requests sent at once on each connection",
    n: 3_000,
    warm_up: false,
    runners: RUNNERS_PIPELINED,
};

/// The servers of all peers, under one load. Go's is a program of its own, see `--server`.
macro_rules! runners {
    ($plan:expr) => {
        &[
            ("green", |params| load::measure("green", &$plan, params)),
            ("tokio", |params| load::measure("tokio", &$plan, params)),
            ("may", |params| load::measure("may", &$plan, params)),
            ("threads", |params| load::measure("threads", &$plan, params)),
            ("go", |params| load::measure("go", &$plan, params)),
        ]
    };
}

const RUNNERS_FEW: &[(&str, Runner)] = runners!(Plan { connections: 64, pipelined: 1 });
const RUNNERS_MANY: &[(&str, Runner)] = runners!(Plan { connections: 1000, pipelined: 1 });
const RUNNERS_PIPELINED: &[(&str, Runner)] = runners!(Plan { connections: 64, pipelined: 16 });

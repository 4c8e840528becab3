//! Load from wrk, where it is installed: to see that our own generator says the same.

use std::io;
use std::process::Command;
use std::time::Duration;

use super::process::Server;
use super::{Plan, Seen, warm_up};

const PIPELINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/load/pipeline.lua");

/// Asks for so long a time, rounded up to seconds, after warming up.
pub fn run(server: &Server, plan: &Plan, time: Duration) -> io::Result<Seen> {
    call(server, plan, warm_up(time))?;
    let cpu = server.cpu_time();
    let output = call(server, plan, time)?;
    let server_cpu = server.cpu_time().saturating_sub(cpu);
    let mut seen = parse(&output)
        .ok_or_else(|| io::Error::other(format!("this is no report of wrk:\n{output}")))?;
    seen.server_cpu = server_cpu;
    Ok(seen)
}

fn call(server: &Server, plan: &Plan, time: Duration) -> io::Result<String> {
    let mut command = Command::new("wrk");
    let seconds = time.as_secs_f64().ceil();
    command
        .args(["--threads", "2", "--latency"])
        .arg(format!("--connections={}", plan.connections))
        .arg(format!("--duration={seconds}s"));
    if plan.pipelined > 1 {
        command.args(["--script", PIPELINE]);
    }
    command.arg(format!("http://{}/plaintext", server.address()));
    if plan.pipelined > 1 {
        command.args(["--", &plan.pipelined.to_string()]);
    }
    let output = command.output().map_err(|error| {
        io::Error::new(
            error.kind(),
            format!("cannot start wrk (Debian has a package wrk): {error}"),
        )
    })?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let complains = text.contains("Socket errors") || text.contains("Non-2xx");
    if !output.status.success() || complains {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(io::Error::other(format!("wrk is not content:\n{text}{errors}")));
    }
    Ok(text)
}

/// Reads the report of wrk.
fn parse(report: &str) -> Option<Seen> {
    let after = |mark: &str| {
        let line = report.lines().find(|line| line.trim_start().starts_with(mark))?;
        duration(line.split_whitespace().nth(1)?)
    };
    let total = report.lines().find(|line| line.contains(" requests in "))?;
    let mut words = total.split_whitespace();
    let requests = words.next()?.parse().ok()?;
    let time = duration(words.nth(2)?.trim_end_matches(','))?;
    Some(Seen {
        time,
        requests,
        server_cpu: Duration::ZERO,
        p50: after("50%")?,
        p99: after("99%")?,
    })
}

/// A time as wrk writes it: `12.34us`, `1.20ms`, `3.00s`, `1.01m`.
fn duration(text: &str) -> Option<Duration> {
    let unit = text.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    let value: f64 = text[..text.len() - unit.len()].parse().ok()?;
    let seconds = match unit {
        "us" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        _ => return None,
    };
    Some(Duration::from_secs_f64(value * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_of_wrk_is_read() {
        let report = "Running 3s test @ http://127.0.0.1:1/plaintext\n  2 threads and 64 connections\n\
            \x20 Thread Stats   Avg      Stdev     Max   +/- Stdev\n\
            \x20   Latency   381.52us  263.27us  10.11ms   91.24%\n\
            \x20   Req/Sec    83.02k     4.10k   92.13k    70.00%\n\
            \x20 Latency Distribution\n     50%  347.00us\n     75%  474.00us\n     99%    1.15ms\n\
            \x20 495612 requests in 3.00s, 62.39MB read\nRequests/sec: 165204.00\n";
        let seen = parse(report).expect("it is one");
        assert_eq!(seen.requests, 495_612);
        assert_eq!(seen.time, Duration::from_secs(3));
        assert_eq!(seen.p50, Duration::from_micros(347));
        assert_eq!(seen.p99, Duration::from_micros(1150));
    }
}
